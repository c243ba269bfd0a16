package dev.refrain.benchmarks;

import dev.refrain.kernels.Adam;
import dev.refrain.kernels.Device;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.Engines;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Loss;
import dev.refrain.network.Network;
import dev.refrain.network.NetworkSpec;
import dev.refrain.network.SeriesWindows;
import dev.refrain.network.Trainer;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Whole training steps of {@link TrainingShape}: gather a batch, forward, loss, backward, Adam, as
 * one recorded step.
 *
 * <p>Run: {@code java -cp "benchmarks/target/classes:benchmarks/target/lib/*" org.openjdk.jmh.Main
 * TrainingBenchmark -p device=cpu -p threads=1,2}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 7, time = 1)
public class TrainingBenchmark {
  private static final int SERIES_ROWS = 4_000;
  private static final int CHECKED_STEPS = 30;

  @Param public TrainingShape shape;

  @Param("cpu")
  public String device;

  @Param("2")
  public int threads;

  private Kernels kernels;
  private Network network;
  private Trainer trainer;

  /** Opens the engine and makes sure that training learns. */
  @Setup
  public void open() {
    kernels = Engines.open(Device.parse(device), EngineOptions.DEFAULT.threads(threads));
    NetworkSpec spec =
        NetworkSpec.builder(shape.inputs())
            .layer(shape.cell(), shape.hidden())
            .projection(1)
            .build();
    network = Network.create(kernels, spec, 1);
    trainer =
        Trainer.builder(
                network,
                SeriesWindows.shared(waves(), shape.inputs(), shape.steps(), shape.batch()))
            .loss(Loss.MSE)
            .optimizer(new Adam())
            .learningRate(1e-3)
            .build();
    trainer.run(CHECKED_STEPS);
    double[] losses = trainer.lastLosses(CHECKED_STEPS).get(0);
    if (!(losses[CHECKED_STEPS - 1] < losses[0])) {
      throw new IllegalStateException(
          "training does not learn: the loss went from "
              + losses[0]
              + " to "
              + losses[CHECKED_STEPS - 1]);
    }
  }

  private float[] waves() {
    Random noise = new Random(1);
    float[] rows = new float[SERIES_ROWS * shape.inputs()];
    for (int i = 0; i < rows.length; i++) {
      int row = i / shape.inputs();
      int column = i % shape.inputs();
      rows[i] = (float) (Math.sin(row * (0.1 + 0.01 * column)) + 0.1 * noise.nextGaussian());
    }
    return rows;
  }

  /** One training step, finished. */
  @Benchmark
  public void step() {
    trainer.run(1);
    kernels.synchronize();
  }

  /** Closes everything. */
  @TearDown
  public void close() {
    trainer.close();
    network.close();
    kernels.close();
  }
}
