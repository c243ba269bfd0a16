package dev.refrain.cli.tutorial;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Kernels;
import dev.refrain.series.Baselines;
import dev.refrain.series.ForecastMetrics;
import dev.refrain.series.Transformation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class Seq2SeqTest {
  private static final int ROWS = 140;
  private static final int SEASON = 12;

  static Stream<TestEngine> engines() {
    return TestEngines.fast().filter(engine -> !engine.isReference());
  }

  /** A season of two waves whose height grows, and a trend: last year again is far off. */
  private static double value(int row) {
    double angle = 2 * Math.PI * row / SEASON;
    return 100 + 2.0 * row + (10 + row / 10.0) * (Math.sin(angle) + 0.5 * Math.cos(2 * angle));
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("engines")
  void aSeasonOnATrendIsLearnt(TestEngine engine) throws IOException {
    double[] history = new double[ROWS];
    double[] actual = new double[SEASON];
    for (int row = 0; row < ROWS + SEASON; row++) {
      (row < ROWS ? history : actual)[row < ROWS ? row : row - ROWS] = value(row);
    }
    List<PrintedLoss> heard = new ArrayList<>();
    try (Kernels kernels = engine.open()) {
      Seq2Seq seq2seq =
          new Seq2Seq(
              TutorialCell.GRU,
              24,
              18,
              SEASON,
              3,
              16,
              0.01,
              450,
              1,
              Transformation.parse("difference"));
      Seq2Seq.Outcome outcome =
          seq2seq.run(
              kernels,
              history,
              SEASON,
              (trainer, scaling) -> {
                for (int steps = 450; steps > 0; steps -= 75) {
                  trainer.run(75);
                  heard.addAll(seq2seq.printed(trainer.steps(), trainer.lastLosses(75)));
                }
              });
      assertEquals(heard, outcome.losses());
      assertEquals(
          List.of(0, 100, 200, 300, 400), heard.stream().map(PrintedLoss::iteration).toList());
      assertTrue(heard.get(4).value() < heard.get(0).value() / 20, heard.toString());
      double error = ForecastMetrics.mae(actual, outcome.forecast());
      double naive = ForecastMetrics.mae(actual, Baselines.seasonalNaive(history, SEASON, SEASON));
      System.out.printf("%s: MAE %.2f, last season again %.2f%n", engine, error, naive);
      assertTrue(error < naive / 4, error + " against " + naive);
      assertArrayEquals(
          outcome.forecast(),
          seq2seq.run(kernels, history, SEASON, (trainer, scaling) -> trainer.run(450)).forecast());
      assertEquals(SEASON, seq2seq.recursive(kernels, history, SEASON).length);
    }
  }
}
