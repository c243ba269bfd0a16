package dev.refrain.cli.tutorial;

/** Ctrl-C was pressed: whatever a tutorial is at, it ends here. */
final class InterruptedTutorial extends RuntimeException {
  private static final long serialVersionUID = 1L;

  InterruptedTutorial(InterruptedException cause) {
    super(cause);
  }

  private InterruptedTutorial() {}

  /**
   * To be called now and then by what takes long.
   *
   * @throws InterruptedTutorial if the thread was interrupted
   */
  static void check() {
    if (Thread.interrupted()) {
      throw new InterruptedTutorial();
    }
  }
}
