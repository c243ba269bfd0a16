package dev.refrain.series;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.refrain.TestEngines;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Device;
import dev.refrain.kernels.Engines;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.Schedule;
import dev.refrain.kernels.Sgd;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Every option of the builder, each alone. */
class ForecasterOptionsTest {
  private static final int ROWS = 60;
  private static final Series HISTORY = history();

  private static final Map<String, UnaryOperator<Forecaster.Builder>> OPTIONS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("targets", it -> it.targets("b")),
              Map.entry("known", it -> it.known("b")),
              Map.entry("calendar", it -> it.calendar(true)),
              Map.entry("cell", it -> it.cell(new LstmCell(Activation.RELU))),
              Map.entry("layers", it -> it.layers(2)),
              Map.entry("units", it -> it.units(6)),
              Map.entry("window", it -> it.window(7)),
              Map.entry("season", it -> it.season(6)),
              Map.entry("horizon", it -> it.horizon(5)),
              Map.entry("direct", it -> it.direct(true)),
              Map.entry("scaling", it -> it.scaling("minmax")),
              Map.entry("transformation", it -> it.transformation(Transformation.NONE)),
              Map.entry("validationRows", it -> it.validationRows(9)),
              Map.entry("loss", it -> it.loss(Loss.MAE)),
              Map.entry("optimizer", it -> it.optimizer(new Sgd())),
              Map.entry("learningRate", it -> it.learningRate(0.01)),
              Map.entry("schedule", it -> it.schedule(Schedule.CONSTANT)),
              Map.entry("clipNorm", it -> it.clipNorm(0.01)),
              Map.entry("steps", it -> it.steps(5)),
              Map.entry("earlyStopping", it -> it.earlyStopping(1)),
              Map.entry("batch", it -> it.batch(3)),
              Map.entry("members", it -> it.members(2)),
              Map.entry("seed", it -> it.seed(2))));

  @Test
  void eachMakesADifference() {
    try (Kernels kernels = TestEngines.fastest().open()) {
      List<double[]> plain = forecast(kernels, base());
      assertSame(plain, forecast(kernels, base()), true, "the same options");
      OPTIONS.forEach(
          (name, option) ->
              assertSame(plain, forecast(kernels, option.apply(base())), false, name));
      assertEquals(0, kernels.allocatedBytes());
    }
  }

  /**
   * An option that is new must get a line here; the device and the bounds have tests of their own.
   */
  @Test
  void noneIsForgotten() {
    TreeSet<String> all =
        Arrays.stream(Forecaster.Builder.class.getMethods())
            .filter(method -> method.getReturnType() != void.class)
            .filter(method -> !Modifier.isStatic(method.getModifiers()))
            .filter(method -> method.getDeclaringClass() != Object.class)
            .map(Method::getName)
            .collect(Collectors.toCollection(TreeSet::new));
    all.removeAll(List.of("build", "device", "minimum", "maximum"));
    assertEquals(new TreeSet<>(OPTIONS.keySet()), all);
  }

  @Test
  void theDeviceIsWhereAFitWithoutKernelsComputes() {
    Device device = Device.parse("reference");
    Forecaster forecaster =
        base().validationRows(0).transformation(Transformation.NONE).device(device).build();
    double[] values = HISTORY.column(0);
    try (Kernels kernels = Engines.open(device);
        ForecastModel given = forecaster.fit(kernels, values);
        ForecastModel own = forecaster.fit(values)) {
      assertArrayEquals(given.forecast(4), own.forecast(4), 0);
    }
  }

  /** What is forecast of its first target, and how wide its intervals are. */
  private static List<double[]> forecast(Kernels kernels, Forecaster.Builder builder) {
    try (ForecastModel model = builder.build().fit(kernels, HISTORY, progress -> {})) {
      double[][] known = new double[3][model.known().size()];
      Forecast forecast = model.predict(3, 0.8, known).get(0);
      List<double[]> all = new ArrayList<>();
      all.add(forecast.values());
      all.add(forecast.upper());
      return all;
    }
  }

  private static void assertSame(
      List<double[]> expected, List<double[]> actual, boolean same, String name) {
    boolean equal =
        Arrays.equals(expected.get(0), actual.get(0))
            && Arrays.equals(expected.get(1), actual.get(1));
    assertFalse(equal != same, () -> name + (same ? " differ" : " makes no difference"));
  }

  private static Series history() {
    SplittableRandom random = new SplittableRandom(3);
    double[][] values = new double[ROWS][];
    Arrays.setAll(
        values,
        t ->
            new double[] {
              20 + 0.1 * t + 3 * Math.sin(t * 0.52) + random.nextDouble(),
              10 + 2 * Math.cos(t * 0.52) + random.nextDouble()
            });
    return new Series(List.of("a", "b"), values, Shops.times(Frequency.Unit.MONTH, ROWS));
  }

  private static Forecaster.Builder base() {
    return Forecaster.builder()
        .units(4)
        .members(1)
        .batch(4)
        .steps(4)
        .season(12)
        .window(8)
        .validationRows(12);
  }
}
