package dev.refrain.series;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Writes how far a training is. */
@FunctionalInterface
interface Saving {
  void save() throws IOException;

  /**
   * Saves, also where the thread is interrupted: an interrupt closes a file that is being written,
   * and so has to wait until all is there. The thread's status is then as it was, or set.
   *
   * @throws UncheckedIOException if the file cannot be written
   */
  static void uninterrupted(Saving saving) {
    boolean interrupted = Thread.interrupted();
    try {
      while (!saved(saving)) {
        interrupted |= Thread.interrupted();
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static boolean saved(Saving saving) {
    try {
      saving.save();
      return true;
    } catch (IOException e) {
      if (Thread.currentThread().isInterrupted()) {
        return false;
      }
      throw new UncheckedIOException(e);
    }
  }
}
