package dev.refrain.network;

import dev.refrain.kernels.Kernels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Pairs of networks in a file, with or without the training that made them: as a {@link
 * Checkpoint}, with the names of the encoders' tensors and settings behind {@code encoder.} and
 * those of the decoders' behind {@code decoder.}.
 *
 * <pre>{@code
 * EncoderDecoderCheckpoint.save(file, trainer, Map.of("scaler", "standard 754.7 102.2"));
 *
 * try (EncoderDecoder model = EncoderDecoderCheckpoint.load(file).model(kernels)) {
 *   float[][] next = model.predict(windows, 12);
 * }
 * }</pre>
 */
public final class EncoderDecoderCheckpoint {
  private static final String ENCODER = "encoder.";
  private static final String DECODER = "decoder.";

  private final CheckpointContents contents;

  private EncoderDecoderCheckpoint(CheckpointContents contents) {
    this.contents = contents;
  }

  /**
   * Saves pairs alone.
   *
   * @param config remarks of the caller's, given back by {@link #config}
   * @throws IOException if the file cannot be written; it is then as it was before
   */
  public static void save(Path file, EncoderDecoder model, Map<String, String> config)
      throws IOException {
    writer(model, config).write(file);
  }

  /**
   * Saves pairs and how far their training is; as {@link #save(Path, EncoderDecoder, Map)}. Does
   * not change what the training computes.
   */
  public static void save(Path file, EncoderDecoderTrainer trainer, Map<String, String> config)
      throws IOException {
    CheckpointWriter writer = writer(trainer.model(), config);
    writer.add(trainer.optimizer());
    writer.add(ENCODER, trainer.model().encoder(), trainer.slots().get(0));
    writer.add(DECODER, trainer.model().decoder(), trainer.slots().get(1));
    writer.add(trainer.state());
    writer.write(file);
  }

  private static CheckpointWriter writer(EncoderDecoder model, Map<String, String> config) {
    CheckpointWriter writer =
        new CheckpointWriter(CheckpointFormat.PAIRS, model.decoder().kernels(), config);
    writer.add(ENCODER, model.encoder());
    writer.add(DECODER, model.decoder());
    return writer;
  }

  /**
   * Reads and checks a whole file; nothing is allocated on a device.
   *
   * @throws dev.refrain.io.MalformedFileException if it is damaged or holds no pairs; the message
   *     says why
   * @throws IOException if it cannot be read
   */
  public static EncoderDecoderCheckpoint load(Path file) throws IOException {
    return new EncoderDecoderCheckpoint(
        CheckpointContents.read(file, CheckpointFormat.PAIRS, List.of(ENCODER, DECODER)));
  }

  /** What the decoders are; the encoders have the same layers. */
  public NetworkSpec spec() {
    return contents.network(1).spec();
  }

  /** G. */
  public int groups() {
    return contents.network(1).groups();
  }

  /** The remarks that were saved. */
  public Map<String, String> config() {
    return contents.config();
  }

  /** Whether a training was saved that {@link #resume} can go on with. */
  public boolean hasTraining() {
    return contents.optimizer() != null;
  }

  /** As {@link Checkpoint#engine}. */
  public String engine() {
    return contents.engine();
  }

  /** New pairs with the saved parameters, for the caller to close. */
  public EncoderDecoder model(Kernels kernels) {
    Network encoder = contents.network(kernels, 0);
    try {
      return new EncoderDecoder(encoder, contents.network(kernels, 1));
    } catch (RuntimeException | Error e) {
      encoder.close();
      throw e;
    }
  }

  /**
   * Puts a trainer and its pairs where the saved training stood: parameters, the optimizer's
   * arrays, steps, seeds, learning rates and losses.
   *
   * @throws IllegalArgumentException if no training was saved, or one of other networks, another
   *     number of groups or another optimizer; the trainer is then as it was before
   */
  public void resume(EncoderDecoderTrainer trainer) {
    contents.resume(
        List.of(trainer.model().encoder(), trainer.model().decoder()),
        trainer.slots(),
        trainer.optimizer(),
        trainer.state());
  }
}
