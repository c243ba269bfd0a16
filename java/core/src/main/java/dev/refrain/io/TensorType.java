package dev.refrain.io;

/** What the numbers of a tensor in a safetensors file are; all little endian. */
public enum TensorType {
  /** IEEE 754 single precision. */
  F32(4),
  /** IEEE 754 double precision. */
  F64(8),
  /** Two's complement, 32 bits. */
  I32(4),
  /** Two's complement, 64 bits. */
  I64(8);

  private final int bytes;

  TensorType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }
}
