package dev.refrain.series;

/** Sees to it that what is kept on the way takes no more than its share of the time. */
final class KeepingPace {
  private final double share;
  private long restUntil;
  private boolean begun;

  /**
   * Begins one.
   *
   * @param share of the time, above 0; 1 for no bound
   */
  KeepingPace(double share) {
    this.share = share;
  }

  /** Keeps it, unless it is too early for that. */
  void keep(Runnable keeper) {
    long now = System.nanoTime();
    if (begun && now - restUntil < 0) {
      return;
    }
    keeper.run();
    long ended = System.nanoTime();
    // A clock that did not move meanwhile is no proof that it took no time.
    restUntil = ended + (long) (Math.max(1, ended - now) * (1 / share - 1));
    begun = true;
  }
}
