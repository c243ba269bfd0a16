package dev.refrain.cli;

import dev.refrain.io.MalformedFileException;
import dev.refrain.io.SafetensorsFile;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.EncoderDecoderCheckpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Says what a file is that holds no forecast model and what takes it, where it is a model or a
 * checkpoint of another kind: such hold no end of a series to go on from.
 */
final class OtherModels {
  private static final String INSTEAD =
      " no end of a series to go on from; give a model of 'refrain forecast'";

  private OtherModels() {}

  /** What the file is, in a sentence with advice; empty where it is damaged or not known here. */
  static Optional<String> describe(Path file) {
    try {
      return described(file, Checkpoint.configOf(file));
    } catch (MalformedFileException e) {
      return tensors(file);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> described(Path file, Map<String, String> config)
      throws IOException {
    if (config.containsKey("variants")) {
      return Optional.empty(); // A forecast model, and what is wrong with it is known already.
    }
    String tutorial = config.get("tutorial");
    if ("text".equals(tutorial)) {
      return Optional.of(
          "'%s' is a language model of 'refrain tutorial text'; to let it write on, run that again with"
                  .formatted(file)
              + " its --out, --resume and another --prime");
    }
    if (tutorial != null) {
      return Optional.of(
          "'%s' was written by 'refrain tutorial %s', which generates by itself, and holds"
                  .formatted(file, tutorial)
              + INSTEAD);
    }
    if (config.containsKey("fleet.series")) {
      return Optional.of(
          "'%s' holds what a fleet has learnt of %s series; 'refrain forecast FILE --fleet --save-models'"
                  .formatted(file, config.get("fleet.series"))
              + " writes a model for each, and programs take this file by FleetModel.load");
    }
    if (config.containsKey("launch.series")) {
      return Optional.of(
          "'%s' holds a fleet's training on its way; 'refrain forecast FILE --fleet --resume' goes on with"
                  .formatted(file)
              + " it, and with --save-models writes a model for each series");
    }
    if (config.containsKey("option.cell") && config.containsKey("data")) {
      return Optional.of("'%s' was written by 'refrain train' and holds".formatted(file) + INSTEAD);
    }
    return Optional.of(network(file));
  }

  /** Of a file that says nothing of a series or of the command that wrote it. */
  private static String network(Path file) throws IOException {
    try {
      Checkpoint checkpoint = Checkpoint.load(file);
      return "'%s' holds %s%s (%s) and%s; 'refrain export' takes it, and programs by Checkpoint.load"
          .formatted(
              file,
              checkpoint.groups() == 1 ? "a network" : checkpoint.groups() + " networks",
              checkpoint.hasTraining() ? " with its training" : "",
              NetworkWords.of(checkpoint.spec()),
              INSTEAD);
    } catch (MalformedFileException e) {
      EncoderDecoderCheckpoint pair = EncoderDecoderCheckpoint.load(file);
      return "'%s' holds an encoder and a decoder (%s) and%s; programs take it by EncoderDecoderCheckpoint.load"
          .formatted(file, NetworkWords.of(pair.spec()), INSTEAD);
    }
  }

  /** Of a file of tensors that is no checkpoint, such as another program's weights. */
  private static Optional<String> tensors(Path file) {
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      return tensors.metadata().keySet().stream().anyMatch(key -> key.startsWith("refrain."))
          ? Optional.empty()
          : Optional.of(
              "'%s' holds %d tensors that Refrain did not write and%s; 'refrain import' makes a network of"
                      .formatted(file, tensors.tensors().size(), INSTEAD)
                  + " weights");
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
