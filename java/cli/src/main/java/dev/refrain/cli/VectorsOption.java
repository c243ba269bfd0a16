package dev.refrain.cli;

import dev.refrain.text.UnknownWordException;
import dev.refrain.text.WordVectors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Supplier;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The file with word vectors that a command works on; a mixin. */
final class VectorsOption {
  private static final String MORE_MEMORY =
      "; read fewer words with --first-words, or give Java more with REFRAIN_JAVA_OPTS=-Xmx8g";

  @Parameters(
      index = "0",
      paramLabel = "VECTORS",
      description =
          "File of word vectors: .bin (word2vec), .txt or .vec (the same as text), .npy with its"
              + " words beside it, .npz or .safetensors.")
  private Path file;

  @Option(
      names = "--first-words",
      paramLabel = "COUNT",
      converter = OptionTypes.Count.class,
      description = "Read the first words of the file only. Default: all.")
  private Integer firstWords;

  /** The file. */
  Path file() {
    return file;
  }

  /**
   * Reads the file.
   *
   * @throws BadInputException if it is not there or not what it should be
   * @throws CommandFailedException if the memory is too small for it
   */
  WordVectors read() {
    return read(firstWords == null ? Integer.MAX_VALUE : firstWords);
  }

  /** As {@link #read()}, no more than so many words. */
  WordVectors read(int mostWords) {
    try {
      int limit = firstWords == null ? mostWords : Math.min(mostWords, firstWords);
      return WordVectors.read(file, limit);
    } catch (IOException | IllegalArgumentException e) {
      throw new BadInputException(e.getMessage(), e);
    } catch (OutOfMemoryError e) {
      throw memoryFull(e);
    }
  }

  /** Asks the vectors something; words that they do not have are the user's to mend. */
  <T> T ask(Supplier<T> question) {
    try {
      return question.get();
    } catch (UnknownWordException e) {
      String lower = e.word().toLowerCase(Locale.ROOT);
      String hint = lower.equals(e.word()) ? "" : "; most vocabularies are in lower case";
      throw new BadInputException("'%s': %s%s".formatted(file, e.getMessage(), hint), e);
    } catch (OutOfMemoryError e) {
      throw memoryFull(e);
    }
  }

  private CommandFailedException memoryFull(OutOfMemoryError cause) {
    return new CommandFailedException(
        "Java's memory is too small for '" + file + "'" + MORE_MEMORY, cause);
  }
}
