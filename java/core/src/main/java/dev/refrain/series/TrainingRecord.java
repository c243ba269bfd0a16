package dev.refrain.series;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * By what and on what networks are trained, as the file of a training keeps it, so that it is not
 * gone on with by other settings or on another series. How many steps are to be taken is no part of
 * it: a training may go on for more.
 */
final class TrainingRecord {
  private static final String PREFIX = "training.";
  private static final String SETTING = PREFIX + "setting.";
  private static final String STEPS = "steps";
  private static final String NETWORKS = "networks";
  private static final String EARLY_STOPPING = "early stopping";
  private static final String BOUNDS = "bounds";

  /** Settings that trainings of earlier versions do not name, and what they had. */
  private static final Map<String, String> BEFORE =
      Map.of(SETTING + EARLY_STOPPING, "0", SETTING + BOUNDS, Bounds.NONE.toString());

  private static final String ROWS = PREFIX + "rows";
  private static final String DIGEST = PREFIX + "crc32c";

  private TrainingRecord() {}

  static Map<String, String> of(ForecastSettings settings, Task task) {
    Map<String, String> record = new LinkedHashMap<>();
    settings(settings, task).forEach((name, text) -> record.put(SETTING + name, text));
    record.put(ROWS, Integer.toString(task.rows().length));
    record.put(DIGEST, digest(task, task.rows().length));
    return record;
  }

  /**
   * Of a training that has ended, which depends on its number of steps as well.
   *
   * @param shared whether it learnt all series of a fleet together
   */
  static Map<String, String> ended(ForecastSettings settings, Task task, boolean shared) {
    Map<String, String> record = of(settings, task);
    record.put(SETTING + STEPS, Integer.toString(settings.steps));
    record.put(SETTING + NETWORKS, shared ? "of all series" : "of its own");
    return record;
  }

  /** What of some remarks is such a record. */
  static Map<String, String> within(Map<String, String> config) {
    Map<String, String> record = new LinkedHashMap<>();
    config.forEach(
        (key, text) -> {
          if (key.startsWith(PREFIX)) {
            record.put(key, text);
          }
        });
    return record;
  }

  private static Map<String, String> settings(ForecastSettings settings, Task task) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("cell", settings.cell);
    values.put("layers", settings.layers);
    values.put("units", settings.units);
    values.put("members", settings.members);
    values.put("window", settings.window);
    values.put("season", task.season());
    values.put("horizon", settings.horizon);
    values.put("direct", settings.direct);
    values.put(
        "transform", settings.transformation == null ? "auto" : settings.transformation.toString());
    values.put(BOUNDS, settings.bounds);
    values.put("validation rows", settings.validationRows);
    values.put("scaling", settings.scaling);
    values.put("loss", settings.loss);
    values.put("optimizer", settings.optimizer);
    values.put("schedule", settings.schedule == null ? "auto" : settings.schedule.toString());
    values.put("learning rate", settings.learningRate);
    values.put("clip norm", settings.clipNorm);
    values.put("batch", settings.batch);
    values.put("seed", settings.seed);
    values.put(EARLY_STOPPING, settings.patience);
    Map<String, String> texts = new LinkedHashMap<>();
    values.forEach((name, value) -> texts.put(name, value.toString()));
    return texts;
  }

  /**
   * Makes sure that a training is gone on with as it began.
   *
   * @param saved what {@link #of} gave, with other things
   * @throws IllegalArgumentException if a setting is another, or the history does not begin with
   *     the rows that were trained on
   */
  static void requireSame(
      Path file, Map<String, String> saved, ForecastSettings settings, Task task) {
    String training = "the training in '%s'".formatted(file);
    int rows = task.rows().length;
    int savedRows = savedRows(training, saved);
    if (rows < savedRows || !digest(task, savedRows).equals(saved.get(DIGEST))) {
      throw new IllegalArgumentException(
          ("%s is of another series: of %d rows, while the %d rows given now do"
                  + " not begin with these; give the same series")
              .formatted(training, savedRows, rows));
    }
    requireSameSettings(training, saved, of(settings, task));
    if (settings.patience > 0 && rows > savedRows) {
      throw new IllegalArgumentException(
          ("%s ends early by the last of its %d rows, and %d are given now; give the same rows, or"
                  + " train anew")
              .formatted(training, savedRows, rows));
    }
  }

  /**
   * Makes sure that what was learnt is what would be learnt.
   *
   * @param training what it is, for messages
   * @param saved what {@link #ended} gave
   * @throws IllegalArgumentException if it is not
   */
  static void requireSameEnd(
      String training, Map<String, String> saved, Map<String, String> expected) {
    int savedRows = savedRows(training, saved);
    if (!expected.get(ROWS).equals(saved.get(ROWS))
        || !expected.get(DIGEST).equals(saved.get(DIGEST))) {
      throw new IllegalArgumentException(
          "%s was trained on another series, of %d rows; give the same series, or train anew"
              .formatted(training, savedRows));
    }
    requireSameSettings(training, saved, expected);
  }

  private static void requireSameSettings(
      String training, Map<String, String> saved, Map<String, String> expected) {
    expected.forEach(
        (key, text) -> {
          String before = saved.getOrDefault(key, BEFORE.get(key));
          if (key.startsWith(SETTING) && !text.equals(before)) {
            throw new IllegalArgumentException(
                "%s has %s %s, not %s; give the same, or train anew"
                    .formatted(training, key.substring(SETTING.length()), before, text));
          }
        });
  }

  private static int savedRows(String training, Map<String, String> saved) {
    try {
      return Integer.parseInt(saved.getOrDefault(ROWS, ""));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          training + " does not say on what it was made, and how; train anew", e);
    }
  }

  /** Of the first rows. */
  private static String digest(Task task, int rows) {
    CRC32C crc = new CRC32C();
    ByteBuffer bytes = ByteBuffer.allocate(Double.BYTES);
    for (int row = 0; row < rows; row++) {
      for (double value : task.rows()[row]) {
        crc.update(bytes.clear().putDouble(value).flip());
      }
    }
    return String.format(Locale.ROOT, "%08x", crc.getValue());
  }
}
