package dev.refrain.golden;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LogUniform;
import dev.refrain.kernels.NceArguments;
import dev.refrain.kernels.NceShape;
import dev.refrain.kernels.SampledLoss;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.TouchedRows;
import dev.refrain.kernels.View;
import dev.refrain.parity.Comparison;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/**
 * TensorFlow 1's nce_loss and sampled_softmax_loss with log-uniform candidates, and their gradients
 * by whole tables.
 */
class NceGoldenTest {

  @TestFactory
  Stream<DynamicNode> equalsTensorFlows() {
    return Stream.of("nce", "sampled_softmax")
        .flatMap(prefix -> GoldenTests.of(prefix, NceGoldenTest::check));
  }

  private static void check(GoldenFile file, Kernels kernels, boolean exact) {
    int[] inputs = file.integers("inputs");
    int[] labels = file.integers("labels");
    int[] sampled = file.integers("sampled");
    int rows = file.size("embeddings", 0);
    int columns = file.size("embeddings", 1);
    int candidates = labels.length + sampled.length;
    NceShape shape =
        new NceShape(
            1,
            labels.length,
            sampled.length,
            columns,
            rows,
            rows,
            file.name().startsWith("nce") ? SampledLoss.NCE : SampledLoss.SOFTMAX,
            file.name().endsWith("remove_accidental_hits"));
    TouchedRows words = TouchedRows.allocate(kernels, 1, inputs.length);
    kernels.distinct(rows, indices(kernels, inputs), null, 0, words);
    TouchedRows classes = TouchedRows.allocate(kernels, 1, candidates);
    kernels.distinct(
        rows, indices(kernels, labels), indices(kernels, sampled), sampled.length, classes);
    Buffer logExpected = kernels.allocate(candidates);
    kernels.logUniformExpected(
        new LogUniform(rows, sampled.length),
        1,
        candidates,
        classes.rows(),
        indices(kernels, (int) file.number("tries")),
        logExpected);
    Buffer dEmbeddings = kernels.allocate((long) inputs.length * columns);
    Buffer dWeights = kernels.allocate((long) candidates * columns);
    Buffer dBiases = kernels.allocate(candidates);
    StepState state = kernels.allocateState(1, 0);
    kernels.nce(
        shape,
        new NceArguments(
            View.of(tensor(kernels, file, "embeddings"), rows, columns),
            View.of(tensor(kernels, file, "weights"), rows, columns),
            View.of(tensor(kernels, file, "biases"), rows, 1),
            words,
            classes,
            logExpected,
            View.of(dEmbeddings, inputs.length, columns),
            View.of(dWeights, candidates, columns),
            View.of(dBiases, candidates, 1)),
        state);

    double tolerance = GoldenTolerance.sum((double) columns + candidates, exact);
    Comparison.assertClose(
        "loss",
        new double[] {file.number("value")},
        new double[] {state.read(0).loss()},
        tolerance);
    compare(file, "dembeddings", dEmbeddings, words, columns, tolerance);
    compare(file, "dweights", dWeights, classes, columns, tolerance);
    compare(file, "dbiases", dBiases, classes, 1, tolerance);
  }

  private static void compare(
      GoldenFile file,
      String name,
      Buffer gradients,
      TouchedRows touched,
      int columns,
      double tolerance) {
    double[] expected = file.values(name);
    double[] actual = new double[expected.length];
    int[] rows = touched.rows().read();
    for (int k = 0; k < touched.count().read()[0]; k++) {
      gradients.readDoubles((long) k * columns, actual, rows[k] * columns, columns);
    }
    Comparison.assertClose(name, expected, actual, tolerance);
  }

  private static Buffer tensor(Kernels kernels, GoldenFile file, String name) {
    double[] values = file.values(name);
    Buffer buffer = kernels.allocate(values.length);
    buffer.writeDoubles(values);
    return buffer;
  }

  private static IndexBuffer indices(Kernels kernels, int... values) {
    IndexBuffer buffer = kernels.allocateIndices(values.length);
    buffer.write(values);
    return buffer;
  }
}
