package dev.refrain.benchmarks;

import dev.refrain.kernels.Activation;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.RnnCell;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.GRUImpl;
import org.bytedeco.pytorch.GRUOptions;
import org.bytedeco.pytorch.LSTMImpl;
import org.bytedeco.pytorch.LSTMOptions;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.RNNImpl;
import org.bytedeco.pytorch.RNNOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.kReLU;
import org.bytedeco.pytorch.kTanh;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The training steps of {@link TrainingShape} in PyTorch, from Java and so without Python's
 * overhead: the same layer, projection, loss and optimizer, on batches that are ready in memory.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 7, time = 1)
public class TorchTrainingBenchmark {
  private static final int BATCHES = 4;

  @Param public TrainingShape shape;

  @Param("2")
  public int threads;

  private final Tensor[] inputs = new Tensor[BATCHES];
  private final Tensor[] targets = new Tensor[BATCHES];
  private UnaryOperator<Tensor> layer;
  private LinearImpl projection;
  private Adam optimizer;
  private int next;

  /** Builds the network and its batches, and makes sure that training learns. */
  @Setup
  public void open() {
    torch.set_num_threads(threads);
    torch.manual_seed(1);
    projection = new LinearImpl(shape.hidden(), 1);
    TensorVector parameters = new TensorVector();
    addParameters(recurrentLayer(), parameters);
    addParameters(projection, parameters);
    optimizer = new Adam(parameters, new AdamOptions(1e-3));
    for (int i = 0; i < BATCHES; i++) {
      inputs[i] = torch.randn(shape.steps(), shape.batch(), shape.inputs());
      targets[i] = torch.randn(shape.steps(), shape.batch(), 1);
    }
    float first = train(0);
    float last = first;
    for (int i = 0; i < 30; i++) {
      last = train(0);
    }
    if (!(last < first)) {
      throw new IllegalStateException("PyTorch does not learn: " + first + " to " + last);
    }
  }

  private Module recurrentLayer() {
    if (shape.cell() instanceof RnnCell rnn) {
      RNNOptions options = new RNNOptions(shape.inputs(), shape.hidden());
      if (rnn.activation() == Activation.RELU) {
        options.nonlinearity().put(new kReLU());
      } else {
        options.nonlinearity().put(new kTanh());
      }
      RNNImpl module = new RNNImpl(options);
      layer = x -> module.forward(x).get0();
      return module;
    }
    if (shape.cell() instanceof LstmCell) {
      LSTMImpl module = new LSTMImpl(new LSTMOptions(shape.inputs(), shape.hidden()));
      layer = x -> module.forward(x).get0();
      return module;
    }
    if (shape.cell() instanceof GruCell) {
      GRUImpl module = new GRUImpl(new GRUOptions(shape.inputs(), shape.hidden()));
      layer = x -> module.forward(x).get0();
      return module;
    }
    throw new IllegalStateException("PyTorch has no " + shape.cell());
  }

  private static void addParameters(Module module, TensorVector all) {
    TensorVector own = module.parameters();
    for (long i = 0; i < own.size(); i++) {
      all.push_back(own.get(i));
    }
  }

  // the scope is there to be closed: it frees the tensors made inside
  @SuppressWarnings("try")
  private float train(int batch) {
    try (PointerScope scope = new PointerScope()) {
      optimizer.zero_grad();
      Tensor loss = torch.mse_loss(projection.forward(layer.apply(inputs[batch])), targets[batch]);
      loss.backward();
      optimizer.step();
      return loss.item_float();
    }
  }

  /** One training step. */
  @Benchmark
  public float step() {
    next = (next + 1) % BATCHES;
    return train(next);
  }
}
