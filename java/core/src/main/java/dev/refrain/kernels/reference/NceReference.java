package dev.refrain.kernels.reference;

import dev.refrain.kernels.NceArguments;
import dev.refrain.kernels.NceShape;
import dev.refrain.kernels.SampledLoss;
import dev.refrain.kernels.TouchedRows;
import dev.refrain.kernels.View;

/** The sampled losses of nce.h, pair by pair. */
final class NceReference {
  private final NceShape shape;
  private final int group;
  private final Rows embeddings;
  private final Rows weights;
  private final Rows biases;
  private final Slots inputs;
  private final Slots targets;
  private final double[] logExpected;
  private final double[][] embeddingGradients;
  private final double[][] weightGradients;
  private final double[] biasGradients;
  private double loss;
  private boolean valid = true;

  /** The touched rows of one group. */
  private static final class Slots {
    private final int[] rows;
    private final int[] slots;
    private final int begin;
    private final int count;
    private final int limit;

    Slots(TouchedRows touched, int group, int limit) {
      rows = ((ReferenceIndices) touched.rows()).data();
      slots = ((ReferenceIndices) touched.slots()).data();
      begin = group * touched.capacity();
      int found = ((ReferenceIndices) touched.count()).data()[group];
      count = Math.max(0, Math.min(found, touched.capacity()));
      this.limit = limit;
    }

    int slot(int i) {
      return slots[begin + i];
    }

    int row(int slot) {
      return rows[begin + slot];
    }

    boolean valid(int slot) {
      return slot >= 0 && slot < count && row(slot) >= 0 && row(slot) < limit;
    }
  }

  private NceReference(NceShape shape, NceArguments a, int group) {
    this.shape = shape;
    this.group = group;
    embeddings = Rows.of(a.embeddings());
    weights = Rows.of(a.weights());
    biases = Rows.of(a.biases());
    inputs = new Slots(a.inputs(), group, shape.words());
    targets = new Slots(a.targets(), group, shape.classes());
    logExpected = a.logExpected() == null ? null : ((ReferenceBuffer) a.logExpected()).data();
    embeddingGradients = new double[inputs.count][shape.columns()];
    weightGradients = new double[targets.count][shape.columns()];
    biasGradients = new double[targets.count];
  }

  static void nce(NceShape shape, NceArguments arguments, ReferenceState state) {
    for (int g = 0; g < shape.groups(); g++) {
      NceReference operation = new NceReference(shape, arguments, g);
      operation.addPairs();
      store(arguments.embeddingGradients(), g, operation.embeddingGradients);
      store(arguments.weightGradients(), g, operation.weightGradients);
      Rows bias = Rows.of(arguments.biasGradients());
      for (int k = 0; k < operation.biasGradients.length; k++) {
        bias.store(bias.start(g, k), operation.biasGradients[k]);
      }
      state.recordLoss(g, operation.valid ? operation.loss / shape.batch() : Double.NaN);
    }
  }

  private static void store(View view, int group, double[][] gradients) {
    Rows rows = Rows.of(view);
    for (int k = 0; k < gradients.length; k++) {
      rows.storeRow(group, k, gradients[k]);
    }
  }

  private void addPairs() {
    for (int s = 0; s < shape.samples(); s++) {
      valid &= targets.valid(targets.slot(shape.batch() + s));
    }
    for (int n = 0; n < shape.batch(); n++) {
      int input = inputs.slot(n);
      int label = targets.slot(n);
      if (!inputs.valid(input) || !targets.valid(label)) {
        valid = false;
        continue;
      }
      addPair(input, label);
    }
  }

  /** A pair's classes: its label, then the candidates that count. */
  private void addPair(int input, int label) {
    int[] classes = new int[1 + shape.samples()];
    int count = 0;
    classes[count++] = label;
    for (int s = 0; s < shape.samples(); s++) {
      int candidate = targets.slot(shape.batch() + s);
      boolean hit = candidate == label && shape.removeHits();
      if (targets.valid(candidate) && !hit) {
        classes[count++] = candidate;
      }
    }
    double[] logits = new double[count];
    for (int i = 0; i < count; i++) {
      logits[i] = logit(input, classes[i]);
    }
    double[] slopes = shape.loss() == SampledLoss.NCE ? nceSlopes(logits) : softmaxSlopes(logits);
    for (int i = 0; i < count; i++) {
      addGradients(input, classes[i], slopes[i] / shape.batch());
    }
  }

  private double logit(int input, int target) {
    int x = embeddings.start(group, inputs.row(input));
    int w = weights.start(group, targets.row(target));
    double logit = biases.data[biases.start(group, targets.row(target))];
    for (int d = 0; d < shape.columns(); d++) {
      logit += embeddings.data[x + d] * weights.data[w + d];
    }
    return logExpected == null ? logit : logit - logExpected[group * shape.candidates() + target];
  }

  /** Cross-entropies of logits whose class is the right one (the first) or not. */
  private double[] nceSlopes(double[] logits) {
    double[] slopes = new double[logits.length];
    for (int i = 0; i < logits.length; i++) {
      int truth = i == 0 ? 1 : 0;
      double logit = logits[i];
      loss += Math.max(logit, 0) - logit * truth + Math.log1p(Math.exp(-Math.abs(logit)));
      slopes[i] = 1 / (1 + Math.exp(-logit)) - truth;
    }
    return slopes;
  }

  /** The cross-entropy of a softmax of which the first is the right one. */
  private double[] softmaxSlopes(double[] logits) {
    double largest = Double.NEGATIVE_INFINITY;
    for (double logit : logits) {
      largest = Math.max(largest, logit);
    }
    double sum = 0;
    for (double logit : logits) {
      sum += Math.exp(logit - largest);
    }
    loss += largest + Math.log(sum) - logits[0];
    double[] slopes = new double[logits.length];
    for (int i = 0; i < logits.length; i++) {
      slopes[i] = Math.exp(logits[i] - largest) / sum - (i == 0 ? 1 : 0);
    }
    return slopes;
  }

  private void addGradients(int input, int target, double slope) {
    int x = embeddings.start(group, inputs.row(input));
    int w = weights.start(group, targets.row(target));
    biasGradients[target] += slope;
    for (int d = 0; d < shape.columns(); d++) {
      embeddingGradients[input][d] += slope * weights.data[w + d];
      weightGradients[target][d] += slope * embeddings.data[x + d];
    }
  }
}
