package dev.refrain.network;

import dev.refrain.kernels.Kernels;
import java.util.List;

/**
 * G pairs of networks that turn one sequence into another (Sutskever, Vinyals, Le 2014, "Sequence
 * to Sequence Learning with Neural Networks"): an encoder reads a window and leaves its final
 * state; a decoder begins with that state, reads the last row of the window, and says the rows that
 * follow, each from the one that it said before.
 *
 * <pre>{@code
 * NetworkSpec decoder = NetworkSpec.builder(1).layer(cell, 32).projection(1).build();
 * try (EncoderDecoder model = EncoderDecoder.create(kernels, decoder, 1, 2, 3);
 *     EncoderDecoderTrainer trainer =
 *         EncoderDecoderTrainer.builder(model, scaled, 24, 12, 32).build()) {
 *   trainer.run(500);
 *   float[][] next = model.predict(windows, 12);
 * }
 * }</pre>
 *
 * <p>One thread at a time uses a model; what trains it is closed before it.
 */
public final class EncoderDecoder implements AutoCloseable {
  /** Added to a decoder's seed, so that the encoder of the same seed is another network. */
  private static final long ENCODER_SEED = 0x5DEECE66DL;

  private final Network encoder;
  private final Network decoder;

  EncoderDecoder(Network encoder, Network decoder) {
    this.encoder = encoder;
    this.decoder = decoder;
  }

  /**
   * New pairs, one for each seed.
   *
   * @param decoder what the decoders are; the encoders have the same layers and no projection
   * @throws IllegalArgumentException if the decoder's outputs are not as many as its inputs, it
   *     runs in both directions, or it has dropout
   */
  public static EncoderDecoder create(Kernels kernels, NetworkSpec decoder, long... seeds) {
    if (decoder.outputs() != decoder.inputs()) {
      throw new IllegalArgumentException(
          "the decoder has %d inputs and %d outputs; what it says is what it reads next: give it as"
                  .formatted(decoder.inputs(), decoder.outputs())
              + " many of both");
    }
    if (decoder.layers().stream().anyMatch(LayerSpec::bidirectional)) {
      throw new IllegalArgumentException("a decoder cannot run backwards from what is to come");
    }
    if (decoder.dropout() > 0) {
      throw new IllegalArgumentException(
          "dropout is " + decoder.dropout() + "; pairs of networks train without");
    }
    NetworkSpec.Builder layers =
        NetworkSpec.builder(decoder.inputs())
            .recurrentBias(decoder.recurrentBias())
            .initialization(decoder.initialization());
    decoder.layers().forEach(layer -> layers.layer(layer.cell(), layer.hidden()));
    long[] encoderSeeds = seeds.clone();
    for (int g = 0; g < encoderSeeds.length; g++) {
      encoderSeeds[g] += ENCODER_SEED;
    }
    Network encoders = Network.create(kernels, layers.build(), encoderSeeds);
    try {
      return new EncoderDecoder(encoders, Network.create(kernels, decoder, seeds));
    } catch (RuntimeException e) {
      encoders.close();
      throw e;
    }
  }

  /** The networks that read. */
  public Network encoder() {
    return encoder;
  }

  /** The networks that say what follows. */
  public Network decoder() {
    return decoder;
  }

  /** G. */
  public int groups() {
    return decoder.groups();
  }

  /** Numbers of a row. */
  public int columns() {
    return decoder.spec().inputs();
  }

  /**
   * Says what follows a window: the decoder reads its own outputs.
   *
   * @param window for each group {@code [T, columns]}, rows that it goes on from
   * @param horizon rows to say, at least 1
   * @return for each group {@code [horizon, columns]}
   * @throws IllegalArgumentException if windows are of different or no length
   */
  public float[][] predict(List<float[]> window, int horizon) {
    if (window.size() != groups() || horizon < 1) {
      throw new IllegalArgumentException(
          "there are %d windows for %d groups, and horizon is %d; give each group one and at least"
                  .formatted(window.size(), groups(), horizon)
              + " 1 step");
    }
    int size = window.get(0).length;
    if (size == 0 || size % columns() != 0 || window.stream().anyMatch(w -> w.length != size)) {
      throw new IllegalArgumentException(
          "windows must be equally long, of whole rows of %d numbers; the first has %d"
              .formatted(columns(), size));
    }
    try (UnrolledNetwork reading = encoder.unroll(size / columns(), 1).states().build();
        UnrolledNetwork saying = decoder.unroll(1, 1).states().build()) {
      float[] last = new float[groups() * columns()];
      for (int g = 0; g < groups(); g++) {
        reading.input().write((long) g * size, window.get(g), 0, size);
        System.arraycopy(window.get(g), size - columns(), last, g * columns(), columns());
      }
      reading.forward();
      hand(reading.finalState(), saying.initialState());
      float[][] said = new float[groups()][horizon * columns()];
      for (int step = 0; step < horizon; step++) {
        saying.input().write(last);
        saying.forward();
        saying.carryState();
        last = saying.output().read();
        for (int g = 0; g < groups(); g++) {
          System.arraycopy(last, g * columns(), said[g], step * columns(), columns());
        }
      }
      return said;
    }
  }

  /** Copies a state from a network to one with the same layers; may be recorded. */
  static void hand(NetworkState from, NetworkState to) {
    to.copyLayers(from);
  }

  @Override
  public void close() {
    try {
      decoder.close();
    } finally {
      encoder.close();
    }
  }
}
