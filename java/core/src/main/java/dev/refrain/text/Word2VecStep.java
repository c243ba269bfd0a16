package dev.refrain.text;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LogUniform;
import dev.refrain.kernels.NceArguments;
import dev.refrain.kernels.NceShape;
import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.Recording;
import dev.refrain.kernels.SampledLoss;
import dev.refrain.kernels.Schedule;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.TouchedRows;
import dev.refrain.kernels.View;

/**
 * The step of {@link Word2VecBatches} on a batch of some size: recorded once, replayed for every
 * batch.
 */
final class Word2VecStep implements AutoCloseable {
  private final Kernels kernels;
  private final Word2VecSettings settings;
  private final Model model;
  private final int size;
  private final DeviceMemory memory = new DeviceMemory();
  private final IndexBuffer inputs;
  private final IndexBuffer labels;
  private final IndexBuffer sampled;
  private final IndexBuffer tries;
  private final Buffer logExpected;
  private final TouchedRows inputRows;
  private final TouchedRows classRows;
  private final View inputGradients;
  private final View classGradients;
  private final Recording recording;

  /**
   * What all steps of a training share.
   *
   * @param optimizer by whose decays the state advances
   * @param inputs rows of the vectors
   * @param outputs rows of the output vectors, a bias behind each
   * @param noise on the host; null where the device draws
   */
  record Model(
      Optimizer optimizer,
      RowTable inputs,
      RowTable outputs,
      StepState state,
      UnigramNoise noise) {}

  Word2VecStep(Kernels kernels, Word2VecSettings settings, Model model, int size) {
    this.kernels = kernels;
    this.settings = settings;
    this.model = model;
    this.size = size;
    int capacity = size + settings.negatives();
    try {
      inputs = indices(size);
      labels = indices(size);
      sampled = indices(settings.negatives());
      tries = indices(1);
      logExpected = settings.method().correctsForNoise() ? numbers(capacity) : null;
      inputRows = rows(size);
      classRows = rows(capacity);
      inputGradients = gradients(size);
      classGradients = gradients(capacity);
      Recording made = kernels.record(this::compute);
      recording = memory.keep(made, made::close);
    } catch (RuntimeException e) {
      memory.close();
      throw e;
    }
  }

  private IndexBuffer indices(long count) {
    IndexBuffer made = kernels.allocateIndices(count);
    return memory.keep(made, made::close);
  }

  private Buffer numbers(long count) {
    Buffer made = kernels.allocate(count);
    return memory.keep(made, made::close);
  }

  private TouchedRows rows(int capacity) {
    return new TouchedRows(1, capacity, indices(capacity), indices(1), indices(capacity));
  }

  private View gradients(int rows) {
    int columns = RowTable.segment(settings.dimensions() + 1);
    return View.of(numbers((long) rows * columns), rows, columns);
  }

  int size() {
    return size;
  }

  private void compute() {
    StepState state = model.state();
    int words = model.inputs().count();
    int dimensions = settings.dimensions();
    LogUniform sampler = model.noise() == null ? new LogUniform(words, settings.negatives()) : null;
    kernels.advance(Schedule.CONSTANT, model.optimizer(), state);
    if (sampler != null) {
      kernels.logUniform(sampler, 1, sampled, tries, state);
    }
    kernels.distinct(words, inputs, null, 0, inputRows);
    kernels.distinct(words, labels, sampled, settings.negatives(), classRows);
    if (sampler != null && logExpected != null) {
      kernels.logUniformExpected(
          sampler, 1, classRows.capacity(), classRows.rows(), tries, logExpected);
    }
    model.inputs().catchUp(inputRows, state);
    model.outputs().catchUp(classRows, state);
    View outputs = model.outputs().values();
    kernels.nce(
        new NceShape(
            1,
            size,
            settings.negatives(),
            dimensions,
            words,
            words,
            settings.method().objective() == Word2VecObjective.SAMPLED_SOFTMAX
                ? SampledLoss.SOFTMAX
                : SampledLoss.NCE,
            settings.method().leavesOutHits()),
        new NceArguments(
            model.inputs().values(),
            outputs,
            outputs.columnsFrom(dimensions),
            inputRows,
            classRows,
            logExpected,
            inputGradients,
            classGradients,
            classGradients.columnsFrom(dimensions)),
        state);
    model.inputs().update(inputRows, inputGradients, state);
    model.outputs().update(classRows, classGradients, state);
  }

  /**
   * Learns the first {@code size} pairs.
   *
   * @param step its number, from 1; noise follows from it
   */
  void learn(int[] centers, int[] contexts, long step) {
    inputs.write(0, centers, 0, size);
    labels.write(0, contexts, 0, size);
    UnigramNoise noise = model.noise();
    if (noise != null) {
      sampled.write(noise.draw(step));
      if (logExpected != null) {
        logExpected.write(noise.logExpected(contexts, size));
      }
    }
    recording.run(1);
  }

  @Override
  public void close() {
    memory.close();
  }
}
