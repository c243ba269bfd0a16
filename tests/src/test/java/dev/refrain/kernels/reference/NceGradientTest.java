package dev.refrain.kernels.reference;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.NceArguments;
import dev.refrain.kernels.NceShape;
import dev.refrain.kernels.SampledLoss;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.TouchedRows;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NceGradientTest {
  private static final int GROUPS = 2;
  private static final int BATCH = 5;
  private static final int SAMPLES = 3;
  private static final int COLUMNS = 4;
  private static final int WORDS = 4;
  private static final int CLASSES = 5;

  /** Every row of both tables is touched, some by several pairs and candidates. */
  private static final int[] INPUTS = {1, 0, 1, 2, 3, 3, 3, 2, 0, 1};

  private static final int[] LABELS = {0, 1, 1, 2, 3, 4, 0, 3, 2, 1};
  private static final int[] CANDIDATES = {4, 1, 0, 0, 0, 2};

  @ParameterizedTest
  @CsvSource({"NCE, false", "NCE, true", "SOFTMAX, false", "SOFTMAX, true"})
  void gradientsAreTheLosss(SampledLoss loss, boolean removeHits) {
    Random random = new Random(5);
    try (Kernels kernels = DoubleReference.open()) {
      Tensor embeddings = new Tensor(kernels, GROUPS, WORDS, COLUMNS).random(random, 1);
      Tensor weights = new Tensor(kernels, GROUPS, CLASSES, COLUMNS).random(random, 1);
      Tensor biases = new Tensor(kernels, GROUPS, CLASSES, 1).random(random, 1);
      TouchedRows inputs = TouchedRows.allocate(kernels, GROUPS, BATCH);
      kernels.distinct(WORDS, indices(kernels, INPUTS), null, 0, inputs);
      TouchedRows targets = TouchedRows.allocate(kernels, GROUPS, BATCH + SAMPLES);
      kernels.distinct(
          CLASSES, indices(kernels, LABELS), indices(kernels, CANDIDATES), SAMPLES, targets);
      Buffer logExpected = kernels.allocate(GROUPS * (BATCH + SAMPLES));
      for (int i = 0; i < logExpected.size(); i++) {
        logExpected.writeDoubles(i, new double[] {random.nextGaussian()}, 0, 1);
      }
      Tensor dEmbeddings = new Tensor(kernels, GROUPS, BATCH, COLUMNS);
      Tensor dWeights = new Tensor(kernels, GROUPS, BATCH + SAMPLES, COLUMNS);
      Tensor dBiases = new Tensor(kernels, GROUPS, BATCH + SAMPLES, 1);
      NceShape shape =
          new NceShape(GROUPS, BATCH, SAMPLES, COLUMNS, WORDS, CLASSES, loss, removeHits);
      NceArguments arguments =
          new NceArguments(
              embeddings.view(),
              weights.view(),
              biases.view(),
              inputs,
              targets,
              logExpected,
              dEmbeddings.view(),
              dWeights.view(),
              dBiases.view());
      StepState state = kernels.allocateState(GROUPS, 0);
      kernels.nce(shape, arguments, state);
      double[] slopesOfEmbeddings = byRow(dEmbeddings, inputs, WORDS, COLUMNS);
      double[] slopesOfWeights = byRow(dWeights, targets, CLASSES, COLUMNS);
      double[] slopesOfBiases = byRow(dBiases, targets, CLASSES, 1);

      FiniteDifferences differences =
          new FiniteDifferences(
              () -> {
                kernels.nce(shape, arguments, state);
                return state.read(0).loss() + state.read(1).loss();
              },
              state.read(0).loss() + state.read(1).loss());
      differences.check("embeddings", embeddings, slopesOfEmbeddings);
      differences.check("weights", weights, slopesOfWeights);
      differences.check("biases", biases, slopesOfBiases);
    }
  }

  /** Gradients of slots, put where their rows are in the table. */
  private static double[] byRow(Tensor gradients, TouchedRows touched, int rows, int columns) {
    double[] bySlot = gradients.read();
    int[] rowOf = touched.rows().read();
    int[] counts = touched.count().read();
    double[] byRow = new double[GROUPS * rows * columns];
    for (int g = 0; g < GROUPS; g++) {
      for (int k = 0; k < counts[g]; k++) {
        int slot = g * touched.capacity() + k;
        System.arraycopy(
            bySlot, slot * columns, byRow, (g * rows + rowOf[slot]) * columns, columns);
      }
    }
    return byRow;
  }

  private static IndexBuffer indices(Kernels kernels, int[] values) {
    IndexBuffer buffer = kernels.allocateIndices(values.length);
    buffer.write(values);
    return buffer;
  }
}
