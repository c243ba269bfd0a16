package dev.refrain.cli;

/**
 * Says that a command with good input could not be carried out: exit code 1. The message is a
 * sentence with advice; the command line prints it alone, without a stack trace.
 */
public final class CommandFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes one.
   *
   * @param message a sentence for the user
   */
  public CommandFailedException(String message) {
    super(message);
  }

  /**
   * Makes one that another error led to.
   *
   * @param message a sentence for the user
   * @param cause what was caught
   */
  public CommandFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}
