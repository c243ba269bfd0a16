package dev.refrain.network;

import dev.refrain.kernels.Adagrad;
import dev.refrain.kernels.Adam;
import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.RmsProp;
import dev.refrain.kernels.Sgd;
import dev.refrain.kernels.WeightDecay;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An {@link Optimizer} as pairs of strings, such as {@code optimizer = adam} and {@code
 * optimizer.beta1 = 0.9}, for the metadata of a file.
 */
final class OptimizerText {
  /** Which rule; a file without it holds no training. */
  static final String RULE = "optimizer";

  private static final String EPSILON = "optimizer.epsilon";
  private static final String DECAY = "optimizer.decay";
  private static final String DECAY_RATE = "optimizer.decay_rate";

  private OptimizerText() {}

  static Map<String, String> write(Optimizer optimizer) {
    Map<String, String> pairs = new LinkedHashMap<>();
    if (optimizer instanceof Adam adam) {
      pairs.put(RULE, "adam");
      pairs.put("optimizer.beta1", String.valueOf(adam.beta1()));
      pairs.put("optimizer.beta2", String.valueOf(adam.beta2()));
      pairs.put(EPSILON, String.valueOf(adam.epsilon()));
      pairs.put("optimizer.form", TextPairs.text(adam.form()));
    } else if (optimizer instanceof Sgd sgd) {
      pairs.put(RULE, "sgd");
      pairs.put("optimizer.momentum", String.valueOf(sgd.momentum()));
      pairs.put("optimizer.nesterov", String.valueOf(sgd.nesterov()));
    } else if (optimizer instanceof RmsProp rmsProp) {
      pairs.put(RULE, "rmsprop");
      pairs.put("optimizer.rho", String.valueOf(rmsProp.rho()));
      pairs.put(EPSILON, String.valueOf(rmsProp.epsilon()));
    } else if (optimizer instanceof Adagrad adagrad) {
      pairs.put(RULE, "adagrad");
      pairs.put("optimizer.initial_accumulator", String.valueOf(adagrad.initialAccumulator()));
      pairs.put(EPSILON, String.valueOf(adagrad.epsilon()));
    }
    pairs.put(DECAY, TextPairs.text(optimizer.decay().mode()));
    pairs.put(DECAY_RATE, String.valueOf(optimizer.decay().rate()));
    return pairs;
  }

  /**
   * Reads what {@link #write} wrote; other pairs may stand between.
   *
   * @throws IllegalArgumentException if a pair is missing or its value cannot be used; the message
   *     names both
   */
  static Optimizer read(Map<String, String> metadata) {
    TextPairs pairs = new TextPairs(metadata);
    WeightDecay decay =
        new WeightDecay(pairs.constant(DECAY, WeightDecay.Mode.values()), pairs.number(DECAY_RATE));
    String rule = pairs.value(RULE);
    return switch (rule) {
      case "adam" ->
          new Adam(
              pairs.number("optimizer.beta1"),
              pairs.number("optimizer.beta2"),
              pairs.number(EPSILON),
              pairs.constant("optimizer.form", Adam.Form.values()),
              decay);
      case "sgd" ->
          new Sgd(pairs.number("optimizer.momentum"), pairs.flag("optimizer.nesterov"), decay);
      case "rmsprop" -> new RmsProp(pairs.number("optimizer.rho"), pairs.number(EPSILON), decay);
      case "adagrad" ->
          new Adagrad(pairs.number("optimizer.initial_accumulator"), pairs.number(EPSILON), decay);
      default -> throw TextPairs.unusable(RULE, rule, "one of adam, sgd, rmsprop, adagrad");
    };
  }
}
