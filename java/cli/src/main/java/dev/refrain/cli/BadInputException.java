package dev.refrain.cli;

/**
 * Says that what the user gave cannot be worked with. The message is one sentence that names the
 * file or value, the place and the mend; the command line prints it alone, without a stack trace,
 * and exits with 2.
 */
public final class BadInputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes one.
   *
   * @param message one sentence for the user
   */
  public BadInputException(String message) {
    super(message);
  }

  /**
   * Makes one that another error led to.
   *
   * @param message one sentence for the user
   * @param cause what was caught
   */
  public BadInputException(String message, Throwable cause) {
    super(message, cause);
  }
}
