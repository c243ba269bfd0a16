package dev.refrain.build;

import java.nio.file.Path;

/** Where the sources are, and where tests may leave files. */
final class Checkout {
  private Checkout() {}

  /** The folder of the parent pom. */
  static Path root() {
    String root = System.getProperty("refrain.root");
    if (root == null) {
      throw new IllegalStateException(
          "The system property refrain.root is not set: run the tests with Maven, or set it to the"
              + " folder of the checkout.");
    }
    return Path.of(root);
  }
}
