package dev.refrain.series;

import dev.refrain.io.MalformedFileException;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.ParameterLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A {@link FleetModel} in a file: a {@link Checkpoint} of all networks, each once, whose remarks
 * say of series N {@code fleet.N.name}, its networks, its engine, and what the model of a single
 * series says; and of those that could not be learnt {@code fleet.failed N.name} and why. Earlier
 * versions wrote one engine for all series, and failures as {@code fleet.failure.NAME}.
 */
final class FleetFile {
  private static final String PREFIX = "fleet.";
  private static final String COUNT = PREFIX + "series";
  private static final String ENGINE = "engine";
  private static final String ALL_ENGINES = PREFIX + ENGINE;
  private static final String FAILED = "failed ";
  private static final String FAILED_BEFORE = "failure";
  private static final String WHY = "why";
  private static final String NAME = "name";
  private static final String NETWORKS = "networks";

  private FleetFile() {}

  static void write(Path file, Kernels kernels, FleetModel model) throws IOException {
    if (model.spec() == null) {
      throw new IllegalStateException(
          "no series had columns to learn from; there is nothing to save");
    }
    Map<String, String> config = new LinkedHashMap<>();
    config.put(COUNT, Integer.toString(model.learnt().size()));
    config.put(ALL_ENGINES, model.engine());
    int failed = 0;
    for (Map.Entry<String, String> each : model.failures().entrySet()) {
      String prefix = PREFIX + FAILED + failed++ + ".";
      config.put(prefix + NAME, each.getKey());
      config.put(prefix + WHY, each.getValue());
    }
    // Arrays are equal only if they are the same.
    IdentityHashMap<float[], Integer> networks = new IdentityHashMap<>();
    List<float[]> ordered = new ArrayList<>();
    int series = 0;
    for (Map.Entry<String, LearntSeries> each : model.learnt().entrySet()) {
      LearntSeries own = each.getValue();
      Map<String, String> said = new LinkedHashMap<>(own.record());
      said.putAll(own.description().toConfig(own.description().steps()));
      said.put(NAME, each.getKey());
      said.put(ENGINE, own.engine());
      List<Integer> indices = new ArrayList<>();
      for (float[] parameters : own.parameters()) {
        if (parameters != null && networks.putIfAbsent(parameters, ordered.size()) == null) {
          ordered.add(parameters);
        }
        indices.add(parameters == null ? -1 : networks.get(parameters));
      }
      said.put(NETWORKS, indices.stream().map(String::valueOf).collect(Collectors.joining(" ")));
      String prefix = PREFIX + series++ + ".";
      said.forEach((key, text) -> config.put(prefix + key, text));
    }
    if (ordered.isEmpty()) {
      // No series needs one, and a file of networks has at least one.
      ordered.add(new float[Math.toIntExact(ParameterLayout.of(model.spec()).size())]);
    }
    Checkpoint.save(file, kernels, model.spec(), ordered, config);
  }

  static FleetModel read(Path file, Kernels kernels) throws IOException {
    Checkpoint checkpoint = Checkpoint.load(file);
    try {
      FleetModel model = read(checkpoint, kernels);
      checkpoint.adoptChoices(kernels);
      return model;
    } catch (IllegalArgumentException e) {
      throw new MalformedFileException(file, "holds no fleet: " + e.getMessage(), e);
    }
  }

  private static FleetModel read(Checkpoint checkpoint, Kernels kernels) {
    Map<String, String> config = checkpoint.config();
    int count = (int) ForecastOrigin.numbers(config, COUNT)[0];
    Map<String, Map<String, String>> parts = new HashMap<>();
    config.forEach(
        (key, text) -> {
          if (key.startsWith(PREFIX)) {
            String[] words = key.substring(PREFIX.length()).split("\\.", 2);
            parts
                .computeIfAbsent(words[0], number -> new LinkedHashMap<>())
                .put(words[words.length - 1], text);
          }
        });
    // In their order, which a checkpoint's remarks have not.
    Map<String, String> failures = new LinkedHashMap<>();
    for (int i = 0; parts.containsKey(FAILED + i); i++) {
      Map<String, String> own = parts.get(FAILED + i);
      failures.put(ForecastOrigin.required(own, NAME), ForecastOrigin.required(own, WHY));
    }
    failures.putAll(parts.getOrDefault(FAILED_BEFORE, Map.of()));
    String engine = ForecastOrigin.required(config, ALL_ENGINES);
    List<float[]> networks = new ArrayList<>();
    for (int group = 0; group < checkpoint.groups(); group++) {
      networks.add(checkpoint.parameters(group));
    }
    Map<String, LearntSeries> learnt = new LinkedHashMap<>();
    for (int series = 0; series < count; series++) {
      Map<String, String> own = parts.getOrDefault(Integer.toString(series), Map.of());
      float[][] parameters = parameters(own, networks);
      ModelDescription description = ModelDescription.of(own, checkpoint.spec(), parameters.length);
      learnt.put(
          ForecastOrigin.required(own, NAME),
          new LearntSeries(
              description,
              parameters,
              TrainingRecord.within(own),
              own.getOrDefault(ENGINE, engine)));
    }
    return new FleetModel(kernels, checkpoint.spec(), learnt, failures, engine);
  }

  private static float[][] parameters(Map<String, String> own, List<float[]> networks) {
    double[] indices = ForecastOrigin.numbers(own, NETWORKS);
    boolean constant = ModelDescription.isConstant(own);
    float[][] parameters = new float[indices.length][];
    for (int i = 0; i < parameters.length; i++) {
      int index = (int) indices[i];
      if (constant) {
        continue;
      }
      if (index < 0 || index >= networks.size()) {
        throw new IllegalArgumentException(
            "series '%s' has network %d, and there are %d"
                .formatted(own.get(NAME), index, networks.size()));
      }
      parameters[i] = networks.get(index);
    }
    return parameters;
  }
}
