package dev.refrain.cli.csv;

import dev.refrain.cli.BadInputException;
import dev.refrain.cli.NearestNames;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/** The series that ship with Refrain and are found by file name from any folder. */
public final class Samples {
  /** Their file names. */
  public static final List<String> NAMES =
      List.of("monthly-milk-production.csv", "airline-passengers.csv");

  private static final String FOLDER = "samples/";

  private Samples() {}

  /**
   * Finds a file: the path if it exists, else the sample of that name.
   *
   * @throws BadInputException if there is neither
   */
  static CsvSource find(String file) {
    Path path = path(file);
    if (Files.exists(path)) {
      return CsvSource.of(path);
    }
    if (NAMES.contains(file)) {
      return new CsvSource(file, () -> open(file), Decimal.AUTO);
    }
    List<String> nearest = NearestNames.of(file, NAMES);
    throw new BadInputException(
        "there is no file '%s'; %s"
            .formatted(
                file,
                nearest.isEmpty()
                    ? "check the path, or try the sample '" + NAMES.get(0) + "'"
                    : NearestNames.suggestion(file, NAMES)));
  }

  private static Path path(String file) {
    try {
      return Path.of(file);
    } catch (InvalidPathException e) {
      throw new BadInputException("'" + file + "' is no path: " + e.getReason(), e);
    }
  }

  private static InputStream open(String name) throws IOException {
    InputStream in = Samples.class.getResourceAsStream(FOLDER + name);
    if (in == null) {
      throw new FileNotFoundException("the sample is missing from this installation");
    }
    return in;
  }
}
