package dev.refrain.cli;

import dev.refrain.text.VectorFormat;
import dev.refrain.text.Word2VecTraining;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Where {@code refrain word2vec} writes to: the vectors, and on request the whole training. */
final class Word2vecOutput {
  private static final String OUT = "-o";
  private static final String SAVE_TRAINING = "--save-training";

  private final Path vectors;
  private final Path training;

  /**
   * Takes the places.
   *
   * @param vectors whose ending says the format
   * @param training null: it is not kept, or is what {@code vectors} is
   */
  Word2vecOutput(Path vectors, Path training) {
    this.vectors = vectors;
    this.training = training;
  }

  /**
   * Makes sure that there is something to write into, and that nothing that is needed is written
   * over.
   *
   * @param corpus that is read
   * @throws BadInputException if not
   */
  void check(Path corpus) {
    try {
      VectorFormat.of(vectors);
    } catch (IllegalArgumentException e) {
      throw new BadInputException("-o: " + e.getMessage(), e);
    }
    refuseUnwritable(OUT, vectors);
    refuseCorpus(OUT, vectors, corpus);
    if (VectorFormat.of(vectors) == VectorFormat.NPY) {
      refuseCorpus(OUT, VectorFormat.wordsFile(vectors), corpus);
    }
    if (training != null) {
      refuseUnwritable(SAVE_TRAINING, training);
      Path same = vectors.toAbsolutePath().normalize();
      if (!whole() && same.equals(training.toAbsolutePath().normalize())) {
        throw new BadInputException(
            "--save-training: '%s' is the vectors' file; name another".formatted(vectors));
      }
      refuseCorpus(SAVE_TRAINING, training, corpus);
    }
  }

  private static void refuseUnwritable(String option, Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (Files.isDirectory(file) || folder == null || !Files.isDirectory(folder)) {
      throw new BadInputException(
          "%s: '%s' cannot be written: %s; name a file in a folder that exists"
              .formatted(
                  option,
                  file,
                  Files.isDirectory(file) ? "it is a folder" : "its folder is missing"));
    }
    try {
      Files.delete(Files.createTempFile(folder, ".refrain-", ".trial"));
    } catch (IOException e) {
      throw new BadInputException(
          "%s: '%s' cannot be written: %s; name a file in another folder"
              .formatted(
                  option,
                  file,
                  e instanceof AccessDeniedException
                      ? "permission denied in its folder"
                      : "no file can be made in its folder"),
          e);
    }
  }

  private static void refuseCorpus(String option, Path file, Path corpus) {
    try {
      if (Files.exists(file) && Files.isSameFile(file, corpus)) {
        throw new BadInputException(
            "%s: '%s' would be written over the corpus; name another file".formatted(option, file));
      }
    } catch (IOException e) {
      throw new BadInputException(option + ": " + e.getMessage(), e);
    }
  }

  /** Whether the vectors' file holds the whole training anyway. */
  private boolean whole() {
    return VectorFormat.of(vectors) == VectorFormat.SAFETENSORS;
  }

  /**
   * Makes sure that the disks have room.
   *
   * @throws CommandFailedException if one has less than the files take
   */
  void requireRoom(Word2VecTraining model) {
    DiskRoom room = new DiskRoom();
    room.require(OUT, vectors, whole() ? model.savedBytes() : model.vectorBytes());
    if (training != null) {
      room.require(SAVE_TRAINING, training, model.savedBytes());
    }
  }

  /** Where a training goes that would be lost otherwise. */
  TrainingRescue kept() {
    return new TrainingRescue(vectors, training);
  }

  /**
   * Writes all.
   *
   * @return the files
   * @throws CommandFailedException if one cannot be written; the training is then kept elsewhere
   */
  List<String> write(Word2VecTraining model) {
    List<String> files = new ArrayList<>();
    try {
      writeVectors(model);
      files.add(vectors.toString());
      if (VectorFormat.of(vectors) == VectorFormat.NPY) {
        files.add(VectorFormat.wordsFile(vectors).toString());
      }
      if (training != null) {
        model.save(training);
        files.add(training.toString());
      }
    } catch (IOException e) {
      throw kept().after(e, model);
    }
    return files;
  }

  private void writeVectors(Word2VecTraining model) throws IOException {
    if (whole()) {
      model.save(vectors);
    } else {
      model.vectors().write(vectors);
    }
  }
}
