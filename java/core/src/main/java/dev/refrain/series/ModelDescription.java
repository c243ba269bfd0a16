package dev.refrain.series;

import dev.refrain.io.MalformedFileException;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.NetworkSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a model is beside its networks: how values become inputs and predictions become values,
 * where its history ended, and how wide its intervals are. It is what a model's file says of it.
 *
 * @param shape of its columns
 * @param columns their names
 * @param timeline null where rows are merely numbered
 * @param variants how the history was prepared; each has equally many networks
 * @param residuals one a target; empty where there was no validation
 * @param validation for people; null where there was none, or an earlier version kept none
 * @param bounds of forecasts
 * @param steps of training behind it, where none goes on
 * @param constant whether its series is constant, so that there was nothing to train
 */
record ModelDescription(
    FrameShape shape,
    Columns columns,
    Timeline timeline,
    List<Variant> variants,
    List<Residuals> residuals,
    ValidationResult validation,
    Bounds bounds,
    long steps,
    boolean constant) {
  private static final String STEPS = "steps";
  private static final String CONSTANT = "constant";
  private static final String SHAPE = "columns";
  private static final String VARIANTS = "variants";
  private static final String WEIGHT = "weight";
  private static final String RESIDUALS = "residuals.";

  ModelDescription {
    variants = List.copyOf(variants);
    residuals = List.copyOf(residuals);
  }

  /** The same networks at the end of other rows, whose levels shift where they do. */
  ModelDescription at(double[][] rows, Timeline newTimeline, long newSteps) {
    List<Variant> moved = new ArrayList<>();
    for (Variant each : variants) {
      moved.add(new Variant(each.origin().of(rows), each.weight()));
    }
    return new ModelDescription(
        shape, columns, newTimeline, moved, residuals, validation, bounds, newSteps, constant);
  }

  /** The same at the end of the same rows, whose dates are these. */
  ModelDescription at(Timeline newTimeline) {
    return new ModelDescription(
        shape, columns, newTimeline, variants, residuals, validation, bounds, steps, constant);
  }

  /** Length of the window that its networks read. */
  int window() {
    return variants.get(0).origin().window().length;
  }

  /** Length of the season that it was trained for; 1 for none. */
  int season() {
    return variants.get(0).origin().preparation().transformations()[0].season();
  }

  /** Rows that the transformations take from the start. */
  int lost() {
    return variants.stream().mapToInt(it -> it.origin().preparation().lost()).max().orElse(0);
  }

  /** All transformations and their weights, the weightiest first. */
  Map<Transformation, Double> transformations() {
    Map<Transformation, Double> weights = new LinkedHashMap<>();
    for (Variant variant : variants) {
      weights.put(
          variant.origin().preparation().transformations()[0].transformation(), variant.weight());
    }
    return weights;
  }

  double[] weights() {
    return variants.stream().mapToDouble(Variant::weight).toArray();
  }

  /** Reads what {@link #toConfig} wrote of a model in a file. */
  static ModelDescription of(Path file, Checkpoint checkpoint) throws MalformedFileException {
    try {
      return of(checkpoint.config(), checkpoint.spec(), checkpoint.groups());
    } catch (IllegalArgumentException e) {
      throw new MalformedFileException(file, "holds no forecast model: " + e.getMessage(), e);
    }
  }

  /**
   * As above, of some networks.
   *
   * @param spec of each
   * @param networks how many
   * @throws IllegalArgumentException if it is no such description
   */
  static ModelDescription of(Map<String, String> config, NetworkSpec spec, int networks) {
    FrameShape shape = shape(config, spec);
    List<Variant> variants = new ArrayList<>();
    int count = (int) ForecastOrigin.numbers(config, VARIANTS)[0];
    for (int i = 0; i < count; i++) {
      Map<String, String> own = within(config, "variant." + i + ".");
      variants.add(
          new Variant(
              ForecastOrigin.fromConfig(own, shape), ForecastOrigin.numbers(own, WEIGHT)[0]));
    }
    if (count < 1 || networks < count || networks % count != 0) {
      throw new IllegalArgumentException(
          "it has %d networks for %d variants".formatted(networks, count));
    }
    int window = variants.get(0).origin().window().length;
    if (variants.stream().anyMatch(each -> each.origin().window().length != window)) {
      throw new IllegalArgumentException("its variants have windows of different lengths");
    }
    Columns columns = Columns.fromConfig(config);
    Timeline timeline = Timeline.fromConfig(config);
    if (columns.targets().size() != shape.targets() || (columns.calendar() && timeline == null)) {
      throw new IllegalArgumentException("its columns do not fit their names");
    }
    List<Residuals> residuals = new ArrayList<>();
    while (config.containsKey(RESIDUALS + residuals.size() + ".scores")) {
      residuals.add(Residuals.fromConfig(within(config, RESIDUALS + residuals.size() + ".")));
    }
    if (!residuals.isEmpty() && residuals.size() != shape.targets()) {
      throw new IllegalArgumentException(
          "it has residuals of %d targets and forecasts %d"
              .formatted(residuals.size(), shape.targets()));
    }
    return new ModelDescription(
        shape,
        columns,
        timeline,
        variants,
        residuals,
        ValidationResult.fromConfig(config),
        Bounds.fromConfig(config),
        Long.parseLong(config.getOrDefault(STEPS, "0")),
        isConstant(config));
  }

  /** Whether a series that is so described is constant. */
  static boolean isConstant(Map<String, String> config) {
    return Boolean.parseBoolean(config.get(CONSTANT));
  }

  /** Reads the shape, and makes sure that it is the network's before anything is made of it. */
  private static FrameShape shape(Map<String, String> config, NetworkSpec spec) {
    double[] sizes = ForecastOrigin.numbers(config, SHAPE);
    int most = Math.max(spec.inputs(), spec.outputs());
    if (sizes.length != 4
        || !Arrays.stream(sizes).allMatch(size -> size >= 0 && size <= most)
        || sizes[0] < 1) {
      throw new IllegalArgumentException("its '" + SHAPE + "' are " + Arrays.toString(sizes));
    }
    long targets = (long) sizes[0];
    long values = targets + (long) sizes[1];
    long known = (long) sizes[2];
    long block = Math.max(1, (long) sizes[3]);
    long inputs = values + known * block;
    long outputs = sizes[3] >= 1 ? targets * block : values;
    if (inputs != spec.inputs() || outputs != spec.outputs()) {
      throw new IllegalArgumentException(
          "its network of %d inputs and %d outputs does not fit its columns, which need %d and %d"
              .formatted(spec.inputs(), spec.outputs(), inputs, outputs));
    }
    return new FrameShape((int) sizes[0], (int) sizes[1], (int) sizes[2], (int) sizes[3]);
  }

  private static Map<String, String> within(Map<String, String> config, String prefix) {
    Map<String, String> own = new LinkedHashMap<>();
    config.forEach(
        (key, value) -> {
          if (key.startsWith(prefix)) {
            own.put(key.substring(prefix.length()), value);
          }
        });
    return own;
  }

  /** As remarks of a checkpoint, with all digits. */
  Map<String, String> toConfig(long stepsTaken) {
    Map<String, String> config = new LinkedHashMap<>();
    config.put(
        SHAPE,
        String.format(
            Locale.ROOT,
            "%d %d %d %d",
            shape.targets(),
            shape.covariates(),
            shape.known(),
            shape.ahead()));
    config.putAll(columns.toConfig());
    if (timeline != null) {
      config.putAll(timeline.toConfig());
    }
    config.put(VARIANTS, Integer.toString(variants.size()));
    for (int i = 0; i < variants.size(); i++) {
      String prefix = "variant." + i + ".";
      variants.get(i).origin().toConfig().forEach((key, text) -> config.put(prefix + key, text));
      config.put(prefix + WEIGHT, Double.toString(variants.get(i).weight()));
    }
    for (int target = 0; target < residuals.size(); target++) {
      String prefix = RESIDUALS + target + ".";
      residuals.get(target).toConfig().forEach((key, text) -> config.put(prefix + key, text));
    }
    if (validation != null) {
      config.putAll(validation.toConfig());
    }
    config.putAll(bounds.toConfig());
    config.put(STEPS, Long.toString(stepsTaken));
    config.put(CONSTANT, Boolean.toString(constant));
    return config;
  }
}
