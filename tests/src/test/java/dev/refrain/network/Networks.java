package dev.refrain.network;

import com.google.gson.Gson;
import dev.refrain.Python;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.Philox;
import dev.refrain.kernels.RnnCell;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Networks and numbers that several tests use. */
final class Networks {
  private Networks() {}

  /** One network of each cell, among them a deep and a bidirectional one and one of everything. */
  static List<NetworkSpec> various() {
    return List.of(
        NetworkSpec.builder(2).layer(new RnnCell(Activation.TANH), 5).projection(2).build(),
        NetworkSpec.builder(2)
            .layer(new LstmCell(Activation.TANH), 4)
            .layer(new LstmCell(Activation.TANH), 3)
            .projection(1)
            .build(),
        NetworkSpec.builder(3).layer(new GruCell(Activation.TANH, GruForm.RESET_BEFORE), 4).build(),
        everything(0));
  }

  /**
   * Layers of different kinds and sizes, both directions, peepholes, projections and two biases.
   */
  static NetworkSpec everything(double dropout) {
    return NetworkSpec.builder(2)
        .bidirectionalLayer(new LstmCell(Activation.TANH, 1, true, 3, 3), 4)
        .layer(new GruCell(Activation.TANH, GruForm.RESET_AFTER), 5)
        .bidirectionalLayer(new RnnCell(Activation.SOFTSIGN), 3)
        .projection(2)
        .dropout(dropout)
        .recurrentBias(true)
        .initialization(Initialization.PYTORCH)
        .build();
  }

  /** Numbers in [-1, 1) that look random and are always the same. */
  static float[] numbers(int count, long stream) {
    float[] numbers = Philox.uniformFloats(7, stream, count);
    for (int i = 0; i < count; i++) {
      numbers[i] = 2 * numbers[i] - 1;
    }
    return numbers;
  }

  /** The numbers that a script of the resources prints, as JSON, in its last line. */
  static double[] pythonPrints(String resource, Object... arguments) throws Exception {
    String program;
    try (InputStream in = Networks.class.getResourceAsStream(resource)) {
      program = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    List<String> lines = Python.run(program, arguments);
    return new Gson().fromJson(lines.get(lines.size() - 1), double[].class);
  }
}
