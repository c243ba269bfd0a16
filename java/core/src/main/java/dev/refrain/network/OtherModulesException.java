package dev.refrain.network;

import dev.refrain.io.MalformedFileException;
import java.nio.file.Path;

/** A file of weights holds more modules than a network has, or others than were named. */
public final class OtherModulesException extends MalformedFileException {
  private static final long serialVersionUID = 1L;

  OtherModulesException(Path file, String what) {
    super(file, what);
  }
}
