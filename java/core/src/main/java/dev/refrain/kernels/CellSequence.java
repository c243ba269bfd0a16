package dev.refrain.kernels;

import java.util.Objects;

/**
 * What a layer reads and writes as it runs along its sequences. Only {@code x} and {@code y} must
 * be there; null stands for absent.
 *
 * <p>With lengths, the output at {@code t >= length} is 0 and the state is carried through; {@code
 * hy} and {@code cy} are the states after the last valid step. In reverse each sequence runs from
 * its last valid step down to the first.
 *
 * @param x {@code [G,T,N,I]} in
 * @param hx {@code [G,N,Q]} in; absent: zeros
 * @param cx {@code [G,N,H]} in, LSTM alone; absent: zeros
 * @param y {@code [G,T,N,Q]} out
 * @param hy {@code [G,N,Q]} out; may be {@code hx} where nothing is saved for backward
 * @param cy {@code [G,N,H]} out, LSTM alone; may be {@code cx} where nothing is saved
 * @param lengths {@code [G,N]}, 0..T in any order; absent: T everywhere
 * @param reserve what forward saves for backward, {@link Cell#reserveSize} floats; absent: backward
 *     cannot follow
 * @param reverse whether the layer runs from the end to the beginning
 */
public record CellSequence(
    View x,
    View hx,
    View cx,
    View y,
    View hy,
    View cy,
    IndexBuffer lengths,
    Buffer reserve,
    boolean reverse) {

  public CellSequence {
    Objects.requireNonNull(x, "x");
    Objects.requireNonNull(y, "y");
  }

  /** Full-length sequences from zero states, forward in time, nothing saved. */
  public static CellSequence of(View x, View y) {
    return new CellSequence(x, null, null, y, null, null, null, null, false);
  }

  /** Starts from these states; {@code newCx} is null for cells without a cell state. */
  public CellSequence from(View newHx, View newCx) {
    return new CellSequence(x, newHx, newCx, y, hy, cy, lengths, reserve, reverse);
  }

  /** Writes the final states here; {@code newCy} is null for cells without a cell state. */
  public CellSequence to(View newHy, View newCy) {
    return new CellSequence(x, hx, cx, y, newHy, newCy, lengths, reserve, reverse);
  }

  /** With these lengths, null for none. */
  public CellSequence lengths(IndexBuffer newLengths) {
    return new CellSequence(x, hx, cx, y, hy, cy, newLengths, reserve, reverse);
  }

  /** Saves for backward here, null for nowhere. */
  public CellSequence saving(Buffer newReserve) {
    return new CellSequence(x, hx, cx, y, hy, cy, lengths, newReserve, reverse);
  }

  /** In this direction. */
  public CellSequence reverse(boolean newReverse) {
    return new CellSequence(x, hx, cx, y, hy, cy, lengths, reserve, newReverse);
  }
}
