package dev.refrain.series;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Networks of one series that are trained in a launch, as its checkpoint names them: all that their
 * bits follow from.
 *
 * @param series its name
 * @param record by what and on what they are trained, as {@link TrainingRecord} says it
 * @param transformations of all networks of the series
 * @param first of them, from 0
 * @param count of them
 */
record LaunchedNetworks(
    String series, Map<String, String> record, String transformations, int first, int count) {
  private static final String PREFIX = "launch.";
  private static final String COUNT = PREFIX + "series";
  private static final String NAME = "name";
  private static final String TRANSFORMATIONS = "transformations";
  private static final String NETWORKS = "networks";

  LaunchedNetworks {
    record = Map.copyOf(record);
  }

  /**
   * Whether these are the same networks, of records that {@link TrainingRecord} has found to be the
   * same: of files of earlier versions they may be shorter.
   */
  boolean isSame(LaunchedNetworks other) {
    return series.equals(other.series)
        && transformations.equals(other.transformations)
        && first == other.first
        && count == other.count;
  }

  /** As {@link #isSame} for all networks of a launch. */
  static boolean areSame(List<LaunchedNetworks> launch, List<LaunchedNetworks> other) {
    return launch.size() == other.size()
        && IntStream.range(0, launch.size()).allMatch(i -> launch.get(i).isSame(other.get(i)));
  }

  /** As remarks of a checkpoint. */
  static Map<String, String> toConfig(List<LaunchedNetworks> launch) {
    Map<String, String> config = new LinkedHashMap<>();
    config.put(COUNT, Integer.toString(launch.size()));
    for (int i = 0; i < launch.size(); i++) {
      LaunchedNetworks each = launch.get(i);
      String prefix = PREFIX + i + ".";
      config.put(prefix + NAME, each.series);
      config.put(prefix + TRANSFORMATIONS, each.transformations);
      config.put(prefix + NETWORKS, each.first + " " + each.count);
      each.record.forEach((key, text) -> config.put(prefix + key, text));
    }
    return config;
  }

  /**
   * Reads what {@link #toConfig} wrote.
   *
   * @throws IllegalArgumentException if it is no such description
   */
  static List<LaunchedNetworks> of(Map<String, String> config) {
    int count = (int) ForecastOrigin.numbers(config, COUNT)[0];
    Map<String, Map<String, String>> parts = new LinkedHashMap<>();
    config.forEach(
        (key, text) -> {
          String[] words = key.split("\\.", 3);
          if (key.startsWith(PREFIX) && words.length == 3) {
            parts.computeIfAbsent(words[1], number -> new LinkedHashMap<>()).put(words[2], text);
          }
        });
    List<LaunchedNetworks> launch = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Map<String, String> own = parts.getOrDefault(Integer.toString(i), Map.of());
      double[] networks = ForecastOrigin.numbers(own, NETWORKS);
      if (networks.length != 2 || !(networks[0] >= 0 && networks[1] >= 1)) {
        throw new IllegalArgumentException("its networks are '" + own.get(NETWORKS) + "'");
      }
      launch.add(
          new LaunchedNetworks(
              ForecastOrigin.required(own, NAME),
              TrainingRecord.within(own),
              ForecastOrigin.required(own, TRANSFORMATIONS),
              (int) networks[0],
              (int) networks[1]));
    }
    return launch;
  }
}
