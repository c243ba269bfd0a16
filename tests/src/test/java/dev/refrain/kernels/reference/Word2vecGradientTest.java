package dev.refrain.kernels.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.refrain.TestEngine;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Word2vecModel;
import dev.refrain.kernels.Word2vecModel.Totals;
import dev.refrain.kernels.Word2vecPassage;
import dev.refrain.kernels.Word2vecRule;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One center moves both matrices down the slope of its loss, which finite differences measure. */
class Word2vecGradientTest {
  private static final int VOCABULARY = 5;
  private static final int STRIDE = 16;
  private static final double STEP = 1e-5;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void descendsTheSlopeOfTheLoss(boolean cbow) {
    try (Kernels kernels = TestEngine.openJudge()) {
      Random random = new Random(3);
      double[][] matrices = new double[2][VOCABULARY * STRIDE];
      for (double[] matrix : matrices) {
        for (int i = 0; i < matrix.length; i++) {
          matrix[i] = random.nextGaussian();
        }
      }
      double[][] moved = {matrices[0].clone(), matrices[1].clone()};
      double loss = learn(kernels, cbow, 1, moved);
      for (int m = 0; m < 2; m++) {
        for (int i = 0; i < matrices[m].length; i++) {
          double slope =
              (lossBeside(kernels, cbow, matrices, m, i, STEP)
                      - lossBeside(kernels, cbow, matrices, m, i, -STEP))
                  / (2 * STEP);
          // The error of central differences is STEP² f''' / 6, and 2⁻⁵³ loss / STEP of rounding.
          assertEquals(
              slope, matrices[m][i] - moved[m][i], 1e-7 * (1 + loss), m + ", element " + i);
        }
      }
    }
  }

  private static double lossBeside(
      Kernels kernels, boolean cbow, double[][] matrices, int m, int i, double step) {
    double[][] beside = {matrices[0].clone(), matrices[1].clone()};
    beside[m][i] += step;
    return learn(kernels, cbow, 0, beside);
  }

  /** Learns the third of five words, with one that comes twice among its contexts. */
  private static double learn(Kernels kernels, boolean cbow, double rate, double[][] matrices) {
    try (Buffer inputs = kernels.allocate((long) VOCABULARY * STRIDE);
        Buffer outputs = kernels.allocate((long) VOCABULARY * STRIDE);
        IndexBuffer ids = kernels.allocateIndices(5);
        IndexBuffer noise = kernels.allocateIndices(2L * VOCABULARY);
        IndexBuffer totals = kernels.allocateIndices(Word2vecModel.TOTALS)) {
      inputs.writeDoubles(matrices[0]);
      outputs.writeDoubles(matrices[1]);
      ids.write(1, 4, 2, 4, 0);
      noise.write(-1, 0, -1, 1, -1, 2, -1, 3, -1, 4);
      Word2vecModel model =
          new Word2vecModel(VOCABULARY, STRIDE, inputs, outputs, null, noise, totals);
      kernels.word2vec(
          new Word2vecRule(1, 9, cbow, true, 1, 8),
          model,
          new Word2vecPassage(ids, 5, 2, 3, 0, 0, 11, rate, 0, 0));
      inputs.readDoubles(0, matrices[0], 0, matrices[0].length);
      outputs.readDoubles(0, matrices[1], 0, matrices[1].length);
      Totals learned = Totals.of(totals);
      assertEquals(cbow ? 1 : 2, learned.pairs());
      assertEquals(1, learned.centers());
      return learned.loss();
    }
  }
}
