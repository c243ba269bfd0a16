package dev.refrain.cli;

import dev.refrain.io.AtomicFiles;
import dev.refrain.network.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Options that a training's checkpoint keeps and that a resumed run cannot change: whatever it is
 * not told, it takes from there.
 *
 * @param <T> an object with such options, to be mixed into a command
 */
public final class KeptOptions<T> {
  private static final String PREFIX = "option.";

  private final T given;
  private final Supplier<T> fresh;
  private final ParseResult parsed;
  private final Path checkpoint;

  /**
   * Takes what a command was told.
   *
   * @param given the options as picocli has set them
   * @param fresh makes others of the kind
   * @param checkpoint where it is or will be
   */
  public KeptOptions(T given, Supplier<T> fresh, ParseResult parsed, Path checkpoint) {
    this.given = given;
    this.fresh = fresh;
    this.parsed = parsed;
    this.checkpoint = checkpoint;
  }

  /**
   * The words of the training, by option: those of the checkpoint, where one is resumed.
   *
   * @throws BadInputException if there is a checkpoint and none is to be resumed, or it has other
   *     words than the command was told
   * @throws IOException if it cannot be read
   */
  public Map<String, String> settle(boolean resume) throws IOException {
    Map<String, String> words = words();
    if (!Files.exists(checkpoint)) {
      return words;
    }
    if (!resume) {
      throw new BadInputException(
          "'%s' is there already; add --resume to go on from it, or name another --out"
              .formatted(checkpoint));
    }
    AtomicFiles.deleteLeftovers(checkpoint.toAbsolutePath().getParent());
    Map<String, String> kept = kept();
    Map<String, String> defaults = defaults();
    for (Map.Entry<String, String> word : words.entrySet()) {
      String name = word.getKey();
      // A checkpoint that is older than an option was trained as that does where it is left out.
      String was = kept.getOrDefault(name, defaults.get(name));
      if (!word.getValue().equals(was) && parsed.hasMatchedOption(name)) {
        throw new BadInputException(
            "'%s' was trained %s; leave it out, or name another --out"
                .formatted(
                    checkpoint,
                    was == null
                        ? "without " + name
                        : "with %s %s, not %s".formatted(name, was, word.getValue())));
      }
    }
    return kept;
  }

  /** The words of the checkpoint: in the order of the options, for a file knows none. */
  private Map<String, String> kept() throws IOException {
    Map<String, String> sorted = new TreeMap<>();
    Checkpoint.configOf(checkpoint)
        .forEach(
            (key, value) -> {
              if (key.startsWith(PREFIX)) {
                sorted.put("--" + key.substring(PREFIX.length()), value);
              }
            });
    Map<String, String> kept = new LinkedHashMap<>();
    for (OptionSpec option : new CommandLine(fresh.get()).getCommandSpec().options()) {
      String word = sorted.remove(option.longestName());
      if (word != null) {
        kept.put(option.longestName(), word);
      }
    }
    kept.putAll(sorted);
    return kept;
  }

  private Map<String, String> defaults() {
    Map<String, String> defaults = new LinkedHashMap<>();
    for (OptionSpec option : new CommandLine(fresh.get()).getCommandSpec().options()) {
      if (option.defaultValue() != null) {
        defaults.put(option.longestName(), option.defaultValue());
      }
    }
    return defaults;
  }

  /** The options as they were given, and the defaults of the others, by name. */
  private Map<String, String> words() {
    Map<String, String> words = new LinkedHashMap<>();
    for (OptionSpec option : new CommandLine(fresh.get()).getCommandSpec().options()) {
      String name = option.longestName();
      OptionSpec matched = parsed.matchedOption(name);
      String word = matched == null ? option.defaultValue() : matched.originalStringValues().get(0);
      if (word != null) {
        words.put(name, word);
      }
    }
    return words;
  }

  /**
   * The options that words stand for.
   *
   * @throws BadInputException if they are not such options
   */
  public T options(Map<String, String> words) {
    if (words.equals(words())) {
      return given;
    }
    List<String> arguments = new ArrayList<>();
    words.forEach((name, word) -> arguments.addAll(List.of(name, word)));
    T options = fresh.get();
    try {
      new CommandLine(options).parseArgs(arguments.toArray(String[]::new));
    } catch (ParameterException e) {
      throw new BadInputException(
          "the checkpoint holds options unknown here: " + e.getMessage(), e);
    }
    return options;
  }

  /** The words as a checkpoint keeps them. */
  public static Map<String, String> config(Map<String, String> words) {
    Map<String, String> config = new LinkedHashMap<>();
    words.forEach((name, word) -> config.put(PREFIX + name.substring(2), word));
    return config;
  }
}
