package dev.refrain.network;

import java.util.Arrays;
import java.util.Optional;

/** What a checkpoint file says of itself. */
enum CheckpointFormat {
  /** Of a {@link Checkpoint}. */
  NETWORKS("checkpoint 1", "networks of one kind", "Checkpoint"),

  /** Of an {@link EncoderDecoderCheckpoint}. */
  PAIRS("encoder-decoder 1", "an encoder and a decoder", "EncoderDecoderCheckpoint");

  private final String text;
  private final String holds;
  private final String reader;

  CheckpointFormat(String text, String holds, String reader) {
    this.text = text;
    this.holds = holds;
    this.reader = reader;
  }

  /** As it stands in the file. */
  String text() {
    return text;
  }

  /** The format of that text. */
  static Optional<CheckpointFormat> of(String text) {
    return Arrays.stream(values()).filter(format -> format.text.equals(text)).findFirst();
  }

  /** What is wrong with a file that says something else of itself. */
  String refusal(String found) {
    if (found == null) {
      return "is a safetensors file but no checkpoint: its metadata lack "
          + CheckpointContents.FORMAT_KEY;
    }
    Optional<CheckpointFormat> other = of(found);
    return other.isPresent()
        ? "holds %s, not %s: read it with %s"
            .formatted(other.get().holds, holds, other.get().reader)
        : "is a '%s', this version reads '%s': use a newer Refrain".formatted(found, text);
  }
}
