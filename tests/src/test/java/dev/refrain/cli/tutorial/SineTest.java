package dev.refrain.cli.tutorial;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Kernels;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SineTest {
  private static final int STEPS = SineSeries.STEPS;
  private static final int FULL_LENGTH = 2_000;
  private static final int SHORT_LENGTH = 301;

  static Stream<TestEngine> engines() {
    return TestEngines.fast();
  }

  @Test
  void theSeriesIsTheNotebooks() {
    double[] x = SineSeries.x();
    assertEquals(250, x.length);
    assertEquals(0, x[0]);
    assertEquals(10, x[249]);
    assertEquals(10.0 / 249, x[1], 1e-15);
    double[] instance = SineSeries.instance();
    assertEquals(31, instance.length);
    assertEquals(5, instance[0]);
    // The notebook's linspace(5, 5 + 0.04 · 31, 31) is a little wider than 0.04.
    assertEquals(6.24, instance[30], 1e-12);
    assertEquals(Math.sin(5), SineSeries.at(instance)[0], 1e-15);
  }

  /** The notebook's training ends near 0.005; seeds differ by a factor of two either way. */
  @ParameterizedTest
  @MethodSource("engines")
  void trainingEndsWhereTheNotebookEnds(TestEngine engine) throws IOException {
    int iterations = engine.isReference() ? SHORT_LENGTH : FULL_LENGTH;
    Sine sine = new Sine(TutorialCell.RNN, 100, 1e-4, iterations, 101);
    List<PrintedLoss> heard = new ArrayList<>();
    List<Integer> groups = new ArrayList<>();
    Sine.Outcome outcome;
    try (Kernels kernels = engine.open()) {
      outcome =
          sine.run(
              kernels,
              Unkept.training(iterations, heard::add),
              network -> groups.add(network.groups()));
    }
    assertEquals(outcome.losses(), heard);
    assertEquals(List.of(1), groups);
    assertEquals((iterations + 99) / 100, heard.size());
    assertTrue(heard.get(0).value() > 0.1, "it does not begin trained: " + heard.get(0));
    assertEquals(250, outcome.fromZeros().length);
    assertArrayEquals(new float[STEPS], Arrays.copyOf(outcome.fromZeros(), STEPS));
    assertEquals((float) Math.sin(10.0 / 249), outcome.fromInstance()[1], 1e-7f);
    if (!engine.isReference()) {
      assertTrue(outcome.seriesMse() > 0.0025 && outcome.seriesMse() < 0.01, heard.toString());
      double[] targets = SineSeries.at(Arrays.copyOfRange(SineSeries.instance(), 1, STEPS + 1));
      for (int t = STEPS / 2; t < STEPS; t++) {
        assertEquals(targets[t], outcome.prediction()[t], 0.05, "step " + t);
      }
    }
  }

  /**
   * Each cell learns: the loss over the whole series falls to a fifth of an untrained network's.
   */
  @ParameterizedTest
  @MethodSource("engines")
  void everyCellLearns(TestEngine engine) throws IOException {
    try (Kernels kernels = engine.open()) {
      for (TutorialCell cell : TutorialCell.values()) {
        double untrained = seriesMse(kernels, new Sine(cell, 20, 1e-9, 1, 5));
        double trained = seriesMse(kernels, new Sine(cell, 20, 3e-3, 400, 5));
        assertTrue(trained < untrained / 5, cell + ": " + untrained + " to " + trained);
      }
    }
  }

  private static double seriesMse(Kernels kernels, Sine sine) throws IOException {
    return sine.run(kernels, Unkept.training(sine.iterations(), loss -> {}), network -> {})
        .seriesMse();
  }
}
