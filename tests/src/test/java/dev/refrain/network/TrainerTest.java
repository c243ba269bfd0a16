package dev.refrain.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Adagrad;
import dev.refrain.kernels.Adam;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.GatherArguments;
import dev.refrain.kernels.GatherShape;
import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.LossArguments;
import dev.refrain.kernels.LossShape;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.ParameterUpdate;
import dev.refrain.kernels.RnnCell;
import dev.refrain.kernels.Schedule;
import dev.refrain.kernels.Sgd;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.View;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TrainerTest {
  private static final int STEPS = 6;
  private static final int BATCH = 4;
  private static final int COLUMNS = 2;
  private static final float[] SERIES = Networks.numbers(50 * COLUMNS, 1);

  private static SeriesWindows windows() {
    return SeriesWindows.shared(SERIES, COLUMNS, STEPS, BATCH).ahead(2);
  }

  private static Trainer.Builder builder(Network network) {
    return Trainer.builder(network, windows())
        .loss(Loss.huber(0.7))
        .optimizer(new Adam())
        .schedule(Schedule.exponential(0.9, 3))
        .learningRate(0.01)
        .clipValue(0.2)
        .clipNorm(0.1)
        .seed(99);
  }

  /** What a trainer does, written out. */
  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void isTheLoopThatItStandsFor(TestEngine engine) {
    NetworkSpec spec = Networks.everything(0.2);
    int rows = SERIES.length / COLUMNS;
    try (Kernels kernels = engine.open();
        Network network = Network.create(kernels, spec, 1);
        Network trained = Network.create(kernels, spec, 1);
        Trainer trainer = builder(trained).build();
        UnrolledNetwork unrolled = network.unroll(STEPS, BATCH).training().build();
        StepState state = kernels.allocateState(1, 10)) {
      state.write(0, GroupState.initial(99, 0.01));
      Buffer series = kernels.allocate(SERIES.length);
      series.write(SERIES);
      View target = View.of(kernels.allocate(STEPS * BATCH * 2), STEPS * BATCH, 2);
      Adam adam = new Adam();
      long p = network.layout().size();
      ParameterUpdate update =
          new ParameterUpdate(
              1,
              p,
              network.values(),
              network.gradients(),
              List.of(kernels.allocate(p), kernels.allocate(p)));
      for (int step = 0; step < 5; step++) {
        kernels.advance(Schedule.exponential(0.9, 3), adam, state);
        kernels.gather(
            GatherShape.ahead(1, STEPS, BATCH, 2, 0, 2, 2, rows, COLUMNS, true),
            new GatherArguments(series, null, null, unrolled.inputView(), target),
            state);
        unrolled.forward(state);
        kernels.loss(
            Loss.huber(0.7),
            new LossShape(1, STEPS, BATCH, 2),
            LossArguments.of(unrolled.outputView(), target, unrolled.outputGradientView()),
            state);
        unrolled.backward(state);
        kernels.clipValue(network.gradients(), p, 0.2);
        kernels.clipNorm(network.gradients(), 1, p, 0.1, state);
        kernels.adam(adam, update, state);
      }
      trainer.run(5);
      assertArrayEquals(network.read(0), trained.read(0));
      assertArrayEquals(state.readHistory(1, 5), trainer.lastLosses(5).get(0));
      assertEquals(state.read(0), trainer.state().read(0));
    }
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void replaysAreEagerSteps(TestEngine engine) {
    NetworkSpec spec = Networks.everything(0.2);
    try (Kernels kernels = engine.open();
        Network eager = Network.create(kernels, spec, 1, 2);
        Network replayed = Network.create(kernels, spec, 1, 2);
        Trainer eagerTrainer = builder(eager).recorded(false).build();
        Trainer replayingTrainer = builder(replayed).build()) {
      eagerTrainer.run(7);
      replayingTrainer.run(3);
      replayingTrainer.run(0);
      replayingTrainer.run(4);
      for (int g = 0; g < 2; g++) {
        assertArrayEquals(eager.read(g), replayed.read(g));
        assertArrayEquals(eagerTrainer.lastLosses(7).get(g), replayingTrainer.lastLosses(7).get(g));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void threeGroupsAreThreeNetworks(TestEngine engine) {
    NetworkSpec spec = Networks.everything(0.2);
    long[] seeds = {1, 2, 3};
    double[] rates = {0.01, 0.02, 0.05};
    float[][] series = {
      Networks.numbers(40 * COLUMNS, 1), Networks.numbers(25 * COLUMNS, 2), SERIES
    };
    try (Kernels kernels = engine.open();
        Network together = Network.create(kernels, spec, seeds);
        Trainer all =
            Trainer.builder(together, SeriesWindows.perGroup(series, COLUMNS, STEPS, BATCH))
                .seed(seeds)
                .learningRate(rates)
                .clipNorm(0.5)
                .build()) {
      all.run(5);
      for (int g = 0; g < 3; g++) {
        try (Network alone = Network.create(kernels, spec, seeds[g]);
            Trainer trainer =
                Trainer.builder(alone, SeriesWindows.shared(series[g], COLUMNS, STEPS, BATCH))
                    .seed(seeds[g])
                    .learningRate(rates[g])
                    .clipNorm(0.5)
                    .build()) {
          trainer.run(5);
          assertArrayEquals(alone.read(0), together.read(g), "group " + g);
          assertArrayEquals(trainer.lastLosses(5).get(0), all.lastLosses(5).get(g), "group " + g);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void aStepIsOneLaunchAnOperationWhateverTheGroups(TestEngine engine) {
    NetworkSpec spec = Networks.various().get(1);
    try (Kernels kernels = engine.open();
        Network one = Network.create(kernels, spec, 1);
        Network three = Network.create(kernels, spec, 1, 2, 3);
        Trainer small = builder(one).build();
        Trainer large = builder(three).build()) {
      small.run(1);
      large.run(1);
      long before = kernels.operationCount();
      small.run(10);
      kernels.synchronize();
      long between = kernels.operationCount();
      large.run(10);
      kernels.synchronize();
      assertEquals(between - before, kernels.operationCount() - between);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void learnsASine(TestEngine engine) throws InterruptedException {
    float[] sine = new float[200];
    for (int i = 0; i < sine.length; i++) {
      sine[i] = (float) Math.sin(0.3 * i);
    }
    NetworkSpec spec =
        NetworkSpec.builder(1).layer(new LstmCell(Activation.TANH), 8).projection(1).build();
    List<TrainingProgress> reports = new ArrayList<>();
    try (Kernels kernels = engine.open();
        Network network = Network.create(kernels, spec, 1);
        Trainer trainer =
            Trainer.builder(network, SeriesWindows.shared(sine, 1, 12, 8))
                .learningRate(0.01)
                .build()) {
      trainer.train(250, 100, reports::add);
      assertEquals(List.of(100L, 200L, 250L), reports.stream().map(r -> r.step()).toList());
      assertEquals(50, reports.get(2).losses().get(0).length);
      assertTrue(reports.get(0).losses().get(0)[0] > 0.2, "an untrained network is far off");
      assertTrue(reports.get(2).loss() < 0.02, "loss is " + reports.get(2).loss());
      assertTrue(reports.get(2).stepsPerSecond() > 0);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void learnsClassesOfRaggedSequences(TestEngine engine) {
    NetworkSpec spec =
        NetworkSpec.builder(1).layer(new RnnCell(Activation.TANH), 8).projection(3).build();
    try (Kernels kernels = engine.open();
        Network network = Network.create(kernels, spec, 1);
        Trainer trainer =
            Trainer.builder(network, new CallerBatch(2, 3, true))
                .loss(Loss.SOFTMAX_CROSS_ENTROPY)
                .optimizer(new Adagrad())
                .learningRate(0.3)
                .build()) {
      trainer.input().write(-1, 0, 1, -1, 0, 1);
      trainer.labels().write(0, 1, 2, 0, 1, 2);
      trainer.lengths().write(2, 1, 2);
      trainer.run(1);
      assertEquals(Math.log(3), trainer.lastLosses(1).get(0)[0], 0.5);
      trainer.run(60);
      assertTrue(trainer.lastLosses(1).get(0)[0] < 0.1);
      assertThrows(IllegalStateException.class, trainer::target);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void givenStartsAreUsedInTurn(TestEngine engine) {
    float[] series = new float[20];
    for (int i = 0; i < series.length; i++) {
      series[i] = i;
    }
    NetworkSpec spec =
        NetworkSpec.builder(1).layer(new RnnCell(Activation.TANH), 2).projection(1).build();
    try (Kernels kernels = engine.open();
        Network network = new Network(kernels, spec, 1);
        Trainer trainer =
            Trainer.builder(network, SeriesWindows.shared(series, 1, 2, 2).startingAt(0, 5, 17, 3))
                .build()) {
      trainer.run(1);
      assertArrayEquals(new float[] {0, 5, 1, 6}, trainer.input().read());
      assertArrayEquals(new float[] {1, 6, 2, 7}, trainer.target().read());
      trainer.run(1);
      assertArrayEquals(new float[] {17, 3, 18, 4}, trainer.input().read());
      trainer.run(1);
      assertArrayEquals(new float[] {0, 5, 1, 6}, trainer.input().read());
    }
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void aLossThatIsNotFiniteStopsWithTheLastGoodParameters(TestEngine engine) {
    NetworkSpec spec =
        NetworkSpec.builder(1).layer(new RnnCell(Activation.IDENTITY), 2).projection(1).build();
    try (Kernels kernels = engine.open();
        Network network = Network.create(kernels, spec, 1, 2);
        Trainer trainer =
            Trainer.builder(network, new CallerBatch(1, 1))
                .optimizer(new Sgd())
                .learningRate(0.01)
                .build()) {
      trainer.input().write(1, 1);
      trainer.target().write(1, 1);
      trainer.run(3);
      trainer.check();
      float[] good = network.read(1);
      trainer.input().write(1, Float.POSITIVE_INFINITY);
      NonFiniteLossException failure =
          assertThrows(NonFiniteLossException.class, () -> trainer.train(4, 2, progress -> {}));
      assertEquals(1, failure.group());
      assertEquals(4, failure.step());
      assertTrue(failure.getMessage().contains("group 1 "), failure.getMessage());
      assertTrue(failure.getMessage().contains("step 4"), failure.getMessage());
      assertTrue(failure.getMessage().contains("learning rate (0.01)"), failure.getMessage());
      assertArrayEquals(good, network.read(1));
      assertEquals(5, trainer.steps(), "the other group went on");
    }
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void aGradientNormThatIsNotFiniteStopsBeforeTheUpdate(TestEngine engine) {
    NetworkSpec spec =
        NetworkSpec.builder(1).layer(new RnnCell(Activation.IDENTITY), 2).projection(1).build();
    try (Kernels kernels = engine.open();
        Network network = Network.create(kernels, spec, 1);
        Trainer trainer = Trainer.builder(network, new CallerBatch(1, 1)).clipNorm(1).build()) {
      // The loss 1e40 is finite in double, the gradient 1e40 is not in float.
      trainer.input().write(1e20f);
      trainer.target().write(1e20f);
      float[] good = network.read(0);
      trainer.run(2);
      NonFiniteLossException failure = assertThrows(NonFiniteLossException.class, trainer::check);
      assertTrue(failure.getMessage().contains("gradient norm"), failure.getMessage());
      assertTrue(failure.getMessage().contains("inputs and targets"), failure.getMessage());
      assertArrayEquals(good, network.read(0));
    }
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void aGroupThatWasEndedStandsStillWithoutAnError(TestEngine engine) throws InterruptedException {
    NetworkSpec spec = Networks.various().get(0);
    try (Kernels kernels = engine.open();
        Network network = Network.create(kernels, spec, 1, 2);
        Trainer trainer = builder(network).build()) {
      trainer.run(2);
      GroupState state = trainer.state().read(0);
      trainer.state().write(0, state.status(GroupState.Status.ENDED));
      float[] ended = network.read(0);
      float[] running = network.read(1);
      List<TrainingProgress> reports = new ArrayList<>();
      trainer.train(3, 3, reports::add);
      assertArrayEquals(ended, network.read(0));
      assertFalse(Arrays.equals(running, network.read(1)));
      assertTrue(Double.isNaN(reports.get(0).losses().get(0)[2]));
      assertEquals(reports.get(0).losses().get(1)[2], reports.get(0).loss());
    }
  }

  @Test
  void trainingIsOverOnceAllGroupsHaveEnded() throws InterruptedException {
    try (Kernels kernels = TestEngine.openJudge();
        Network network = Network.create(kernels, Networks.various().get(0), 1);
        Trainer trainer = builder(network).build()) {
      StepState state = trainer.state();
      trainer.train(
          100, 5, progress -> state.write(0, state.read(0).status(GroupState.Status.ENDED)));
      assertEquals(5, trainer.steps());
    }
  }

  @Test
  void anInterruptEndsTrainingBetweenReports() {
    try (Kernels kernels = TestEngine.openJudge();
        Network network = Network.create(kernels, Networks.various().get(0), 1);
        Trainer trainer = builder(network).build()) {
      assertThrows(
          InterruptedException.class,
          () -> trainer.train(100, 5, progress -> Thread.currentThread().interrupt()));
      assertFalse(Thread.interrupted(), "the flag is taken");
      assertEquals(5, trainer.steps());
    }
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void closingGivesTheMemoryBack(TestEngine engine) {
    try (Kernels kernels = engine.open();
        Network network = Network.create(kernels, Networks.everything(0.1), 1)) {
      // Scratch memory stays with the kernels, so it is there before the count begins.
      try (Trainer first = builder(network).build()) {
        first.run(2);
      }
      long before = kernels.allocatedBytes();
      Trainer trainer = builder(network).build();
      trainer.run(2);
      assertTrue(kernels.allocatedBytes() > before);
      trainer.close();
      trainer.close();
      assertEquals(before, kernels.allocatedBytes());
    }
  }

  @Test
  void refusesValuesByName() {
    try (Kernels kernels = TestEngine.openJudge();
        Network network = Network.create(kernels, Networks.various().get(0), 1, 2, 3);
        Trainer trainer = builder(network).historyLength(10).build()) {
      refuses("2 seeds", () -> builder(network).seed(1, 2));
      refuses("2 learning rates", () -> builder(network).learningRate(1, 2));
      refuses("learning rate is NaN", () -> builder(network).learningRate(Double.NaN));
      refuses("clipNorm is -1.0", () -> builder(network).clipNorm(-1));
      refuses("historyLength is 0", () -> builder(network).historyLength(0));
      refuses("interval is 11", () -> trainer.train(20, 11, progress -> {}));
      refuses("steps is -1", () -> trainer.run(-1));
      refuses("steps is -2", () -> trainer.train(-2, 1, progress -> {}));
      refuses("count is -1", () -> trainer.lastLosses(-1));
      refuses("there are 2 starts", () -> build(network, windows().startingAt(0, 1)));
      refuses("steps 0", () -> SeriesWindows.shared(SERIES, 2, 0, 1));
      refuses("ahead is -1", () -> windows().ahead(-1));
      refuses("start 1 is -4", () -> windows().startingAt(0, -4));
      refuses("does not divide", () -> SeriesWindows.shared(SERIES, 3, 2, 1));
      refuses("labels", () -> builder(network).loss(Loss.SOFTMAX_CROSS_ENTROPY).build());
      refuses("has 50 rows", () -> build(network, SeriesWindows.shared(SERIES, 2, 50, 1)));
      float[] gap = SERIES.clone();
      gap[3 * COLUMNS + 1] = Float.NaN;
      refuses(
          "row 3, column 1 of the series of group 0 is NaN",
          () -> build(network, SeriesWindows.shared(gap, COLUMNS, 5, 1)));
      refuses(
          "2 series for 3 groups",
          () -> build(network, SeriesWindows.perGroup(new float[][] {SERIES, SERIES}, 2, 5, 1)));
      long before = kernels.allocatedBytes();
      refuses("column", () -> build(network, windows().targetColumn(1)));
      assertEquals(before, kernels.allocatedBytes(), "what was allocated is given back");
    }
  }

  @Test
  void progressReadsWell() {
    assertEquals(
        "step 200, loss 0.150000, 310.6 steps/s",
        new TrainingProgress(200, List.of(new double[] {3, 0.1}, new double[] {2, 0.2}), 310.64)
            .toString());
  }

  private static void build(Network network, TrainingData data) {
    Trainer.builder(network, data).build();
  }

  private static void refuses(String message, Executable call) {
    String actual = assertThrows(IllegalArgumentException.class, call).getMessage();
    assertTrue(actual.contains(message), actual);
  }
}
