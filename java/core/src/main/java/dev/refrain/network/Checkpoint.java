package dev.refrain.network;

import dev.refrain.io.SafetensorsFile;
import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.Kernels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * G networks in a file, with or without the training that made them. A training that is resumed
 * from its checkpoint goes on, bit for bit, as if it had never stopped.
 *
 * <p>The file has the safetensors layout and a checksum: each tensor of the {@link ParameterLayout}
 * by its name as {@code [G, ...]}, the optimizer's arrays {@code optimizer.0}, {@code optimizer.1}
 * as {@code [G,P]}, the components of {@link GroupState} as {@code state.counters [G,3]} (step,
 * seed, ordinal of the status) and {@code state.numbers [G,7]} (the others, in their order), the
 * kept losses as {@code state.history [G, count]}, with an {@link EarlyStopping} the best
 * parameters so far under {@code best.} and their names, and in the metadata the {@link
 * NetworkSpec}, the optimizer, {@link #engineOf}, {@link Kernels#choices()} and the caller's own
 * remarks. It is written beside its place and then renamed, so that a crash leaves the old file
 * whole.
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
  /** What is put before the networks' names: nothing. */
  private static final String UNNAMED = "";

  private final CheckpointContents contents;

  private Checkpoint(CheckpointContents contents) {
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
    writer(network, config).write(file);
  }

  /**
   * As {@link #save(Path, Network, Map)}, without remarks.
   *
   * @throws IOException if the file cannot be written; it is then as it was before
   */
  public static void save(Path file, Network network) throws IOException {
    save(file, network, Map.of());
  }

  /**
   * Saves networks that lie in the memory of the host; as {@link #save(Path, Network, Map)}, and
   * {@link #parameters} gives them back.
   *
   * @param kernels that they were computed with
   * @param spec of all of them
   * @param networks parameters {@code [P]} of each, in the order of the {@link ParameterLayout}; at
   *     least one
   * @throws IllegalArgumentException if there are none, or one has not P parameters
   */
  public static void save(
      Path file,
      Kernels kernels,
      NetworkSpec spec,
      List<float[]> networks,
      Map<String, String> config)
      throws IOException {
    if (networks.isEmpty()) {
      throw new IllegalArgumentException("there are no networks to save; give at least one");
    }
    CheckpointWriter writer = new CheckpointWriter(CheckpointFormat.NETWORKS, kernels, config);
    writer.add(UNNAMED, spec, networks.stream().map(Checkpoint::widened).toList());
    writer.write(file);
  }

  /**
   * Saves networks and how far their training is; as {@link #save(Path, Network, Map)}. Does not
   * change what the training computes.
   */
  public static void save(Path file, Trainer trainer, Map<String, String> config)
      throws IOException {
    CheckpointWriter writer = writer(trainer.network(), config);
    writer.add(trainer.optimizer());
    writer.add(UNNAMED, trainer.network(), trainer.slots());
    writer.add(trainer.state());
    writer.write(file);
  }

  /**
   * As {@link #save(Path, Trainer, Map)}, without remarks.
   *
   * @throws IOException if the file cannot be written; it is then as it was before
   */
  public static void save(Path file, Trainer trainer) throws IOException {
    save(file, trainer, Map.of());
  }

  /**
   * As {@link #save(Path, Trainer, Map)}, with what is known of the best networks so far, which
   * {@link #resume(Trainer, EarlyStopping)} goes on with. Where the best have been {@link
   * EarlyStopping#restore restored}, the file still holds the training as it was before.
   *
   * @param stopping that looks at this trainer
   */
  public static void save(
      Path file, Trainer trainer, EarlyStopping stopping, Map<String, String> config)
      throws IOException {
    Network network = trainer.network();
    Map<String, String> remarks = new HashMap<>(config);
    remarks.putAll(stopping.remarks());
    CheckpointWriter writer =
        new CheckpointWriter(CheckpointFormat.NETWORKS, network.kernels(), remarks);
    writer.add(UNNAMED, network.spec(), stopping.latest());
    writer.addParameters(CheckpointContents.BEST_PREFIX, network.spec(), stopping.best());
    writer.add(trainer.optimizer());
    writer.add(UNNAMED, network, trainer.slots());
    writer.add(trainer.state());
    writer.write(file);
  }

  private static double[] widened(float[] parameters) {
    double[] wide = new double[parameters.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = parameters[i];
    }
    return wide;
  }

  private static CheckpointWriter writer(Network network, Map<String, String> config) {
    CheckpointWriter writer =
        new CheckpointWriter(CheckpointFormat.NETWORKS, network.kernels(), config);
    writer.add(UNNAMED, network);
    return writer;
  }

  /**
   * Reads and checks a whole file; nothing is allocated on a device.
   *
   * @throws dev.refrain.io.MalformedFileException if it is damaged or no checkpoint that this
   *     version knows; the message says why
   * @throws IOException if it cannot be read
   */
  public static Checkpoint load(Path file) throws IOException {
    return new Checkpoint(
        CheckpointContents.read(file, CheckpointFormat.NETWORKS, List.of(UNNAMED)));
  }

  /**
   * The remarks that were saved in a file, be it a checkpoint or an {@link
   * EncoderDecoderCheckpoint}; no networks are read.
   *
   * @throws dev.refrain.io.MalformedFileException as {@link #load}
   * @throws IOException if it cannot be read
   */
  public static Map<String, String> configOf(Path file) throws IOException {
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      return new CheckpointReader(tensors).readConfig();
    }
  }

  /**
   * As {@link #engine}, of a file that is a checkpoint or an {@link EncoderDecoderCheckpoint}; no
   * networks are read.
   *
   * @throws dev.refrain.io.MalformedFileException as {@link #load}
   * @throws IOException if it cannot be read
   */
  public static String engineOf(Path file) throws IOException {
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      return new CheckpointReader(tensors).readEngine();
    }
  }

  CheckpointContents contents() {
    return contents;
  }

  /** What the networks are. */
  public NetworkSpec spec() {
    return contents.network(0).spec();
  }

  /** G. */
  public int groups() {
    return contents.network(0).groups();
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
   * The parameters {@code [P]} of one group, without a device.
   *
   * @throws IndexOutOfBoundsException if there are not so many groups
   */
  public float[] parameters(int group) {
    return contents.network(0).floats(group);
  }

  /**
   * New networks with the best parameters that an {@link EarlyStopping} knew of; those of {@link
   * #network} where none was saved.
   */
  public Network bestNetwork(Kernels kernels) {
    if (contents.best() == null) {
      return network(kernels);
    }
    adoptChoices(kernels);
    return contents.best().network(kernels);
  }

  /**
   * Lets an engine take what the one that saved had found by timing, as {@link #network} does, so
   * that it computes the same bits.
   */
  public void adoptChoices(Kernels kernels) {
    contents.adoptChoices(kernels);
  }

  /**
   * New networks with the saved parameters, for the caller to close. The engine takes what the one
   * that saved had found by timing, so that a training that is resumed gets the same bits.
   */
  public Network network(Kernels kernels) {
    return contents.network(kernels, 0);
  }

  /**
   * Puts a trainer and its network where the saved training stood: parameters, the optimizer's
   * arrays, steps, seeds, learning rates and losses.
   *
   * @throws IllegalArgumentException if no training was saved, or one of another network, another
   *     number of groups or another optimizer; the trainer is then as it was before
   */
  public void resume(Trainer trainer) {
    contents.resume(
        List.of(trainer.network()), List.of(trainer.slots()), trainer.optimizer(), trainer.state());
  }

  /**
   * As {@link #resume(Trainer)}, with what was known of the best networks.
   *
   * @param stopping that looks at this trainer, and has not looked yet
   * @throws IllegalArgumentException also if the file says nothing of best networks
   */
  public void resume(Trainer trainer, EarlyStopping stopping) {
    EarlyStopping.Looks looks = stopping.looks(contents.file(), config(), contents.best());
    resume(trainer);
    stopping.take(looks);
  }
}
