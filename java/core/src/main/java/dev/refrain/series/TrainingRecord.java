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
  private static final String SETTING = "training.setting.";
  private static final String ROWS = "training.rows";
  private static final String DIGEST = "training.crc32c";

  private TrainingRecord() {}

  static Map<String, String> of(ForecastSettings settings, Task task) {
    Map<String, String> record = new LinkedHashMap<>();
    settings(settings, task).forEach((name, text) -> record.put(SETTING + name, text));
    record.put(ROWS, Integer.toString(task.rows().length));
    record.put(DIGEST, digest(task, task.rows().length));
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
    values.put("validation rows", settings.validationRows);
    values.put("scaling", settings.scaling);
    values.put("loss", settings.loss);
    values.put("optimizer", settings.optimizer);
    values.put("schedule", settings.schedule == null ? "auto" : settings.schedule.toString());
    values.put("learning rate", settings.learningRate);
    values.put("clip norm", settings.clipNorm);
    values.put("batch", settings.batch);
    values.put("seed", settings.seed);
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
    int rows = task.rows().length;
    int savedRows = savedRows(file, saved);
    if (rows < savedRows || !digest(task, savedRows).equals(saved.get(DIGEST))) {
      throw new IllegalArgumentException(
          ("the training in '%s' is of another series: of %d rows, while the %d rows given now do"
                  + " not begin with these; give the same series")
              .formatted(file, savedRows, rows));
    }
    settings(settings, task)
        .forEach(
            (name, text) -> {
              String before = saved.get(SETTING + name);
              if (!text.equals(before)) {
                throw new IllegalArgumentException(
                    "the training in '%s' has %s %s, not %s; give the same, or train anew"
                        .formatted(file, name, before, text));
              }
            });
  }

  private static int savedRows(Path file, Map<String, String> saved) {
    try {
      return Integer.parseInt(saved.getOrDefault(ROWS, ""));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "'%s' does not say what was trained, and how; train anew".formatted(file), e);
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
