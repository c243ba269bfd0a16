package dev.refrain.kernels;

/** An engine failed at its work: memory ran out, or the device reported an error. */
public class KernelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public KernelException(String message) {
    super(message);
  }
}
