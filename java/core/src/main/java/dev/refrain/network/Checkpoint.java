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

/**
 * G networks in a file, with or without the training that made them. A training that is resumed
 * from its checkpoint goes on, bit for bit, as if it had never stopped.
 *
 * <p>The file has the safetensors layout and a checksum: each tensor of the {@link ParameterLayout}
 * by its name as {@code [G, ...]}, the optimizer's arrays {@code optimizer.0}, {@code optimizer.1}
 * as {@code [G,P]}, the components of {@link GroupState} as {@code state.counters [G,3]} (step,
 * seed, ordinal of the status) and {@code state.numbers [G,7]} (the others, in their order), the
 * kept losses as {@code state.history [G, count]}, and in the metadata the {@link NetworkSpec}, the
 * optimizer, {@link #engineOf}, {@link Kernels#choices()} and the caller's own remarks. It is
 * written beside its place and then renamed, so that a crash leaves the old file whole.
 *
 * <pre>{@code
 * Checkpoint.save(file, trainer, Map.of("scaler", "standard 754.7 102.2"));
 *
 * Checkpoint checkpoint = Checkpoint.load(file);
 * Network network = checkpoint.network(kernels);
 * Trainer trainer = Trainer.builder(network, windows).build();
 * checkpoint.resume(trainer);
 * }</pre>
 */
public final class Checkpoint {
  private final Path file;
  private final CheckpointContents contents;

  private Checkpoint(Path file, CheckpointContents contents) {
    this.file = file;
    this.contents = contents;
  }

  /**
   * Saves networks alone.
   *
   * @param config remarks of the caller's, given back by {@link #config}
   * @throws IOException if the file cannot be written; it is then as it was before
   */
  public static void save(Path file, Network network, Map<String, String> config)
      throws IOException {
    new Collector(network, config).write(file);
  }

  /**
   * Saves networks and how far their training is; as {@link #save(Path, Network, Map)}. Does not
   * change what the training computes.
   */
  public static void save(Path file, Trainer trainer, Map<String, String> config)
      throws IOException {
    Collector collector = new Collector(trainer.network(), config);
    collector.addEngine();
    collector.add(trainer.optimizer(), trainer.slots());
    collector.add(trainer.state());
    collector.write(file);
  }

  /**
   * Reads and checks a whole file; nothing is allocated on a device.
   *
   * @throws dev.refrain.io.MalformedFileException if it is damaged or no checkpoint that this
   *     version knows; the message says why
   * @throws IOException if it cannot be read
   */
  public static Checkpoint load(Path file) throws IOException {
    return new Checkpoint(file, CheckpointContents.read(file));
  }

  /** What the networks are. */
  public NetworkSpec spec() {
    return contents.spec();
  }

  /** G. */
  public int groups() {
    return contents.groups();
  }

  /** The remarks that were saved. */
  public Map<String, String> config() {
    return contents.config();
  }

  /** Whether a training was saved that {@link #resume} can go on with. */
  public boolean hasTraining() {
    return contents.optimizer() != null;
  }

  /**
   * What an engine's bits depend on: its name, instruction set or kernels, and precision, such as
   * {@code cpu avx512 FP32}.
   */
  public static String engineOf(Kernels kernels) {
    String device = kernels.device().toString().replaceFirst(":\\d+$", "");
    return device + " " + kernels.variant() + " " + kernels.precision();
  }

  /**
   * The {@link #engineOf engine} that the saved training ran on, which alone goes on with the same
   * bits; empty where no training was saved or the file does not say.
   */
  public String engine() {
    return contents.engine();
  }

  /**
   * New networks with the saved parameters, for the caller to close. The engine takes what the one
   * that saved had found by timing, so that a training that is resumed gets the same bits.
   */
  public Network network(Kernels kernels) {
    kernels.setChoices(contents.choices());
    Network network = new Network(kernels, spec(), groups());
    try {
      writeParameters(network);
    } catch (RuntimeException | Error e) {
      network.close();
      throw e;
    }
    return network;
  }

  /**
   * Puts a trainer and its network where the saved training stood: parameters, the optimizer's
   * arrays, steps, seeds, learning rates and losses.
   *
   * @throws IllegalArgumentException if no training was saved, or one of another network, another
   *     number of groups or another optimizer; the trainer is then as it was before
   */
  public void resume(Trainer trainer) {
    if (!hasTraining()) {
      throw new IllegalArgumentException(
          file + " holds networks alone, no training: start a new one from network(kernels)");
    }
    requireSame("network", spec(), trainer.network().spec());
    requireSame("number of groups", groups(), trainer.network().groups());
    requireSame("optimizer", contents.optimizer(), trainer.optimizer());
    List<Buffer> slots = trainer.slots();
    requireSame("number of optimizer arrays", contents.slots().size(), slots.size());
    writeParameters(trainer.network());
    for (int i = 0; i < slots.size(); i++) {
      slots.get(i).writeDoubles(contents.slots().get(i));
    }
    trainer.state().write(contents.states());
    writeHistory(trainer.state());
  }

  private void writeParameters(Network network) {
    long size = network.layout().size();
    for (ParameterSlice slice : network.layout().slices()) {
      double[] values = contents.parameters().get(slice.name());
      int count = (int) slice.size();
      for (int g = 0; g < groups(); g++) {
        network.values().writeDoubles(g * size + slice.offset(), values, g * count, count);
      }
    }
  }

  /** The last losses, as many as were saved and as the trainer keeps. */
  private void writeHistory(StepState state) {
    int saved = contents.history().get(0).length;
    int kept = Math.min(saved, state.historyLength());
    if (kept == 0) {
      return;
    }
    double[] losses = new double[groups() * kept];
    for (int g = 0; g < groups(); g++) {
      System.arraycopy(contents.history().get(g), saved - kept, losses, g * kept, kept);
    }
    long last = contents.states().stream().mapToLong(GroupState::step).max().orElseThrow();
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

  /** Collects from the device what goes into a file. */
  private static final class Collector {
    private final SafetensorsWriter writer = new SafetensorsWriter();
    private final Network network;
    private final boolean doubles;

    Collector(Network network, Map<String, String> config) {
      this.network = network;
      this.doubles = network.kernels().precision() == Precision.FP64;
      writer.metadata(CheckpointContents.FORMAT_KEY, CheckpointContents.FORMAT);
      SpecText.write(network.spec()).forEach(writer::metadata);
      String choices = network.kernels().choices();
      if (!choices.isEmpty()) {
        writer.metadata(CheckpointContents.CHOICES_KEY, choices);
      }
      // Sorted, so that equal contents are equal files.
      new TreeMap<>(config)
          .forEach((key, value) -> writer.metadata(CheckpointContents.CONFIG_PREFIX + key, value));
      for (ParameterSlice slice : network.layout().slices()) {
        add(slice.name(), CheckpointContents.shape(network.groups(), slice), parameters(slice));
      }
    }

    void addEngine() {
      writer.metadata(CheckpointContents.ENGINE_KEY, engineOf(network.kernels()));
    }

    private double[] parameters(ParameterSlice slice) {
      int count = Math.toIntExact(slice.size());
      double[] values = new double[Math.multiplyExact(network.groups(), count)];
      for (int g = 0; g < network.groups(); g++) {
        long offset = g * network.layout().size() + slice.offset();
        network.values().readDoubles(offset, values, g * count, count);
      }
      return values;
    }

    void add(Optimizer optimizer, List<Buffer> slots) {
      OptimizerText.write(optimizer).forEach(writer::metadata);
      List<Long> shape = List.of((long) network.groups(), network.layout().size());
      for (int i = 0; i < slots.size(); i++) {
        add(CheckpointContents.slotName(i), shape, slots.get(i).readDoubles());
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
      writer.write(file);
    }
  }
}
