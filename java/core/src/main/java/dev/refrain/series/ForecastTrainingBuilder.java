package dev.refrain.series;

import dev.refrain.kernels.Cell;
import dev.refrain.kernels.Device;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.Schedule;
import java.util.Objects;

/**
 * What the networks of a {@link Forecaster} are, and how they are trained, whatever the series.
 *
 * @param <B> the builder itself
 */
abstract class ForecastTrainingBuilder<B extends ForecastTrainingBuilder<B>> {
  /** What 0 stands for. */
  static final String AUTOMATIC = "an automatic one";

  static final String NONE = "none";

  private static final int MOST_LAYERS = 100;

  final ForecastSettings settings = new ForecastSettings();

  ForecastTrainingBuilder() {}

  abstract B self();

  /** Where {@link Forecaster#fit(double[])} computes; by default the fastest that works. */
  public B device(Device newDevice) {
    settings.device = Objects.requireNonNull(newDevice, "device");
    return self();
  }

  /** What the recurrent layers are made of; by default a GRU with tanh. */
  public B cell(Cell newCell) {
    settings.cell = Objects.requireNonNull(newCell, "cell");
    return self();
  }

  /** Recurrent layers upon each other, at most 100; by default 1. */
  public B layers(int count) {
    if (count > MOST_LAYERS) {
      throw new IllegalArgumentException(
          "layers is " + count + "; it must be at most " + MOST_LAYERS);
    }
    settings.layers = positive(count, "layers");
    return self();
  }

  /** Units of each layer; by default 32. */
  public B units(int count) {
    settings.units = positive(count, "units");
    return self();
  }

  /** What training minimises, on scaled values; by default the mean squared error. */
  public B loss(Loss newLoss) {
    if (Objects.requireNonNull(newLoss, "loss").kind() == Loss.Kind.SOFTMAX_CROSS_ENTROPY) {
      throw new IllegalArgumentException(
          "loss is SOFTMAX_CROSS_ENTROPY, which is for classes; choose MSE, RMSE, MAE or HUBER");
    }
    settings.loss = newLoss;
    return self();
  }

  /** How gradients become new parameters; by default Adam. */
  public B optimizer(Optimizer newOptimizer) {
    settings.optimizer = Objects.requireNonNull(newOptimizer, "optimizer");
    return self();
  }

  /** Learning rate of the first step; by default 0.005. */
  public B learningRate(double rate) {
    if (!(rate > 0 && Double.isFinite(rate))) {
      throw new IllegalArgumentException(
          "learning rate is " + rate + "; it must be finite and above 0");
    }
    settings.learningRate = rate;
    return self();
  }

  /** How the learning rate follows the step; null, the default, for half a cosine to 0. */
  public B schedule(Schedule newSchedule) {
    settings.schedule = newSchedule;
    return self();
  }

  /** Bound of a network's gradient norm; by default 1, and 0 for none. */
  public B clipNorm(double limit) {
    if (!(limit >= 0 && Double.isFinite(limit))) {
      throw new IllegalArgumentException(
          "clipNorm is " + limit + "; give a positive bound, or 0 for none");
    }
    settings.clipNorm = limit;
    return self();
  }

  /** Training steps; by default 300. */
  public B steps(int count) {
    settings.steps = positive(count, "steps");
    return self();
  }

  /**
   * Lets training end early: the last rows of the history ({@link
   * Forecaster.Builder#validationRows}, or 12; fewer where it is short) are not learnt from, each
   * network is looked at 40 times on its way, ended once that many looks have shown nothing better,
   * and given the parameters that did best. 0, the default, to learn from all rows for all steps.
   */
  public B earlyStopping(int looks) {
    settings.patience = notNegative(looks, "earlyStopping", NONE);
    return self();
  }

  /** Windows of one training step; by default 32. */
  public B batch(int windows) {
    settings.batch = positive(windows, "batch");
    return self();
  }

  /** Networks of each transformation, whose median is its forecast; by default 5. */
  public B members(int count) {
    settings.members = positive(count, "members");
    return self();
  }

  /** Seed of the first network; the others have those that follow. By default 1. */
  public B seed(long newSeed) {
    settings.seed = newSeed;
    return self();
  }

  static int notNegative(int value, String name, String zero) {
    if (value < 0) {
      throw new IllegalArgumentException(
          name + " is " + value + "; it must be at least 1, or 0 for " + zero);
    }
    return value;
  }

  static int positive(int value, String name) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " is " + value + "; it must be at least 1");
    }
    return value;
  }
}
