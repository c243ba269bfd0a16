package dev.refrain.text;

import dev.refrain.io.MalformedFileException;
import java.nio.file.Path;

/** A text file with bytes that are not UTF-8, under {@link InvalidUtf8#REFUSE}. */
public final class InvalidUtf8Exception extends MalformedFileException {
  private static final long serialVersionUID = 1L;

  InvalidUtf8Exception(Path file, int invalid, long offset) {
    super(
        file,
        "the byte 0x%02x at offset %d is not UTF-8; convert the file".formatted(invalid, offset));
  }
}
