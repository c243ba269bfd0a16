package dev.refrain.parity;

import static dev.refrain.parity.Tolerance.FEW_ROUNDINGS;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.LossArguments;
import dev.refrain.kernels.LossShape;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.View;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class LossParityTest {

  private enum Option {
    /** Lengths from 0 to T in no order. */
    LENGTHS,
    /** No valid row in any group. */
    NOTHING_VALID,
    /** The gradient is written over the prediction. */
    IN_PLACE,
    /** No gradient is asked for. */
    NO_GRADIENT,
    /** Every prediction is right. */
    NO_ERROR,
    /** Every other prediction is right. */
    SOME_RIGHT,
    /** One prediction of the first group is not a number; no gradient is asked for. */
    NOT_A_NUMBER,
    /** One prediction is infinite, in a row beyond its sequence's length 0. */
    INFINITE_BEYOND_LENGTH,
    /** Values so large that their exp would overflow. */
    LARGE,
    /** The second group has stopped before, the third was ended. */
    STOPPED,
    /** One target for all groups. */
    SHARED_TARGET,
    /** Some rows have a label below 0 and do not count. */
    UNLABELLED_ROWS,
    /** A row of the second group has a label that is no class; no gradient is asked for. */
    NO_SUCH_CLASS
  }

  private record Case(Loss loss, LossShape shape, Set<Option> options) implements Operation {

    Case(Loss loss, LossShape shape, Option... options) {
      this(loss, shape, EnumSet.noneOf(Option.class));
      this.options.addAll(List.of(options));
    }

    @Override
    public Runnable prepare(Kernels kernels, Arena arena) {
      int groups = shape.groups();
      long rows = (long) shape.steps() * shape.batch();
      float[] target = values("target");
      float[] predicted = prediction(target);
      Numbers numbers = Numbers.of(predicted);
      boolean inPlace = has(Option.IN_PLACE);
      View prediction =
          inPlace
              ? arena.inOut("gradient", groups, rows, shape.outputs(), numbers)
              : arena.in("prediction", groups, rows, shape.outputs(), numbers);
      View gradient = inPlace ? prediction : null;
      if (!inPlace && !withoutGradient()) {
        gradient = arena.out("gradient", groups, rows, shape.outputs());
      }
      LossArguments arguments =
          loss.kind() == Loss.Kind.SOFTMAX_CROSS_ENTROPY
              ? LossArguments.of(prediction, labels(arena), gradient)
              : LossArguments.of(prediction, targetView(arena, target), gradient);
      LossArguments withLengths = arguments.lengths(lengths(arena));
      StepState state =
          arena.state(
              4, has(Option.STOPPED) ? Steps.withTwoStopped(6, groups) : Steps.at(6, groups));
      return () -> kernels.loss(loss, shape, withLengths, state);
    }

    private boolean withoutGradient() {
      return has(Option.NO_GRADIENT) || has(Option.NOT_A_NUMBER) || has(Option.NO_SUCH_CLASS);
    }

    private View targetView(Arena arena, float[] target) {
      long rows = (long) shape.steps() * shape.batch();
      int perGroup = target.length / shape.groups();
      return has(Option.SHARED_TARGET)
          ? arena.shared(
              "target", rows, shape.outputs(), Numbers.of(Arrays.copyOf(target, perGroup)))
          : arena.in("target", shape.groups(), rows, shape.outputs(), Numbers.of(target));
    }

    private int count() {
      return shape.groups() * shape.steps() * shape.batch() * shape.outputs();
    }

    private float[] values(String name) {
      return Numbers.normal(1).draw(new Random(name.hashCode()), count());
    }

    private float[] prediction(float[] target) {
      float[] values = has(Option.NO_ERROR) ? target.clone() : values("prediction");
      for (int i = 0; i < values.length; i++) {
        if (has(Option.SOME_RIGHT) && i % 2 == 0) {
          values[i] = target[i];
        }
        if (has(Option.LARGE)) {
          values[i] *= 1e4f;
        }
      }
      if (has(Option.NOT_A_NUMBER)) {
        values[shape.outputs() / 2] = Float.NaN;
      }
      if (has(Option.INFINITE_BEYOND_LENGTH)) {
        values[shape.outputs()] = Float.POSITIVE_INFINITY;
      }
      return values;
    }

    private IndexBuffer labels(Arena arena) {
      int[] labels = new int[count() / shape.outputs()];
      Arrays.setAll(labels, i -> i * 7 % shape.outputs());
      if (has(Option.UNLABELLED_ROWS)) {
        labels[0] = -1;
        labels[2] = Integer.MIN_VALUE;
      }
      if (has(Option.NO_SUCH_CLASS)) {
        labels[labels.length / shape.groups()] = shape.outputs();
      }
      return arena.indices("labels", labels);
    }

    private IndexBuffer lengths(Arena arena) {
      if (!has(Option.LENGTHS)
          && !has(Option.NOTHING_VALID)
          && !has(Option.INFINITE_BEYOND_LENGTH)) {
        return null;
      }
      int[] lengths = new int[shape.groups() * shape.batch()];
      if (!has(Option.NOTHING_VALID)) {
        Arrays.setAll(lengths, i -> i == 1 ? 0 : (shape.steps() + 5 * i) % (shape.steps() + 1));
      }
      return arena.indices("lengths", lengths);
    }

    private boolean has(Option option) {
      return options.contains(option);
    }
  }

  static Stream<Arguments> cases() {
    List<Case> cases = new ArrayList<>();
    for (Loss loss :
        List.of(Loss.MSE, Loss.RMSE, Loss.MAE, Loss.huber(0.3), Loss.SOFTMAX_CROSS_ENTROPY)) {
      int[][] sizes = {
        {1, 1, 1, 1}, {3, 1, 1, 1}, {3, 7, 5, 3}, {1, 20, 50, 1}, {1, 11, 13, 67}, {3, 3, 64, 129}
      };
      for (int[] s : sizes) {
        cases.add(new Case(loss, new LossShape(s[0], s[1], s[2], s[3])));
        cases.add(new Case(loss, new LossShape(s[0], s[1], s[2], s[3]), Option.LENGTHS));
      }
      for (Option option : Option.values()) {
        cases.add(new Case(loss, new LossShape(3, 5, 4, 6), option));
        cases.add(new Case(loss, new LossShape(3, 5, 4, 6), option, Option.LENGTHS));
      }
    }
    return TestEngines.times(cases);
  }

  /**
   * The float32 difference of prediction and target has one rounding, its square two; the sums are
   * double. A softmax sums O values of exp and its logarithm.
   */
  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReference(TestEngine engine, Case loss) {
    Parity.of(loss.toString(), loss)
        .within("gradient", Tolerance.sum(loss.shape().outputs()))
        .within("state.loss", FEW_ROUNDINGS)
        .within("state.history", FEW_ROUNDINGS)
        .on(engine);
  }
}
