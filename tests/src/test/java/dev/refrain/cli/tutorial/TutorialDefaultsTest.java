package dev.refrain.cli.tutorial;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Loss;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** Whoever gives no options gets the training of the notebook, the exercise or the lab. */
class TutorialDefaultsTest {
  private static <T> T parsed(T options) {
    new CommandLine(options).parseArgs();
    return options;
  }

  @Test
  void theSineIsTheNotebooks() {
    SineOptions options = parsed(new SineOptions());
    assertEquals(
        new Sine(TutorialCell.RNN, 100, 1e-4, 2_000, 101),
        options.sine(options.cell(), SineCommand.USUAL_ITERATIONS));
  }

  @Test
  void theMilkIsTheExercises() {
    MilkOptions options = parsed(new MilkOptions());
    assertEquals(
        new Milk(TutorialCell.LSTM_RELU, 100, 12, 1, 1, 3e-3, 4_000, 101),
        options.milk(options.cell(), MilkCommand.USUAL_ITERATIONS));
  }

  @Test
  void lab6IsTheLabs() {
    Lab6Options options = parsed(new Lab6Options());
    assertEquals(
        new Lab6(Lab6.Descent.GDO, Loss.MSE, Activation.RELU, 100, 1e-3, 1_500),
        options.lab(options.loss(), options.activation(), Lab6Command.USUAL_ITERATIONS));
  }
}
