package dev.refrain.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.LossArguments;
import dev.refrain.kernels.LossShape;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.View;
import dev.refrain.parity.Comparison;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/** Losses and their gradients as PyTorch has them, rmse as TensorFlow 1. */
class LossGoldenTest {

  @TestFactory
  Stream<DynamicNode> equalsTheOthers() {
    return GoldenTests.of("loss_", LossGoldenTest::check);
  }

  private static void check(GoldenFile file, Kernels kernels, boolean exact) {
    Loss loss = loss(file);
    boolean labelled = loss.kind() == Loss.Kind.SOFTMAX_CROSS_ENTROPY;
    String name = labelled ? "logits" : "prediction";
    double[] prediction = file.values(name);
    int outputs = file.size(name, -1);
    int rows = prediction.length / outputs;
    View predicted = view(kernels, prediction, rows, outputs);
    Buffer gradient = kernels.allocate(prediction.length);
    StepState state = kernels.allocateState(1, 1);
    state.write(0, GroupState.initial(0, 0));
    kernels.loss(
        loss,
        new LossShape(1, 1, rows, outputs),
        labelled
            ? LossArguments.of(predicted, labels(file, kernels), View.of(gradient, rows, outputs))
            : LossArguments.of(
                predicted,
                view(kernels, file.values("target"), rows, outputs),
                View.of(gradient, rows, outputs)),
        state);
    double tolerance = GoldenTolerance.sum(outputs, exact);
    double value = file.number("value");
    assertEquals(value, state.read(0).loss(), tolerance * value, file.name());
    Comparison.assertClose(
        file.name() + ": d" + name, file.values("d" + name), gradient.readDoubles(), tolerance);
  }

  private static Loss loss(GoldenFile file) {
    String kind = file.name().substring("loss_".length());
    if (kind.startsWith("huber")) {
      return Loss.huber(file.number("delta"));
    }
    return Stream.of(Loss.MSE, Loss.RMSE, Loss.MAE, Loss.SOFTMAX_CROSS_ENTROPY)
        .filter(loss -> kind.toUpperCase(Locale.ROOT).startsWith(loss.kind().name()))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no loss is called " + kind));
  }

  private static View view(Kernels kernels, double[] values, int rows, int columns) {
    Buffer buffer = kernels.allocate(values.length);
    buffer.writeDoubles(values);
    return View.of(buffer, rows, columns);
  }

  private static IndexBuffer labels(GoldenFile file, Kernels kernels) {
    int[] labels = file.integers("labels");
    IndexBuffer buffer = kernels.allocateIndices(labels.length);
    buffer.write(labels);
    return buffer;
  }
}
