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
}
