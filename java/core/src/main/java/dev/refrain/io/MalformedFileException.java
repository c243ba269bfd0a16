package dev.refrain.io;

import java.io.IOException;
import java.nio.file.Path;

/** A file that could be read but is not what it should be. The message names it and says why. */
public class MalformedFileException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient Path file;

  /**
   * Says what is wrong with a file.
   *
   * @param what is wrong, and what can be done; follows the file's name and a colon
   */
  public MalformedFileException(Path file, String what) {
    this(file, what, null);
  }

  /** As above, for a reason. */
  public MalformedFileException(Path file, String what, Throwable cause) {
    super(file + ": " + what, cause);
    this.file = file;
  }

  /** Which file; null after this exception was serialized. */
  public Path file() {
    return file;
  }
}
