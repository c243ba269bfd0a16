package dev.refrain.cli.tutorial;

import dev.refrain.cli.DeviceOption;
import dev.refrain.cli.Logging;
import dev.refrain.cli.OutputFolder;
import dev.refrain.kernels.Kernels;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Options that the tutorials share: where to compute, where pictures go, and how to print. */
final class TutorialOptions extends DeviceOption {
  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Folder for pictures, network and run.json; made if it is not there. Default:"
              + " refrain-out/ and the tutorial's name.")
  private Path out;

  @Option(names = "--json", description = "Print one JSON object on stdout.")
  private boolean json;

  /** Opens the device and leaves it to the tutorial to say which, once. */
  @Override
  protected Kernels open(int threads) {
    Logging.warningsOnly();
    return super.open(threads);
  }

  /** Whether to print JSON. */
  boolean json() {
    return json;
  }

  /**
   * Makes the folder.
   *
   * @param tutorial its name
   */
  OutputFolder folder(String tutorial) {
    return OutputFolder.prepare("--out", path(tutorial));
  }

  /** Where the folder is or will be. */
  Path path(String tutorial) {
    return out == null ? Path.of("refrain-out", tutorial) : out;
  }
}
