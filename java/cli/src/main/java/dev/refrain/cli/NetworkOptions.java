package dev.refrain.cli;

import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.Schedule;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** What is trained and how, as far as several commands say it alike: the base of their options. */
class NetworkOptions {
  private static final double USUAL_DECAY = 0.1;
  private static final int USUAL_STAIRS = 3;

  @Option(
      names = "--layers",
      paramLabel = "COUNT",
      defaultValue = "1",
      converter = OptionTypes.Layers.class,
      description = "Recurrent layers upon each other, at most 100. Default: 1.")
  int layers;

  @Option(
      names = "--units",
      paramLabel = "COUNT",
      defaultValue = "32",
      converter = OptionTypes.Count.class,
      description = "Units of each layer. Default: 32.")
  int units;

  @Option(
      names = "--activation",
      paramLabel = "NAME",
      defaultValue = "tanh",
      converter = OptionTypes.ActivationName.class,
      description = "Of the cells: tanh, relu, sigmoid, identity, softsign or elu. Default: tanh.")
  Activation activation;

  @Option(
      names = "--batch",
      paramLabel = "COUNT",
      defaultValue = "32",
      converter = OptionTypes.Count.class,
      description = "Windows that one training step learns from. Default: 32.")
  int batch;

  @Option(
      names = "--loss",
      paramLabel = "NAME",
      defaultValue = "mse",
      converter = OptionTypes.LossName.class,
      description = "What training minimises: mse, rmse, mae or huber. Default: mse.")
  Loss loss;

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      defaultValue = "adam",
      converter = OptionTypes.OptimizerName.class,
      description = "adam, sgd, momentum, nesterov, rmsprop or adagrad. Default: adam.")
  Optimizer optimizer;

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      converter = ScheduleName.class,
      description =
          "How the learning rate follows the step: constant; cosine, along half of one down to"
              + " nothing at the last step; exponential, smoothly, or step, at once, by --decay every"
              + " --decay-every steps. Default: cosine; of 'refrain train' constant.")
  private Schedule.Kind schedule;

  @Option(
      names = "--decay",
      paramLabel = "FACTOR",
      converter = OptionTypes.Share.class,
      description = "Factor of --schedule exponential and step. Default: 0.1.")
  private Double decay;

  @Option(
      names = "--decay-every",
      paramLabel = "STEPS",
      converter = OptionTypes.Count.class,
      description = "Steps in which it applies once. Default: all; with step a third of them.")
  private Integer decayEvery;

  /**
   * The schedule that is asked for; null if none is.
   *
   * @param steps of the training
   * @throws BadInputException if an option would do nothing
   */
  final Schedule schedule(long steps) {
    boolean decays = schedule == Schedule.Kind.EXPONENTIAL || schedule == Schedule.Kind.STEP;
    if (!decays && (decay != null || decayEvery != null)) {
      throw new BadInputException(
          (decay != null ? "--decay" : "--decay-every")
              + " goes with --schedule exponential or step; add that, or leave it out");
    }
    if (schedule == null) {
      return null;
    }
    double factor = decay == null ? USUAL_DECAY : decay;
    long third = Math.max(1, steps / USUAL_STAIRS);
    return switch (schedule) {
      case CONSTANT -> Schedule.CONSTANT;
      case COSINE -> Schedule.cosine(steps, 0);
      case EXPONENTIAL -> Schedule.exponential(factor, decayEvery == null ? steps : decayEvery);
      case STEP -> Schedule.step(factor, decayEvery == null ? third : decayEvery);
    };
  }

  /** Whether it is a cosine that is asked for. */
  final boolean cosine() {
    return schedule == Schedule.Kind.COSINE;
  }

  static final class ScheduleName implements ITypeConverter<Schedule.Kind> {
    @Override
    public Schedule.Kind convert(String word) {
      Map<String, Schedule.Kind> values = new LinkedHashMap<>();
      values.put("constant", Schedule.Kind.CONSTANT);
      values.put("cosine", Schedule.Kind.COSINE);
      values.put("exponential", Schedule.Kind.EXPONENTIAL);
      values.put("step", Schedule.Kind.STEP);
      return OptionTypes.named(word, values);
    }
  }
}
