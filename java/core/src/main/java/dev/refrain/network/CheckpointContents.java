package dev.refrain.network;

import dev.refrain.io.SafetensorsFile;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.StepState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;

/**
 * What a {@link Checkpoint} file holds, in the memory of the host.
 *
 * @param file that it was read from
 * @param networks one kind, or those that are trained together
 * @param optimizer of the training; null, and what follows empty, where none was saved
 * @param history for each group its last losses, equally many, oldest first
 * @param best networks so far, by rows that are not learnt from; null where none were saved
 * @param choices what the engine had found by timing; empty where it timed nothing
 * @param engine that the training ran on; empty where none was saved or the file does not say
 */
record CheckpointContents(
    Path file,
    List<NetworkContents> networks,
    Map<String, String> config,
    Optimizer optimizer,
    List<GroupState> states,
    List<double[]> history,
    NetworkContents best,
    String choices,
    String engine) {

  static final String FORMAT_KEY = "refrain.format";
  static final String CHOICES_KEY = "engine.choices";
  static final String ENGINE_KEY = "engine.name";
  static final String CONFIG_PREFIX = "config.";

  /** Put before the names of the best networks. */
  static final String BEST_PREFIX = "best.";

  static final String COUNTERS = "state.counters";
  static final int COUNTERS_PER_GROUP = 3;
  static final String NUMBERS = "state.numbers";
  static final int NUMBERS_PER_GROUP = 7;
  static final String HISTORY = "state.history";

  static String slotName(int slot) {
    return "optimizer." + slot;
  }

  /** Shape of a parameter tensor with all groups in front. */
  static List<Long> shape(int groups, ParameterSlice slice) {
    List<Long> shape = new ArrayList<>();
    shape.add((long) groups);
    slice.shape().forEach(size -> shape.add((long) size));
    return shape;
  }

  static LongStream counters(GroupState state) {
    return LongStream.of(state.step(), state.seed(), state.status().ordinal());
  }

  static DoubleStream numbers(GroupState state) {
    return DoubleStream.of(
        state.baseLearningRate(),
        state.learningRate(),
        state.beta1Power(),
        state.beta2Power(),
        state.loss(),
        state.gradientNorm(),
        state.clipFactor());
  }

  /**
   * Reads and checks a file.
   *
   * @param parts put before the names of each kind of network that it must hold
   */
  static CheckpointContents read(Path path, CheckpointFormat format, List<String> parts)
      throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      return new CheckpointReader(file).read(format, parts);
    }
  }

  /** Networks of one kind. */
  NetworkContents network(int index) {
    return networks.get(index);
  }

  /** As {@link NetworkContents#network}, with what the engine had found by timing. */
  Network network(Kernels kernels, int index) {
    adoptChoices(kernels);
    return networks.get(index).network(kernels);
  }

  void adoptChoices(Kernels kernels) {
    kernels.setChoices(choices);
  }

  /**
   * Puts networks and what trains them where the saved training stood.
   *
   * @param trained as many as are held
   * @param slots the optimizer's arrays of each
   * @throws IllegalArgumentException if no training was saved, or another one; nothing has changed
   */
  void resume(List<Network> trained, List<List<Buffer>> slots, Optimizer given, StepState state) {
    if (optimizer == null) {
      throw new IllegalArgumentException(
          file + " holds networks alone, no training: start a new one from network(kernels)");
    }
    for (int n = 0; n < trained.size(); n++) {
      requireSame("network", network(n).spec(), trained.get(n).spec());
      requireSame("number of groups", network(n).groups(), trained.get(n).groups());
    }
    requireSame("optimizer", optimizer, given);
    for (int n = 0; n < trained.size(); n++) {
      requireSame("number of optimizer arrays", network(n).slots().size(), slots.get(n).size());
    }
    for (int n = 0; n < trained.size(); n++) {
      network(n).write(trained.get(n));
      network(n).write(slots.get(n));
    }
    state.write(states);
    writeHistory(state);
  }

  /** The last losses, as many as were saved and as the trainer keeps. */
  private void writeHistory(StepState state) {
    int saved = history.get(0).length;
    int kept = Math.min(saved, state.historyLength());
    if (kept == 0) {
      return;
    }
    double[] losses = new double[states.size() * kept];
    for (int g = 0; g < states.size(); g++) {
      System.arraycopy(history.get(g), saved - kept, losses, g * kept, kept);
    }
    long last = states.stream().mapToLong(GroupState::step).max().orElseThrow();
    state.writeHistory(last - kept + 1, losses);
  }

  private void requireSame(String what, Object saved, Object given) {
    if (!saved.equals(given)) {
      throw new IllegalArgumentException(
          String.format(
              "%s has the %s %s, the trainer has %s; build the trainer with what was saved, or"
                  + " start a new training from network(kernels)",
              file, what, saved, given));
    }
  }
}
