package dev.refrain.series;

import java.nio.file.Path;
import java.util.Objects;

/**
 * Where a {@link Forecaster} or a {@link Fleet} keeps how far its training is, so that a run that
 * is killed loses little. The file is written beside its place and renamed. That of a forecaster is
 * written only while all parameters are finite numbers: whatever happens, it holds the last good
 * checkpoint. That of a fleet also holds networks that stand still since they met what is none.
 *
 * @param file in a folder that exists
 * @param interval training steps from one checkpoint to the next, at least 1
 * @param share of the time that writing may take, above 0 and at most 1: a checkpoint that would
 *     take more is left out
 */
public record Checkpoints(Path file, long interval, double share) {
  public Checkpoints {
    Objects.requireNonNull(file, "file");
    if (interval < 1) {
      throw new IllegalArgumentException("interval is " + interval + "; it must be at least 1");
    }
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException(
          "share is " + share + "; it must lie above 0 and be at most 1");
    }
  }

  /** None is left out. */
  public Checkpoints(Path file, long interval) {
    this(file, interval, 1);
  }
}
