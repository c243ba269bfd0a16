package dev.refrain.cli.tutorial;

import dev.refrain.cli.OptionTypes;
import dev.refrain.cli.RunRecord;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Loss;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** What the lab's training is: options that its checkpoint keeps. */
final class Lab6Options {
  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      defaultValue = "gdo",
      converter = DescentName.class,
      description = "gdo (gradient descent) or adam. Default: gdo.")
  private Lab6.Descent optimizer;

  @Option(
      names = "--loss",
      paramLabel = "NAME",
      defaultValue = "mse",
      converter = LossName.class,
      description = "mse or rmse. Default: mse.")
  private LabLoss loss;

  @Option(
      names = "--activation",
      paramLabel = "NAME",
      defaultValue = "relu",
      converter = OptionTypes.ActivationName.class,
      description = "tanh, relu, sigmoid, identity, softsign or elu. Default: relu.")
  private Activation activation;

  @Option(
      names = "--neurons",
      paramLabel = "COUNT",
      defaultValue = "100",
      converter = OptionTypes.Count.class,
      description = "Neurons of the recurrent layer. Default: 100.")
  private int neurons;

  @Option(
      names = "--learning-rate",
      paramLabel = "RATE",
      defaultValue = "0.001",
      converter = OptionTypes.PositiveNumber.class,
      description = "Default: 0.001.")
  private double learningRate;

  /** The losses of the lab. */
  enum LabLoss {
    MSE(Loss.MSE),
    RMSE(Loss.RMSE);

    private final Loss loss;

    LabLoss(Loss loss) {
      this.loss = loss;
    }

    Loss loss() {
      return loss;
    }
  }

  static final class DescentName implements ITypeConverter<Lab6.Descent> {
    @Override
    public Lab6.Descent convert(String word) {
      return OptionTypes.named(word, Lab6.Descent.values());
    }
  }

  static final class LossName implements ITypeConverter<LabLoss> {
    @Override
    public LabLoss convert(String word) {
      return OptionTypes.named(word, LabLoss.values());
    }
  }

  /** The loss, where only one is trained on. */
  LabLoss loss() {
    return loss;
  }

  /** The activation, where only one is trained. */
  Activation activation() {
    return activation;
  }

  /** The training on a loss, of neurons with an activation. */
  Lab6 lab(LabLoss which, Activation function, int iterations) {
    return new Lab6(optimizer, which.loss(), function, neurons, learningRate, iterations);
  }

  void configure(RunRecord record) {
    record
        .configured("optimizer", optimizer.name().toLowerCase(Locale.ROOT))
        .configured("neurons", neurons)
        .configured("learning-rate", learningRate);
  }
}
