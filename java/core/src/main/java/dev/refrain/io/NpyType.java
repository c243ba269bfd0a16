package dev.refrain.io;

/** What the elements of an array in a {@code .npy} file are; all little endian. */
public enum NpyType {
  /** IEEE 754 single precision, numpy's {@code <f4}. */
  F4(4),
  /** IEEE 754 double precision, {@code <f8}. */
  F8(8),
  /** Two's complement, 32 bits, {@code <i4}. */
  I4(4),
  /** Two's complement, 64 bits, {@code <i8}. */
  I8(8),
  /** Text of so many code points at most, {@code <U...}: four bytes each, zeros behind it. */
  TEXT(4);

  private final int unitBytes;

  NpyType(int unitBytes) {
    this.unitBytes = unitBytes;
  }

  /** Bytes of a number or of a code point. */
  int unitBytes() {
    return unitBytes;
  }
}
