package dev.refrain.cli.tutorial;

import dev.refrain.cli.OptionTypes;
import picocli.CommandLine.Option;

/** Of a training that leaves checkpoints. */
final class ResumeOptions {
  @Option(
      names = "--checkpoint-every",
      paramLabel = "STEPS",
      defaultValue = "500",
      converter = OptionTypes.Count.class,
      description = "Training steps from one checkpoint to the next. Default: 500.")
  private int interval;

  @Option(
      names = "--resume",
      description =
          "Go on from the checkpoint in the folder, with the options of its training; begin anew"
              + " where there is none yet.")
  private boolean resume;

  int interval() {
    return interval;
  }

  boolean resume() {
    return resume;
  }
}
