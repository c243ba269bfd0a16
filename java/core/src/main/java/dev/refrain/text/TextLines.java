package dev.refrain.text;

import dev.refrain.io.MalformedFileException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Small text files in UTF-8. */
final class TextLines {
  private TextLines() {}

  /** All lines, without a byte order mark. */
  static List<String> read(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new IOException(file + ": is a folder, not a file");
    }
    try {
      List<String> lines = Files.readAllLines(file);
      if (!lines.isEmpty() && lines.get(0).startsWith("\uFEFF")) {
        lines.set(0, lines.get(0).substring(1));
      }
      return lines;
    } catch (NoSuchFileException e) {
      throw new IOException(file + ": there is no such file", e);
    } catch (CharacterCodingException e) {
      throw new MalformedFileException(file, "is not UTF-8", e);
    }
  }
}
