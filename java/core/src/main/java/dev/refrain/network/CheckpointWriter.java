package dev.refrain.network;

import dev.refrain.io.SafetensorsWriter;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.Precision;
import dev.refrain.kernels.StepState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Collects from the device what goes into a checkpoint. */
final class CheckpointWriter {
  private final SafetensorsWriter writer = new SafetensorsWriter();
  private final boolean doubles;
  private final Kernels kernels;
  private final Map<String, String> config;

  /**
   * Begins a file.
   *
   * @param config remarks of the caller's
   */
  CheckpointWriter(CheckpointFormat format, Kernels kernels, Map<String, String> config) {
    this.config = config;
    this.kernels = kernels;
    this.doubles = kernels.precision() == Precision.FP64;
    writer.metadata(CheckpointContents.FORMAT_KEY, format.text());
    String choices = kernels.choices();
    if (!choices.isEmpty()) {
      writer.metadata(CheckpointContents.CHOICES_KEY, choices);
    }
  }

  /**
   * Adds networks of one kind.
   *
   * @param prefix put before their names
   */
  void add(String prefix, Network network) {
    describe(prefix, network.spec());
    for (ParameterSlice slice : network.layout().slices()) {
      List<Long> shape = CheckpointContents.shape(network.groups(), slice);
      add(prefix + slice.name(), shape, parameters(network, slice));
    }
  }

  /** Adds networks of one kind that lie in the memory of the host, {@code [P]} each. */
  void add(String prefix, NetworkSpec spec, List<double[]> networks) {
    describe(prefix, spec);
    addParameters(prefix, spec, networks);
  }

  /** As above, of what another part has described. */
  void addParameters(String prefix, NetworkSpec spec, List<double[]> networks) {
    ParameterLayout layout = ParameterLayout.of(spec);
    for (double[] each : networks) {
      if (each.length != layout.size()) {
        throw new IllegalArgumentException(
            "%d parameters are given for a network that has %d"
                .formatted(each.length, layout.size()));
      }
    }
    for (ParameterSlice slice : layout.slices()) {
      int count = Math.toIntExact(slice.size());
      double[] values = new double[Math.multiplyExact(networks.size(), count)];
      for (int g = 0; g < networks.size(); g++) {
        System.arraycopy(networks.get(g), (int) slice.offset(), values, g * count, count);
      }
      add(prefix + slice.name(), CheckpointContents.shape(networks.size(), slice), values);
    }
  }

  private void describe(String prefix, NetworkSpec spec) {
    SpecText.write(spec).forEach((key, value) -> writer.metadata(prefix + key, value));
  }

  private static double[] parameters(Network network, ParameterSlice slice) {
    int count = Math.toIntExact(slice.size());
    double[] values = new double[Math.multiplyExact(network.groups(), count)];
    for (int g = 0; g < network.groups(); g++) {
      long offset = g * network.layout().size() + slice.offset();
      network.values().readDoubles(offset, values, g * count, count);
    }
    return values;
  }

  /** Says that a training is saved, by what rule and on what engine. */
  void add(Optimizer optimizer) {
    writer.metadata(CheckpointContents.ENGINE_KEY, Checkpoint.engineOf(kernels));
    OptimizerText.write(optimizer).forEach(writer::metadata);
  }

  /** Adds the optimizer's arrays of networks that were added under the prefix. */
  void add(String prefix, Network network, List<Buffer> slots) {
    List<Long> shape = List.of((long) network.groups(), network.layout().size());
    for (int i = 0; i < slots.size(); i++) {
      add(prefix + CheckpointContents.slotName(i), shape, slots.get(i).readDoubles());
    }
  }

  void add(StepState state) {
    List<GroupState> states = state.read();
    long groups = states.size();
    writer.longs(
        CheckpointContents.COUNTERS,
        List.of(groups, (long) CheckpointContents.COUNTERS_PER_GROUP),
        states.stream().flatMapToLong(CheckpointContents::counters).toArray());
    writer.doubles(
        CheckpointContents.NUMBERS,
        List.of(groups, (long) CheckpointContents.NUMBERS_PER_GROUP),
        states.stream().flatMapToDouble(CheckpointContents::numbers).toArray());
    long steps = states.stream().mapToLong(GroupState::step).max().orElseThrow();
    int count = (int) Math.min(steps, state.historyLength());
    double[] losses = count == 0 ? new double[0] : state.readHistory(steps - count + 1, count);
    writer.doubles(CheckpointContents.HISTORY, List.of(groups, (long) count), losses);
  }

  /** In the precision of the device, so that nothing is lost and nothing wasted. */
  private void add(String name, List<Long> shape, double[] values) {
    if (doubles) {
      writer.doubles(name, shape, values);
      return;
    }
    float[] rounded = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      rounded[i] = (float) values[i];
    }
    writer.floats(name, shape, rounded);
  }

  void write(Path file) throws IOException {
    // Sorted, so that equal contents are equal files.
    new TreeMap<>(config)
        .forEach((key, value) -> writer.metadata(CheckpointContents.CONFIG_PREFIX + key, value));
    writer.write(file);
  }
}
