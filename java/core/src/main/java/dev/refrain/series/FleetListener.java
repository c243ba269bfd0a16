package dev.refrain.series;

import java.io.IOException;

/** Hears what a {@link Fleet} has learnt while it goes on. */
@FunctionalInterface
public interface FleetListener {

  /**
   * Called after each launch that has ended: what a run that is killed later need not learn again.
   * Not called while there is none, such as where all series diverged.
   *
   * @param learnt all series that are learnt by now, those of {@link Fleet#resuming} included
   * @throws IOException if it cannot be kept; it ends the training as an {@link
   *     java.io.UncheckedIOException}
   */
  void onLaunch(FleetModel learnt) throws IOException;

  /**
   * Called where the launch that the file of {@link Fleet#checkpointing} holds is gone on with, and
   * not where it is trained anew. What it throws ends the training.
   *
   * @param engines that it was trained on so far, as {@link FleetModel#engine} says it; empty where
   *     the file does not say
   * @param step that it stood at
   */
  default void onResumedLaunch(String engines, long step) {}
}
