package dev.refrain;

import java.nio.file.Files;
import java.nio.file.Path;
import org.opentest4j.TestAbortedException;

/**
 * Data that are too large, or not ours, to be part of the project. They are looked for in {@code
 * -Drefrain.data=FOLDER}, by default {@code ../shared/data} seen from the checkout.
 */
public final class SharedData {
  private SharedData() {}

  /** Where a file is; skips the test, and prints why, where it is not. */
  public static Path require(String name) {
    Path usual = Path.of(System.getProperty("refrain.root", "")).resolve("../shared/data");
    String folder = System.getProperty("refrain.data", "");
    Path file = (folder.isEmpty() ? usual.normalize() : Path.of(folder)).resolve(name);
    if (!Files.isRegularFile(file)) {
      String reason =
          "not held against known numbers: there is no %s in %s; -Drefrain.data=FOLDER looks elsewhere"
              .formatted(name, folder.isEmpty() ? "../shared/data" : folder);
      System.out.println(reason);
      throw new TestAbortedException(reason);
    }
    return file;
  }
}
