package dev.refrain.series;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Writes how far a training is. */
@FunctionalInterface
interface Saving {
  void save() throws IOException;

  /**
   * Saves where no checked exception can pass.
   *
   * @throws UncheckedIOException if the file cannot be written
   */
  static void unchecked(Saving saving) {
    try {
      saving.save();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
