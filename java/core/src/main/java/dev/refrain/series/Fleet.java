package dev.refrain.series;

import dev.refrain.kernels.Kernels;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Learns many series at once: networks of its own for each, all trained together in a few launches
 * ({@link #fit}), or the same networks for all ({@link #fitGlobal}).
 *
 * <pre>{@code
 * Fleet fleet = new Fleet(Forecaster.builder().season(12).validationRows(0).members(1).build());
 * FleetModel model = fleet.fit(kernels, series, progress -> {});
 * model.failures().forEach((name, why) -> System.err.println(name + ": " + why));
 * double[] nextYear = model.forecast("shop 17", 12);
 * }</pre>
 *
 * <p>Series may differ in length. Those that cannot be learnt are named, and the others go on.
 */
public final class Fleet {
  private final ForecastSettings settings;
  private final FleetListener keeper;

  /** What an earlier run had learnt, or null. */
  private final FleetModel before;

  /** Within a launch; null for none. */
  private final Checkpoints within;

  /**
   * A fleet whose series are each learnt as a forecaster does.
   *
   * @param forecaster what to train
   */
  public Fleet(Forecaster forecaster) {
    this(forecaster.settings, learnt -> {}, null, null);
  }

  private Fleet(
      ForecastSettings settings, FleetListener keeper, FleetModel before, Checkpoints within) {
    this.settings = settings;
    this.keeper = keeper;
    this.before = before;
    this.within = within;
  }

  /**
   * The same fleet, which tells after each launch what it has learnt, so that it can be kept:
   *
   * <pre>{@code
   * FleetModel model = fleet.keeping(learnt -> learnt.save(file)).fit(kernels, series, progress -> {});
   * }</pre>
   */
  public Fleet keeping(FleetListener newKeeper) {
    return new Fleet(settings, Objects.requireNonNull(newKeeper, "keeper"), before, within);
  }

  /**
   * The same fleet, which learns only the series that an earlier run of it had not learnt yet. What
   * comes of it is, bit for bit on the same engine ({@link FleetModel#engine}), what a run that
   * never stopped had learnt. For {@link #fit}: networks that learn all series at once are trained
   * in a single launch, see {@link #checkpointing}.
   *
   * <p>Fitting throws an IllegalArgumentException if one of the series has other values than that
   * run's of the same name, or the settings are others. Series of that run that are not given any
   * more are left out.
   *
   * @param learnt what the earlier run had kept, as {@link FleetModel#load} gives it
   */
  public Fleet resuming(FleetModel learnt) {
    return new Fleet(settings, keeper, Objects.requireNonNull(learnt, "learnt"), within);
  }

  /**
   * The same fleet, which keeps on the way how far the launch that goes on is, when it is
   * interrupted as well, and begins with the launch that the file holds, where it stood, with the
   * same bits; {@link FleetListener#onResumedLaunch} is told so. One that had ended, since some of
   * its series are known by now, is replaced, and so is, with a warning, one that does not fit the
   * memory any more or whose series another engine prepares otherwise. The file is for the caller
   * to delete. Together with {@link #keeping} and {@link #resuming} little is lost of a fleet that
   * is killed; of {@link #fitGlobal}, which is a single launch, these checkpoints alone go on.
   *
   * <p>Fitting throws an IllegalArgumentException if the file is of other settings, of other values
   * of one of the series, of series that are not given any more or, for {@link #fitGlobal}, not of
   * just the same series, and an {@link java.io.UncheckedIOException} if it is damaged or cannot be
   * written.
   *
   * @param checkpoints a file of their own, and how often
   */
  public Fleet checkpointing(Checkpoints checkpoints) {
    return new Fleet(settings, keeper, before, Objects.requireNonNull(checkpoints, "checkpoints"));
  }

  private LaunchCheckpoint within(Kernels kernels, List<Task> tasks, boolean shared) {
    if (within == null) {
      return null;
    }
    LaunchCheckpoint launch = new LaunchCheckpoint(kernels, within, keeper);
    Set<String> known = before == null ? Set.of() : before.learnt().keySet();
    launch.requireSame(settings, tasks, known, shared);
    return launch;
  }

  /**
   * Trains networks for each series. The result of each is that of {@link Forecaster#fit} on it
   * alone, bit for bit.
   *
   * @param kernels where to compute; must stay open as long as the model
   * @param series of one column each, whose name tells them apart
   * @param listener hears how training goes
   * @return the model; nothing to close
   * @throws IllegalArgumentException if there are no series, two have the same name, one has
   *     several columns, columns were asked for by name, or their frequencies differ
   */
  public FleetModel fit(Kernels kernels, List<Series> series, FitListener listener) {
    return fit(kernels, FleetHistories.of(settings, series), listener);
  }

  /**
   * As {@link #fit(Kernels, List, FitListener)}, of series of several columns: targets, columns
   * known ahead and others, the same in all.
   *
   * @param series by the names that tell them apart
   * @throws IllegalArgumentException if there are no series, or their columns or frequencies differ
   */
  public FleetModel fit(Kernels kernels, Map<String, Series> series, FitListener listener) {
    return fit(kernels, FleetHistories.of(settings, series), listener);
  }

  private FleetModel fit(Kernels kernels, FleetHistories histories, FitListener listener) {
    FleetResults results = new FleetResults(kernels, settings, histories, false);
    if (before != null) {
      results.take(before);
    }
    List<Task> left = results.left();
    if (!left.isEmpty()) {
      LaunchCheckpoint launch = within(kernels, histories.tasks(), false);
      Learning learning = new Learning(kernels, settings, histories.shape(), listener);
      results.put(
          learning.train(
              learning.plan(left),
              launch,
              learnt -> {
                results.put(learnt, launch);
                tell(results);
              }),
          launch);
    }
    return results.model();
  }

  /**
   * Trains the same networks on all series, each transformed and scaled by itself: for series that
   * are alike, and each too short to learn from alone. There are no intervals. Where training ends
   * early ({@link Forecaster.Builder#earlyStopping}), it does so by the last rows of all series
   * that are long enough.
   *
   * @throws IllegalArgumentException as {@link #fit(Kernels, List, FitListener)} does
   */
  public FleetModel fitGlobal(Kernels kernels, List<Series> series, FitListener listener) {
    return fitGlobal(kernels, FleetHistories.of(settings, series), listener);
  }

  /**
   * As {@link #fitGlobal(Kernels, List, FitListener)}, of series of several columns.
   *
   * @throws IllegalArgumentException as {@link #fit(Kernels, Map, FitListener)} does
   */
  public FleetModel fitGlobal(Kernels kernels, Map<String, Series> series, FitListener listener) {
    return fitGlobal(kernels, FleetHistories.of(settings, series), listener);
  }

  private FleetModel fitGlobal(Kernels kernels, FleetHistories histories, FitListener listener) {
    if (before != null) {
      throw new IllegalArgumentException(
          "networks that learn all series at once cannot go on from some of them; fit anew");
    }
    FleetResults results = new FleetResults(kernels, settings, histories, true);
    if (!histories.tasks().isEmpty()) {
      LaunchCheckpoint launch = within(kernels, histories.tasks(), true);
      results.put(
          new GlobalTraining(kernels, settings, histories.shape(), histories.tasks())
              .run(listener, launch),
          launch);
      tell(results);
    }
    return results.model();
  }

  private void tell(FleetResults results) {
    FleetModel model = results.model();
    if (!model.names().isEmpty()) {
      Saving.unchecked(() -> keeper.onLaunch(model));
    }
  }
}
