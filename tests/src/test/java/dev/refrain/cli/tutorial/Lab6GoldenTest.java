package dev.refrain.cli.tutorial;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Loss;
import dev.refrain.parity.Comparison;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The lab's training prints the lab's losses: over its full length on engines that are fast enough,
 * over the first 100 iterations on the reference.
 */
class Lab6GoldenTest {
  private static final int FULL_LENGTH = 1_500;
  private static final int FIRST_ITERATIONS = 101;
  private static final JsonObject GOLDEN = TutorialNumbers.read();

  static Stream<TestEngine> engines() {
    return TestEngines.fast();
  }

  /** An independent float32 run stays within 4e-5 of the printed losses. */
  @ParameterizedTest
  @MethodSource("engines")
  void gradientDescentOnMse(TestEngine engine) throws IOException {
    Lab6.Outcome outcome = run(engine, Lab6.Descent.GDO, Loss.MSE);
    compareLosses("gdo_mse", outcome, 1e-4);
    comparePrediction(engine, "gdo_mse", outcome, 2e-4);
  }

  /** As on mse; predictions drift a little further. */
  @ParameterizedTest
  @MethodSource("engines")
  void gradientDescentOnRmse(TestEngine engine) throws IOException {
    Lab6.Outcome outcome = run(engine, Lab6.Descent.GDO, Loss.RMSE);
    compareLosses("gdo_rmse", outcome, 1e-4);
    comparePrediction(engine, "gdo_rmse", outcome, 5e-4);
  }

  /**
   * Adam's first loss is exact to float32; later ones drift with rounding, by up to 9 % between
   * independent runs.
   */
  @ParameterizedTest
  @MethodSource("engines")
  void adamOnMse(TestEngine engine) throws IOException {
    Lab6.Outcome outcome = run(engine, Lab6.Descent.ADAM, Loss.MSE);
    compareLosses("adam_mse", outcome, 0.15);
    double first = printed("training", "adam_mse")[0];
    assertEquals(first, outcome.losses().get(0).value(), 1e-6 * first);
    assertEquals(Lab6.GENERATED, outcome.generated().size());
    assertTrue(outcome.generated().stream().allMatch(Float::isFinite));
  }

  private static Lab6.Outcome run(TestEngine engine, Lab6.Descent optimizer, Loss loss)
      throws IOException {
    int iterations = engine.isReference() ? FIRST_ITERATIONS : FULL_LENGTH;
    Lab6 lab = new Lab6(optimizer, loss, Activation.RELU, 100, 1e-3, iterations);
    List<PrintedLoss> heard = new ArrayList<>();
    try (Kernels kernels = engine.open()) {
      Lab6.Outcome outcome =
          lab.run(kernels, Unkept.training(iterations, heard::add), network -> {});
      assertEquals(outcome.losses(), heard);
      return outcome;
    }
  }

  private static void compareLosses(String run, Lab6.Outcome outcome, double relative) {
    double[] printed = printed("training", run);
    for (int i = 0; i < outcome.losses().size(); i++) {
      PrintedLoss loss = outcome.losses().get(i);
      assertEquals(100 * i, loss.iteration());
      assertEquals(
          printed[i], loss.value(), relative * printed[i], run + " at " + loss.iteration());
    }
    System.out.printf("lab6 %s: %d of %d losses%n", run, outcome.losses().size(), printed.length);
  }

  private static void comparePrediction(
      TestEngine engine, String run, Lab6.Outcome outcome, double tolerance) {
    if (!engine.isReference()) {
      double[] predicted = outcome.prediction().stream().mapToDouble(Float::doubleValue).toArray();
      Comparison.assertWithin(
          run + " prediction", printed("prediction", run), predicted, tolerance);
    }
  }

  private static double[] printed(String part, String run) {
    JsonArray values = GOLDEN.getAsJsonObject(part).getAsJsonArray(run);
    double[] numbers = new double[values.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = values.get(i).getAsDouble();
    }
    return numbers;
  }
}
