package dev.refrain.kernels;

/**
 * Gradients that flow through a layer backward. Null stands for absent: an absent {@code dy},
 * {@code dhy} or {@code dcy} counts as zero, an absent {@code dx}, {@code dhx} or {@code dcx} is
 * not computed. Parameter gradients go where {@link CellParameters#gradients} says.
 *
 * @param dy {@code [G,T,N,Q]} in
 * @param dhy {@code [G,N,Q]} in
 * @param dcy {@code [G,N,H]} in, LSTM alone
 * @param dx {@code [G,T,N,I]} out
 * @param accumulateDx whether {@code dx} is added to instead of assigned
 * @param dhx {@code [G,N,Q]} out; may be {@code dhy}
 * @param dcx {@code [G,N,H]} out, LSTM alone; may be {@code dcy}
 * @param accumulateParameters whether parameter gradients are added to instead of assigned
 */
public record CellGradients(
    View dy,
    View dhy,
    View dcy,
    View dx,
    boolean accumulateDx,
    View dhx,
    View dcx,
    boolean accumulateParameters) {

  /** Of the outputs alone, assigning parameter gradients alone. */
  public static CellGradients of(View dy) {
    return new CellGradients(dy, null, null, null, false, null, null, false);
  }

  /** With gradients of the final states; {@code newDcy} is null for cells without a cell state. */
  public CellGradients from(View newDhy, View newDcy) {
    return new CellGradients(dy, newDhy, newDcy, dx, accumulateDx, dhx, dcx, accumulateParameters);
  }

  /** Writes the gradients of the initial states here. */
  public CellGradients to(View newDhx, View newDcx) {
    return new CellGradients(dy, dhy, dcy, dx, accumulateDx, newDhx, newDcx, accumulateParameters);
  }

  /** Writes the gradient of x here. */
  public CellGradients input(View newDx) {
    return new CellGradients(dy, dhy, dcy, newDx, false, dhx, dcx, accumulateParameters);
  }

  /** Adds the gradient of x to what is here. */
  public CellGradients addingToInput(View newDx) {
    return new CellGradients(dy, dhy, dcy, newDx, true, dhx, dcx, accumulateParameters);
  }

  /** Adds parameter gradients to what is there. */
  public CellGradients addingToParameters() {
    return new CellGradients(dy, dhy, dcy, dx, accumulateDx, dhx, dcx, true);
  }
}
