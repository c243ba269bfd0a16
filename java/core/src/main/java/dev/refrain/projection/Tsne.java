package dev.refrain.projection;

import dev.refrain.rows.Workers;
import java.util.Arrays;
import java.util.Random;

/**
 * t-SNE: lays points out in the plane so that near ones stay near.
 *
 * <p>Source: van der Maaten and Hinton, "Visualizing Data using t-SNE" (2008); for many points the
 * Barnes–Hut approximation, van der Maaten, "Accelerating t-SNE using Tree-Based Algorithms"
 * (2014). Descent and defaults are scikit-learn's (1.2): early exaggeration 12 for 250 of 1,000
 * iterations, momentum 0.5 and then 0.8, gains, the learning rate {@code max(N/48, 50)}, and a
 * start from the two principal components.
 *
 * <p>The same points, settings and seed give the same bits at any number of threads.
 *
 * <p>Instances do not change: each method returns a new one.
 */
public final class Tsne {
  private static final int EXAGGERATED_ITERATIONS = 250;
  private static final double EARLY_MOMENTUM = 0.5;
  private static final double MOMENTUM = 0.8;
  private static final double LEAST_LEARNING_RATE = 50;

  /** All pairs are looked at up to so many points. */
  private static final int MOST_EXACT_POINTS = 1000;

  /** From one report of the divergence to the next. */
  private static final int REPORT_ITERATIONS = 50;

  /** Spread of the start; small, so that points can still pass each other. */
  private static final double START_DEVIATION = 1e-4;

  /** Share of noise in the start, so that equal points part. */
  private static final double START_NOISE = 0.01;

  private final double perplexity;
  private final int iterations;
  private final double earlyExaggeration;
  private final double learningRate;
  private final double theta;
  private final long seed;
  private final int threads;

  private Tsne(
      double perplexity,
      int iterations,
      double earlyExaggeration,
      double learningRate,
      double theta,
      long seed,
      int threads) {
    this.perplexity = perplexity;
    this.iterations = iterations;
    this.earlyExaggeration = earlyExaggeration;
    this.learningRate = learningRate;
    this.theta = theta;
    this.seed = seed;
    this.threads = threads;
  }

  /**
   * The usual settings: perplexity 30, 1,000 iterations, exaggeration 12, learning rate by the
   * number of points, theta by it too, seed 1, all cores.
   */
  public Tsne() {
    this(30, 1000, 12, Double.NaN, Double.NaN, 1, Runtime.getRuntime().availableProcessors());
  }

  /** About how many neighbours a point has; from 1 to below the number of points. */
  public Tsne perplexity(double value) {
    require(value >= 1 && Double.isFinite(value), "perplexity", value, "at least 1");
    return new Tsne(value, iterations, earlyExaggeration, learningRate, theta, seed, threads);
  }

  /** Steps of gradient descent, at least 1; the first 250 with exaggeration. */
  public Tsne iterations(int value) {
    require(value >= 1, "iterations", value, "at least 1");
    return new Tsne(perplexity, value, earlyExaggeration, learningRate, theta, seed, threads);
  }

  /** How much stronger attraction is in the first steps, at least 1. */
  public Tsne earlyExaggeration(double value) {
    require(value >= 1 && Double.isFinite(value), "early exaggeration", value, "at least 1");
    return new Tsne(perplexity, iterations, value, learningRate, theta, seed, threads);
  }

  /** The length of steps, above 0. */
  public Tsne learningRate(double value) {
    require(value > 0 && Double.isFinite(value), "learning rate", value, "a number above 0");
    return new Tsne(perplexity, iterations, earlyExaggeration, value, theta, seed, threads);
  }

  /**
   * How far off, in parts of the distance, a group of points acts as one; 0 looks at all pairs.
   * Usually 0 up to 1,000 points and 0.5 above.
   */
  public Tsne theta(double value) {
    require(value >= 0 && value <= 1, "theta", value, "from 0 to 1");
    return new Tsne(perplexity, iterations, earlyExaggeration, learningRate, value, seed, threads);
  }

  /** Decides the noise of the start. */
  public Tsne seed(long value) {
    return new Tsne(perplexity, iterations, earlyExaggeration, learningRate, theta, value, threads);
  }

  /** Threads to compute on, at least 1; the result does not depend on them. */
  public Tsne threads(int value) {
    require(value >= 1, "threads", value, "at least 1");
    return new Tsne(perplexity, iterations, earlyExaggeration, learningRate, theta, seed, value);
  }

  private static void require(boolean holds, String name, Number value, String range) {
    if (!holds) {
      throw new IllegalArgumentException(name + " is " + value + "; give " + range);
    }
  }

  /** Hears how it goes. */
  @FunctionalInterface
  public interface Listener {
    /**
     * Called now and then, and at the end.
     *
     * @param iteration how many are done
     * @param klDivergence at this iteration, without exaggeration
     */
    void onProgress(int iteration, double klDivergence);
  }

  /**
   * Lays points out.
   *
   * @param values [N, dimensions]
   * @throws IllegalArgumentException if there are not more points than the perplexity, the sizes do
   *     not fit, or a number is not finite
   * @throws ArithmeticException if the points fly apart beyond all numbers
   */
  public Projection project(float[] values, int dimensions) {
    return project(values, dimensions, (iteration, klDivergence) -> {});
  }

  /** As {@link #project(float[], int)}, and says how it goes. */
  public Projection project(float[] values, int dimensions, Listener listener) {
    int points = points(values, dimensions);
    double angle = usedTheta(points);
    float[] centred = PrincipalComponents.centred(values, dimensions);
    try (Workers workers = new Workers(threads)) {
      SparseRows similarities = Affinities.of(centred, dimensions, perplexity, angle == 0, workers);
      Random random = new Random(seed);
      double[][] place = start(centred, dimensions, random);
      return descend(similarities, place, angle, workers, listener);
    }
  }

  private int points(float[] values, int dimensions) {
    if (dimensions < 1 || values.length % dimensions != 0) {
      throw new IllegalArgumentException(
          "%d numbers are no points of %d dimensions".formatted(values.length, dimensions));
    }
    int points = values.length / dimensions;
    if (!(perplexity < points)) {
      throw new IllegalArgumentException(
          "perplexity is %s, but must be below the number of points, %d; lower it or add points"
              .formatted(perplexity, points));
    }
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new IllegalArgumentException(
            "point %d has the number %s, which is not finite".formatted(i / dimensions, values[i]));
      }
    }
    return points;
  }

  private double usedTheta(int points) {
    if (!Double.isNaN(theta)) {
      return theta;
    }
    return points <= MOST_EXACT_POINTS ? 0 : 0.5;
  }

  private static double[][] start(float[] centred, int dimensions, Random random) {
    double[][] place = PrincipalComponents.scores(centred, dimensions);
    double deviation = PrincipalComponents.deviation(place[0]);
    double scale = deviation > 0 ? START_DEVIATION / deviation : 0;
    double noise = START_DEVIATION * (scale > 0 ? START_NOISE : 1);
    for (double[] axis : place) {
      for (int i = 0; i < axis.length; i++) {
        axis[i] = axis[i] * scale + noise * random.nextGaussian();
      }
    }
    return place;
  }

  private Projection descend(
      SparseRows similarities, double[][] place, double angle, Workers workers, Listener listener) {
    int points = place[0].length;
    double rate =
        Double.isNaN(learningRate)
            ? Math.max(points / earlyExaggeration / 4, LEAST_LEARNING_RATE)
            : learningRate;
    TsneGradient gradient = new TsneGradient(similarities, angle, workers);
    Descent[] axes = {new Descent(points), new Descent(points)};
    double divergence = Double.NaN;
    for (int iteration = 1; iteration <= iterations; iteration++) {
      boolean early = iteration <= EXAGGERATED_ITERATIONS;
      if (iteration == EXAGGERATED_ITERATIONS + 1) {
        axes[0].restart();
        axes[1].restart();
      }
      gradient.compute(place[0], place[1], early ? earlyExaggeration : 1);
      for (int axis = 0; axis < axes.length; axis++) {
        axes[axis].step(place[axis], gradient.along(axis), rate, early ? EARLY_MOMENTUM : MOMENTUM);
      }
      if (iteration % REPORT_ITERATIONS == 0 || iteration == iterations) {
        divergence = gradient.divergence(place[0], place[1]);
        if (!Double.isFinite(divergence)) {
          throw new ArithmeticException(
              "the divergence after iteration %d is %s; lower the learning rate of %s or the exaggeration of %s"
                  .formatted(iteration, divergence, rate, earlyExaggeration));
        }
        listener.onProgress(iteration, divergence);
      }
    }
    PrincipalComponents.centre(place[0]);
    PrincipalComponents.centre(place[1]);
    return new Projection(place[0], place[1], divergence, iterations);
  }

  /** Gradient descent along one axis, with momentum and a gain for each point (Jacobs 1988). */
  private static final class Descent {
    private static final double GAIN_STEP = 0.2;
    private static final double GAIN_DECAY = 0.8;
    private static final double LEAST_GAIN = 0.01;

    private final double[] update;
    private final double[] gains;

    Descent(int points) {
      update = new double[points];
      gains = new double[points];
      restart();
    }

    /** Forgets steps and gains, which belong to another objective. */
    void restart() {
      Arrays.fill(update, 0);
      Arrays.fill(gains, 1);
    }

    void step(double[] place, double[] gradient, double rate, double momentum) {
      for (int i = 0; i < place.length; i++) {
        // Where the last step and this one go the same way, the next may be longer.
        boolean sameWay = update[i] * gradient[i] < 0;
        double gain = sameWay ? gains[i] + GAIN_STEP : gains[i] * GAIN_DECAY;
        gains[i] = Math.max(gain, LEAST_GAIN);
        update[i] = momentum * update[i] - rate * gains[i] * gradient[i];
        place[i] += update[i];
      }
    }
  }
}
