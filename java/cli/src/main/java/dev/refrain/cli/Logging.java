package dev.refrain.cli;

/** How much of the library's log goes to stderr. Decided before the first message. */
public final class Logging {
  /** Read by slf4j-simple when the first logger is made. */
  private static final String LEVEL_PROPERTY = "org.slf4j.simpleLogger.defaultLogLevel";

  private Logging() {}

  /** Drops what is merely good to know, and warnings. */
  static void errorsOnly() {
    System.setProperty(LEVEL_PROPERTY, "error");
  }

  /** Drops what is merely good to know. */
  public static void warningsOnly() {
    System.setProperty(LEVEL_PROPERTY, "warn");
  }
}
