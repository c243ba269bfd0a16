package dev.refrain.kernels.reference;

import dev.refrain.kernels.Loss;
import dev.refrain.kernels.LossArguments;
import dev.refrain.kernels.LossShape;
import java.util.Arrays;

/** The losses of loss.h and their gradients. */
final class LossReference {
  private final Loss loss;
  private final LossShape shape;
  private final Sequences sequences;
  private final Rows prediction;
  private final Rows target;
  private final int[] labels;
  private final Rows gradient;

  private LossReference(Loss loss, LossShape shape, LossArguments arguments) {
    this.loss = loss;
    this.shape = shape;
    sequences = Sequences.of(shape, arguments.lengths());
    prediction = Rows.of(arguments.prediction());
    target = Rows.of(arguments.target());
    labels = arguments.labels() == null ? null : ((ReferenceIndices) arguments.labels()).data();
    gradient = Rows.of(arguments.gradient());
  }

  static void loss(Loss loss, LossShape shape, LossArguments arguments, ReferenceState state) {
    LossReference operation = new LossReference(loss, shape, arguments);
    for (int g = 0; g < shape.groups(); g++) {
      long count = operation.count(g);
      double value = count == 0 ? 0 : operation.value(g, count);
      if (operation.gradient != null) {
        operation.storeGradient(g, count, value);
      }
      state.recordLoss(g, value);
    }
  }

  private boolean labelled() {
    return loss.kind() == Loss.Kind.SOFTMAX_CROSS_ENTROPY;
  }

  private int label(int group, int row) {
    return labels[group * shape.steps() * shape.batch() + row];
  }

  private boolean counts(int group, int row) {
    return !labelled() || label(group, row) >= 0;
  }

  /** What the mean is taken over: valid elements, or valid rows where rows have labels. */
  private long count(int group) {
    long rows = 0;
    for (int n = 0; n < shape.batch(); n++) {
      for (int k = 0; k < sequences.length(group, n); k++) {
        rows += counts(group, sequences.row(group, n, k)) ? 1 : 0;
      }
    }
    return labelled() ? rows : rows * shape.outputs();
  }

  private double value(int group, long count) {
    double sum = 0;
    for (int n = 0; n < shape.batch(); n++) {
      for (int k = 0; k < sequences.length(group, n); k++) {
        int row = sequences.row(group, n, k);
        if (counts(group, row)) {
          sum += labelled() ? crossEntropy(group, row) : rowSum(group, row);
        }
      }
    }
    double mean = sum / count;
    return loss.kind() == Loss.Kind.RMSE ? Math.sqrt(mean) : mean;
  }

  private double rowSum(int group, int row) {
    double sum = 0;
    for (int o = 0; o < shape.outputs(); o++) {
      sum += term(difference(group, row, o));
    }
    return sum;
  }

  private double difference(int group, int row, int o) {
    return prediction.data[prediction.start(group, row) + o]
        - target.data[target.start(group, row) + o];
  }

  private double term(double d) {
    double size = Math.abs(d);
    return switch (loss.kind()) {
      case MSE, RMSE -> d * d;
      case MAE -> size;
      case HUBER -> size <= loss.delta() ? d * d / 2 : loss.delta() * (size - loss.delta() / 2);
      case SOFTMAX_CROSS_ENTROPY -> throw new IllegalStateException("has labels, no difference");
    };
  }

  private double crossEntropy(int group, int row) {
    double[] logits = Rows.copyRow(prediction, group, row, shape.outputs());
    int label = label(group, row);
    return label < logits.length ? logSumExp(logits) - logits[label] : Double.NaN;
  }

  /** {@code log Σ exp(x)}, with the largest x taken out so that nothing overflows. */
  private static double logSumExp(double[] x) {
    double max = Double.NEGATIVE_INFINITY;
    for (double value : x) {
      max = Math.max(max, value);
    }
    double sum = 0;
    for (double value : x) {
      sum += Math.exp(value - max);
    }
    return max + Math.log(sum);
  }

  private void storeGradient(int group, long count, double value) {
    for (int n = 0; n < shape.batch(); n++) {
      for (int k = 0; k < sequences.length(group, n); k++) {
        int row = sequences.row(group, n, k);
        double[] slopes = new double[shape.outputs()];
        if (counts(group, row)) {
          slopes = labelled() ? crossEntropySlopes(group, row) : slopes(group, row, value);
          for (int o = 0; o < shape.outputs(); o++) {
            slopes[o] /= count;
          }
        }
        gradient.storeRow(group, row, slopes);
      }
      sequences.clearPadding(gradient, group, n, shape.outputs());
    }
  }

  private double[] slopes(int group, int row, double value) {
    double[] slopes = new double[shape.outputs()];
    for (int o = 0; o < shape.outputs(); o++) {
      slopes[o] = slope(difference(group, row, o), value);
    }
    return slopes;
  }

  private double slope(double d, double value) {
    return switch (loss.kind()) {
      case MSE -> 2 * d;
      case RMSE -> value == 0 ? 0 : d / value;
      case MAE -> Math.signum(d);
      case HUBER -> Math.max(-loss.delta(), Math.min(d, loss.delta()));
      case SOFTMAX_CROSS_ENTROPY -> throw new IllegalStateException("has labels, no difference");
    };
  }

  private double[] crossEntropySlopes(int group, int row) {
    double[] slopes = Rows.copyRow(prediction, group, row, shape.outputs());
    double logSum = logSumExp(slopes);
    for (int o = 0; o < shape.outputs(); o++) {
      slopes[o] = Math.exp(slopes[o] - logSum);
    }
    int label = label(group, row);
    if (label < slopes.length) {
      slopes[label] -= 1;
    } else {
      Arrays.fill(slopes, Double.NaN);
    }
    return slopes;
  }
}
