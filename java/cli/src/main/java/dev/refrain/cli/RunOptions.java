package dev.refrain.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where it computes, and where results go. */
final class RunOptions extends DeviceOption {
  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "refrain-out",
      description = "Folder to write into; made if it is not there. Default: refrain-out.")
  Path out;

  @Option(
      names = "--json",
      description = "Print one JSON object on stdout, and nothing else there.")
  boolean json;

  @Option(
      names = "--quiet",
      description = "No progress bar and no remarks on stderr, only warnings and errors.")
  boolean quiet;
}
