package dev.refrain.recording;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Adagrad;
import dev.refrain.kernels.Adam;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.CellLayout;
import dev.refrain.kernels.CellParameters;
import dev.refrain.kernels.CellSequence;
import dev.refrain.kernels.CellShape;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.KernelException;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LinearParameters;
import dev.refrain.kernels.LinearShape;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.Recording;
import dev.refrain.kernels.RmsProp;
import dev.refrain.kernels.RnnCell;
import dev.refrain.kernels.Schedule;
import dev.refrain.kernels.Sgd;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.View;
import dev.refrain.kernels.WeightDecay;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A recorded step repeats what it recorded, bit for bit, and nothing slips into it unseen. */
class RecordingTest {
  private static final Cell CELL = new LstmCell(Activation.TANH);

  /** A cell, an optimizer and a schedule that a step is made of. */
  private record Training(Cell cell, Optimizer rule, Schedule schedule) {
    TrainingStep on(Kernels kernels) {
      return new TrainingStep(kernels, cell, rule, schedule);
    }
  }

  static Stream<Arguments> trainings() {
    List<Training> trainings = new ArrayList<>();
    for (Optimizer rule : rules()) {
      trainings.add(new Training(CELL, rule, Schedule.exponential(0.9, 3)));
    }
    for (Cell cell :
        List.of(
            new RnnCell(Activation.RELU),
            new GruCell(Activation.TANH, GruForm.RESET_BEFORE),
            new GruCell(Activation.TANH, GruForm.RESET_AFTER))) {
      trainings.add(new Training(cell, new Adam(), Schedule.cosine(9, 0.1)));
    }
    return TestEngines.times(trainings);
  }

  private static List<Optimizer> rules() {
    WeightDecay decoupled = WeightDecay.decoupled(0.01);
    return List.of(
        new Sgd(),
        new Sgd(0.9, false, WeightDecay.l2(0.01)),
        new Sgd(0.9, true, WeightDecay.NONE),
        new Adam(),
        new Adam(0.9, 0.999, 1e-8, Adam.Form.PYTORCH, decoupled),
        new RmsProp(),
        new Adagrad());
  }

  @ParameterizedTest
  @MethodSource("trainings")
  void replaysEqualEagerSteps(TestEngine engine, Training training) {
    try (Kernels eager = engine.open();
        Kernels recorded = engine.open()) {
      TrainingStep steps = training.on(eager);
      TrainingStep replays = training.on(recorded);
      try (Recording recording = recorded.record(replays)) {
        for (int times : new int[] {1, 0, 4, 2}) {
          recording.run(times);
          for (int i = 0; i < times; i++) {
            steps.run();
          }
          assertEqualBits(steps.snapshot(), replays.snapshot());
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("trainings")
  void theNumberOfThreadsChangesNoBit(TestEngine engine, Training training) {
    List<Map<String, Object>> snapshots = new ArrayList<>();
    for (int threads : new int[] {1, 2, 3}) {
      try (Kernels kernels = engine.open(threads)) {
        TrainingStep step = training.on(kernels);
        try (Recording recording = kernels.record(step)) {
          recording.run(5);
          snapshots.add(step.snapshot());
        }
      }
    }
    assertEqualBits(snapshots.get(0), snapshots.get(1));
    assertEqualBits(snapshots.get(0), snapshots.get(2));
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void recordingRunsNothing(TestEngine engine) {
    try (Kernels kernels = engine.open()) {
      TrainingStep step = training().on(kernels);
      Map<String, Object> before = step.snapshot();
      long operations = kernels.operationCount();
      try (Recording recording = kernels.record(step)) {
        assertEquals(operations, kernels.operationCount());
        assertEqualBits(before, step.snapshot());
        assertEquals(TrainingStep.operations(), recording.length());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void replayedOperationsCount(TestEngine engine) {
    try (Kernels kernels = engine.open()) {
      TrainingStep step = training().on(kernels);
      try (Recording recording = kernels.record(step)) {
        long before = kernels.operationCount();
        recording.run(3);
        assertEquals(3L * TrainingStep.operations(), kernels.operationCount() - before);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void whatTheHostWritesBetweenReplaysActs(TestEngine engine) {
    try (Kernels eager = engine.open();
        Kernels recorded = engine.open()) {
      TrainingStep steps = training().on(eager);
      TrainingStep replays = training().on(recorded);
      try (Recording recording = recorded.record(replays)) {
        for (double rate : new double[] {0.02, 0.001}) {
          for (TrainingStep each : List.of(steps, replays)) {
            each.state.write(1, withBaseRate(each.state.read(1), rate));
            each.values().write(3, new float[] {0.5f}, 0, 1);
          }
          steps.run();
          steps.run();
          recording.run(2);
          assertEqualBits(steps.snapshot(), replays.snapshot());
          assertEquals(rate, replays.state.read(1).learningRate());
        }
      }
    }
  }

  private static GroupState withBaseRate(GroupState s, double rate) {
    return new GroupState(
        s.step(),
        s.seed(),
        rate,
        s.learningRate(),
        s.beta1Power(),
        s.beta2Power(),
        s.loss(),
        s.gradientNorm(),
        s.clipFactor(),
        s.status());
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void aGroupWhoseLossIsNotFiniteStopsInTheMiddleOfAReplay(TestEngine engine) {
    try (Kernels kernels = engine.open()) {
      TrainingStep step = training().on(kernels);
      try (Recording recording = kernels.record(step)) {
        recording.run(2);
        long perGroup = step.values().size() / 3;
        step.values().write(perGroup, new float[] {Float.NaN}, 0, 1);
        float[] before = step.values().read();
        recording.run(3);
        List<GroupState> states = step.state.read();
        assertEquals(GroupState.Status.NOT_FINITE, states.get(1).status());
        assertEquals(3, states.get(1).step(), "no step after the one that failed");
        assertEquals(5, states.get(0).step());
        assertEquals(5, states.get(2).step());
        float[] after = step.values().read();
        assertArrayEquals(group(before, 1), group(after, 1), "the stopped group's parameters");
        assertFalse(Arrays.equals(group(before, 0), group(after, 0)), "group 0 goes on");
        assertFalse(Arrays.equals(group(before, 2), group(after, 2)), "group 2 goes on");
        double[] losses = step.state.readHistory(4, 2);
        assertTrue(Double.isFinite(losses[0]) && Double.isFinite(losses[1]));
        assertTrue(Double.isNaN(losses[2]) && Double.isNaN(losses[3]), "steps not taken");
      }
    }
  }

  private static float[] group(float[] values, int group) {
    int size = values.length / 3;
    return Arrays.copyOfRange(values, group * size, (group + 1) * size);
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void refusesWhatWouldBeFrozenIntoARecording(TestEngine engine) {
    try (Kernels kernels = engine.open()) {
      Buffer buffer = kernels.allocate(4);
      IndexBuffer indices = kernels.allocateIndices(4);
      StepState state = kernels.allocateState(1, 1);
      Recording earlier = kernels.record(() -> kernels.fill(buffer, 0, 4, 1));
      for (Executable forbidden :
          List.<Executable>of(
              () -> kernels.allocate(1),
              () -> kernels.allocateIndices(1),
              () -> kernels.allocateState(1, 0),
              () -> buffer.write(1, 2, 3, 4),
              buffer::read,
              () -> buffer.writeDoubles(1, 2, 3, 4),
              buffer::readDoubles,
              () -> indices.write(1, 2, 3, 4),
              indices::read,
              () -> state.read(0),
              state::read,
              () -> state.write(0, GroupState.initial(0, 0)),
              () -> state.writeHistory(1, new double[1]),
              () -> kernels.record(() -> {}),
              () -> earlier.run(1))) {
        kernels.record(() -> assertThrows(IllegalStateException.class, forbidden)).close();
      }
      earlier.run(1);
      assertArrayEquals(new float[] {1, 1, 1, 1}, buffer.read(), "usable afterwards");
    }
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void anExceptionDropsTheRecordingAndPassesThrough(TestEngine engine) {
    try (Kernels kernels = engine.open()) {
      Buffer buffer = kernels.allocate(4);
      RuntimeException failure = new UnsupportedOperationException("the step's own");
      Runnable failing =
          () -> {
            kernels.fill(buffer, 0, 4, 9);
            throw failure;
          };
      assertSame(failure, assertThrows(RuntimeException.class, () -> kernels.record(failing)));
      assertArrayEquals(new float[4], buffer.read(), "nothing ran");
      kernels.fill(buffer, 0, 2, 1);
      assertArrayEquals(new float[] {1, 1, 0, 0}, buffer.read(), "eager again");
      try (Recording next = kernels.record(() -> kernels.fill(buffer, 1, 3, 2))) {
        assertEquals(1, next.length(), "nothing of the failed one");
        next.run(1);
        assertArrayEquals(new float[] {1, 2, 2, 2}, buffer.read());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void badArgumentsAreRefusedWhenTheyAreRecorded(TestEngine engine) {
    try (Kernels kernels = engine.open()) {
      Buffer buffer = kernels.allocate(4);
      IllegalArgumentException refused =
          assertThrows(
              IllegalArgumentException.class,
              () -> kernels.record(() -> kernels.fill(buffer, 2, 3, 1)));
      assertTrue(refused.getMessage().contains("2..4"), refused.getMessage());
      kernels.fill(buffer, 0, 4, 1);
      assertArrayEquals(new float[] {1, 1, 1, 1}, buffer.read(), "usable afterwards");
    }
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void whatIsClosedDoesNotRun(TestEngine engine) {
    Kernels kernels = engine.open();
    Buffer buffer = kernels.allocate(4);
    Buffer other = kernels.allocate(4);
    Recording closed = kernels.record(() -> kernels.fill(buffer, 0, 4, 1));
    Recording withClosedBuffer = kernels.record(() -> kernels.fill(other, 0, 4, 1));
    Recording orphan = kernels.record(() -> kernels.fill(buffer, 0, 4, 1));
    closed.close();
    closed.close();
    assertThrows(IllegalStateException.class, () -> closed.run(1));
    other.close();
    assertThrows(IllegalStateException.class, () -> withClosedBuffer.run(1));
    IllegalArgumentException negative =
        assertThrows(IllegalArgumentException.class, () -> orphan.run(-1));
    assertTrue(negative.getMessage().contains("-1"), negative.getMessage());
    assertArrayEquals(new float[4], buffer.read(), "nothing ran");
    kernels.close();
    assertThrows(IllegalStateException.class, () -> orphan.run(1));
    orphan.close();
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void severalRecordingsShareTheirBuffers(TestEngine engine) {
    try (Kernels kernels = engine.open()) {
      TrainingStep step = training().on(kernels);
      Buffer values = step.values();
      Recording train = kernels.record(step);
      Recording reset = kernels.record(() -> kernels.fill(values, 0, values.size(), 0.1f));
      reset.run(1);
      float[] before = values.read();
      train.run(1);
      assertNotEquals(before[0], values.read()[0]);
      reset.run(1);
      assertArrayEquals(before, values.read());
    }
  }

  /** Scratch memory grows with the work in between; a recording must not be left with the old. */
  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void aReplayOutlivesLargerWorkInBetween(TestEngine engine) {
    try (Kernels eager = engine.open();
        Kernels recorded = engine.open()) {
      TrainingStep steps = training().on(eager);
      TrainingStep replays = training().on(recorded);
      Recording recording = recorded.record(replays);
      recording.run(1);
      LinearShape large = new LinearShape(1, 500, 400, 300);
      View x = View.of(recorded.allocate(500 * 400), 500, 400);
      View y = View.of(recorded.allocate(500 * 300), 500, 300);
      Buffer weights = recorded.allocate(400 * 300);
      LinearParameters parameters =
          new LinearParameters(weights, recorded.allocate(400 * 300), 0, 0, CellLayout.ABSENT);
      recorded.linearForward(large, parameters, x, y);
      recorded.linearBackward(large, parameters, x, y, x, false);
      LstmCell cell = new LstmCell(Activation.TANH);
      CellShape shape = CellShape.of(cell, 1, 40, 30, 20, 90);
      Buffer values = recorded.allocate(4L * 90 * 110);
      CellLayout layout = new CellLayout(0, 4L * 90 * 20, -1, -1, -1, -1);
      cell.forward(
          recorded,
          shape,
          new CellParameters(values, null, 0, layout),
          CellSequence.of(
              View.of(recorded.allocate(1200 * 20), 1200, 20),
              View.of(recorded.allocate(1200 * 90), 1200, 90)));
      recording.run(3);
      for (int i = 0; i < 4; i++) {
        steps.run();
      }
      assertEqualBits(steps.snapshot(), replays.snapshot());
    }
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void enginesInSeveralThreadsDoNotDisturbEachOther(TestEngine engine) throws Exception {
    Callable<Map<String, Object>> run =
        () -> {
          try (Kernels kernels = engine.open()) {
            TrainingStep step = training().on(kernels);
            try (Recording recording = kernels.record(step)) {
              for (int i = 0; i < 10; i++) {
                recording.run(2);
                step.run();
              }
              return step.snapshot();
            }
          }
        };
    Map<String, Object> alone = run.call();
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      for (Future<Map<String, Object>> together : threads.invokeAll(List.of(run, run, run))) {
        assertEqualBits(alone, together.get());
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /** Scratch counts as memory: what runs stays within the limit, or says that it does not. */
  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void theMemoryLimitCoversScratch(TestEngine engine) {
    long needed;
    Map<String, Object> expected;
    EngineOptions options = EngineOptions.DEFAULT.threads(2);
    try (Kernels kernels = engine.open(options)) {
      TrainingStep step = training().on(kernels);
      step.run();
      needed = kernels.allocatedBytes();
      expected = step.snapshot();
    }
    try (Kernels kernels = engine.open(options.memoryLimitBytes(needed))) {
      TrainingStep step = training().on(kernels);
      step.run();
      assertEqualBits(expected, step.snapshot());
    }
    long tooLittle = needed - 1;
    try (Kernels kernels = engine.open(options.memoryLimitBytes(tooLittle))) {
      KernelException refused =
          assertThrows(KernelException.class, () -> training().on(kernels).run());
      assertTrue(refused.getMessage().contains(Long.toString(tooLittle)), refused.getMessage());
      assertTrue(kernels.allocatedBytes() <= tooLittle);
    }
  }

  private static Training training() {
    return new Training(CELL, new Adam(), Schedule.CONSTANT);
  }

  private static void assertEqualBits(Map<String, Object> expected, Map<String, Object> actual) {
    assertEquals(expected.keySet(), actual.keySet());
    for (Map.Entry<String, Object> entry : expected.entrySet()) {
      String name = entry.getKey();
      Object value = entry.getValue();
      if (value instanceof float[] floats) {
        assertArrayEquals(floats, (float[]) actual.get(name), name);
      } else if (value instanceof double[] doubles) {
        assertArrayEquals(doubles, (double[]) actual.get(name), name);
      } else {
        assertEquals(value, actual.get(name), name);
      }
    }
  }
}
