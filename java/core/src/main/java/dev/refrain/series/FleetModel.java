package dev.refrain.series;

import dev.refrain.io.MalformedFileException;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.NetworkSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a {@link Fleet} has learnt. Its networks lie in the memory of the host until one is asked
 * for, so that there is nothing to close; the kernels must stay open.
 */
public final class FleetModel {
  private static final String AND = " and ";

  private final Kernels kernels;

  /** Of each network; null where no series could be learnt. */
  private final NetworkSpec spec;

  private final Map<String, LearntSeries> learnt;
  private final Map<String, String> failures;

  /** Of what was learnt last. */
  private final String engine;

  FleetModel(
      Kernels kernels,
      NetworkSpec spec,
      Map<String, LearntSeries> learnt,
      Map<String, String> failures,
      String engine) {
    this.kernels = kernels;
    this.spec = spec;
    this.learnt = Collections.unmodifiableMap(new LinkedHashMap<>(learnt));
    this.failures = Collections.unmodifiableMap(new LinkedHashMap<>(failures));
    this.engine = engine;
  }

  /**
   * Loads what {@link #save} wrote. It forecasts the same, bit for bit on the same engine.
   *
   * @param kernels where to compute, must stay open as long as the model
   * @return the model; nothing to close
   * @throws MalformedFileException if the file is damaged or holds no fleet
   * @throws IOException if it cannot be read
   */
  public static FleetModel load(Path file, Kernels kernels) throws IOException {
    return FleetFile.read(file, kernels);
  }

  /**
   * Saves the networks of all series, once where series share them, and all that their forecasts
   * and {@link Fleet#resuming} need.
   *
   * @throws IOException if the file cannot be written; it is then as it was before
   * @throws IllegalStateException if not even the columns of one series could be read
   */
  public void save(Path file) throws IOException {
    FleetFile.write(file, kernels, this);
  }

  /** Names of the series that were learnt, in their order. */
  public List<String> names() {
    return List.copyOf(learnt.keySet());
  }

  /** Names of the series that could not be learnt, and why. */
  public Map<String, String> failures() {
    return failures;
  }

  /** Those of the {@link #failures} whose training was interrupted, and may go on. */
  public List<String> interrupted() {
    return failures.keySet().stream()
        .filter(name -> failures.get(name).equals(Learnt.INTERRUPTED))
        .toList();
  }

  /**
   * What the bits of its training depend on, as {@link
   * dev.refrain.network.Checkpoint#engineOf(Kernels)} says it; of a fleet that went on on another
   * engine, all of them.
   */
  public String engine() {
    return learnt.isEmpty()
        ? engine
        : joined(learnt.values().stream().map(LearntSeries::engine).toList());
  }

  /** All engines of some such words, each once. */
  static String joined(List<String> engines) {
    return engines.stream()
        .flatMap(each -> Stream.of(each.split(AND)))
        .filter(each -> !each.isEmpty())
        .distinct()
        .collect(Collectors.joining(AND));
  }

  /**
   * Forecasts the first target of one series; as {@link ForecastModel#forecast}. Where columns are
   * known ahead, ask its {@link #model}.
   *
   * @throws NoSuchElementException if no series of this name was learnt
   */
  public double[] forecast(String name, int horizon) {
    try (ForecastModel model = model(name)) {
      return model.forecast(horizon);
    }
  }

  /**
   * The model of one series, with networks of its own on the device.
   *
   * @return the model, for the caller to close
   * @throws NoSuchElementException if no series of this name was learnt
   */
  public ForecastModel model(String name) {
    LearntSeries own = learnt.get(name);
    if (own == null) {
      throw new NoSuchElementException(
          failures.containsKey(name)
              ? "series '" + name + "' was not learnt: " + failures.get(name)
              : "no series is named '" + name + "'");
    }
    return ForecastModel.of(kernels, spec, own);
  }

  NetworkSpec spec() {
    return spec;
  }

  Map<String, LearntSeries> learnt() {
    return learnt;
  }
}
