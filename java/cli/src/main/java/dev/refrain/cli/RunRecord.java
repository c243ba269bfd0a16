package dev.refrain.cli;

import dev.refrain.io.AtomicFiles;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What a run was and what came of it, kept as {@code run.json} in its folder: the command, the
 * values of its options, its metrics, what is wrong with them, its losses and the names of its
 * files. {@code refrain report} makes a page of it.
 */
public final class RunRecord {
  /** Name of the file in the run's folder. */
  public static final String FILE = "run.json";

  private static final Set<String> NOT_RECORDED =
      Set.of("out", "json", "quiet", "resume", "help", "version");

  private final String command;
  private final String device;
  private final Map<String, Object> configuration = new LinkedHashMap<>();
  private final Map<String, Object> metrics = new LinkedHashMap<>();
  private final List<String> warnings = new ArrayList<>();
  private final Map<String, List<List<Object>>> losses = new LinkedHashMap<>();

  /**
   * Begins a record.
   *
   * @param command without {@code refrain}, such as {@code tutorial sine}
   * @param device what computed, for people
   */
  public RunRecord(String command, String device) {
    this.command = command;
    this.device = device;
  }

  /** The options of a command that were given, or have a default, without what only a run needs. */
  static Map<String, Object> options(CommandSpec spec) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (OptionSpec option : spec.options()) {
      String name = option.longestName().replaceFirst("^--", "");
      List<String> given = option.originalStringValues();
      if (NOT_RECORDED.contains(name)) {
        continue;
      }
      if (!given.isEmpty()) {
        values.put(name, String.join(", ", given));
      } else if (option.defaultValue() != null) {
        values.put(name, option.defaultValue());
      }
    }
    return values;
  }

  /** Adds an option's value: a string, number or boolean. */
  public RunRecord configured(String name, Object value) {
    configuration.put(name, value);
    return this;
  }

  /** Adds a metric. */
  public RunRecord measured(String name, double value) {
    metrics.put(name, Json.number(value));
    return this;
  }

  /** Adds what is wrong with the run's result, in a sentence. */
  public void warn(String warning) {
    warnings.add(warning);
  }

  /** What is wrong with the run's result. */
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  /** Adds a loss of one of the run's trainings. */
  public void loss(String training, long step, float value) {
    losses
        .computeIfAbsent(training, name -> new ArrayList<>())
        .add(Arrays.asList(step, Float.isFinite(value) ? value : null));
  }

  /** Adds a loss of the run's only training. */
  void loss(FitBar.Loss loss) {
    loss("training", loss.step(), (float) loss.value());
  }

  /** Writes the record, after all other files of the folder, whose names it holds. */
  public void write(OutputFolder folder) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("command", command);
    object.put("device", device);
    object.put("configuration", configuration);
    object.put("metrics", metrics);
    if (!warnings.isEmpty()) {
      object.put("warnings", warnings);
    }
    object.put("losses", losses);
    object.put("files", folder.names());
    String text = Json.line(object) + "\n";
    folder.write(
        FILE,
        file -> AtomicFiles.write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8))));
  }
}
