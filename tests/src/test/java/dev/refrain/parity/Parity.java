package dev.refrain.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.refrain.TestEngine;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Recording;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Judges an engine's operation: runs it on the reference in float64 and on the engine, dense and
 * with guarded borders, and compares every output. Runs it also recorded and with one and three
 * threads, which must give the same bits.
 *
 * <pre>{@code
 * Parity.of("adam", operation).within(tolerance).exactly("mask").on(engine);
 * }</pre>
 */
public final class Parity {
  /** What the judge said, by the name of the case: it is asked once for all engines. */
  private static final Map<String, Map<String, double[]>> VERDICTS = new ConcurrentHashMap<>();

  private final String name;
  private final Operation operation;
  private final Map<String, Double> tolerances = new LinkedHashMap<>();
  private final Map<String, Double> absolute = new LinkedHashMap<>();
  private double tolerance = Double.NaN;

  private Parity(String name, Operation operation) {
    this.name = name;
    this.operation = operation;
  }

  /** A case with a name that is its own. */
  public static Parity of(String name, Operation operation) {
    return new Parity(name, operation);
  }

  /**
   * Tolerance of every output without one of its own, relative to its largest magnitude. The fields
   * of the step state must be equal unless they have one.
   */
  public Parity within(double relative) {
    tolerance = relative;
    return this;
  }

  /** Tolerance of one output. */
  public Parity within(String output, double relative) {
    tolerances.put(output, relative);
    return this;
  }

  /** Tolerance of one output whose error does not shrink with its size. */
  public Parity withinAbsolutely(String output, double tolerance) {
    absolute.put(output, tolerance);
    return this;
  }

  /** Outputs that must be equal. */
  public Parity exactly(String... outputs) {
    for (String output : outputs) {
      tolerances.put(output, Tolerance.EXACT);
    }
    return this;
  }

  /** Judges this engine. */
  public void on(TestEngine engine) {
    Map<String, double[]> expected = VERDICTS.computeIfAbsent(name, n -> judge());
    Map<String, double[]> guarded = run(engine, 2, Layout.GUARDED, false);
    compare(expected, guarded);
    sameBits("recorded, one thread", guarded, run(engine, 1, Layout.GUARDED, true));
    if (engine.hasThreads()) {
      sameBits("three threads", guarded, run(engine, 3, Layout.GUARDED, false));
    }
    if (!engine.isReference()) {
      compare(expected, run(engine, 2, Layout.DENSE, false));
    }
  }

  private Map<String, double[]> judge() {
    try (Kernels kernels = TestEngine.openJudge()) {
      return run(kernels, Layout.DENSE, false);
    }
  }

  private Map<String, double[]> run(
      TestEngine engine, int threads, Layout layout, boolean recorded) {
    try (Kernels kernels = engine.open(threads)) {
      return run(kernels, layout, recorded);
    }
  }

  private Map<String, double[]> run(Kernels kernels, Layout layout, boolean recorded) {
    Arena arena = new Arena(kernels, layout);
    Runnable calls = operation.prepare(kernels, arena);
    if (recorded) {
      try (Recording recording = kernels.record(calls)) {
        recording.run(1);
        return arena.results();
      }
    }
    calls.run();
    return arena.results();
  }

  private void compare(Map<String, double[]> expected, Map<String, double[]> actual) {
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach((output, values) -> compare(output, values, actual.get(output)));
  }

  private void compare(String output, double[] expected, double[] actual) {
    String what = name + ": " + output;
    if (absolute.containsKey(output)) {
      Comparison.assertWithin(what, expected, actual, absolute.get(output));
    } else {
      Comparison.assertClose(what, expected, actual, toleranceOf(output));
    }
  }

  private double toleranceOf(String output) {
    double usual = output.startsWith("state.") ? Tolerance.EXACT : tolerance;
    double own = tolerances.getOrDefault(output, usual);
    if (Double.isNaN(own)) {
      throw new IllegalStateException("no tolerance for " + output + " of " + name);
    }
    return own;
  }

  private void sameBits(String how, Map<String, double[]> expected, Map<String, double[]> actual) {
    expected.forEach(
        (output, values) ->
            Comparison.assertSameBits(
                name + ", " + how + ": " + output, values, actual.get(output)));
  }
}
