package dev.refrain;

import dev.refrain.kernels.Activation;
import dev.refrain.kernels.CellShape;
import dev.refrain.kernels.Device;
import dev.refrain.kernels.Engine;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.EngineUnavailableException;
import dev.refrain.kernels.Engines;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LstmCell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/**
 * Which engines the tests run on: all that are installed and work here, the cpu once for each
 * instruction set that this processor has. {@code -Drefrain.require=cpu,reference} names engines
 * whose absence fails the run; {@code -Drefrain.cpu=avx2} leaves the other instruction sets out,
 * {@code -Drefrain.rnn=block} the other ways to force on the CUDA kernels for recurrent layers;
 * {@code -Drefrain.engines=cuda,reference} tries no engine but these.
 */
public final class TestEngines {
  private static final List<String> CPU_VARIANTS = List.of("portable", "avx2", "avx512");

  /** Engines made of the CUDA kernels, which run a recurrent layer in one of several ways. */
  private static final Set<String> CUDA_KERNELS = Set.of("cuda", "emulated");

  private static final String CHOSEN_BY_RULES = "auto";

  /** What Linux calls the processor's features that each instruction set needs. */
  private static final Map<String, List<String>> CPU_FEATURES =
      Map.of(
          "portable", List.of(),
          "avx2", List.of("avx2", "fma"),
          "avx512", List.of("avx512f", "avx512bw", "avx512dq", "avx512vl"));

  private static final List<TestEngine> WORKING = new ArrayList<>();
  private static final List<TestEngine> FORCED = new ArrayList<>();
  private static final Map<String, String> MISSING = new LinkedHashMap<>();
  private static final List<String> FAULTS = new ArrayList<>();

  static {
    find();
  }

  private TestEngines() {}

  /** Every engine that works here, the reference and all instruction sets of the cpu among them. */
  public static Stream<TestEngine> all() {
    if (!FAULTS.isEmpty()) {
      throw new IllegalStateException(String.join("; ", FAULTS));
    }
    return WORKING.stream();
  }

  /**
   * For tests of recurrent layers: {@link #all()}, and the CUDA kernels again with each way to run
   * such a layer forced. A way that does not run a layer says so; {@code CellParity} sees that each
   * runs many.
   */
  public static Stream<TestEngine> recurrent() {
    return Stream.concat(all(), FORCED.stream());
  }

  /** Without the emulated engine, for tests that would take minutes on it. */
  public static Stream<TestEngine> fast() {
    return each().filter(engine -> !engine.engine().equals("emulated"));
  }

  /** What a user's AUTO would take: for tests that have to run somewhere, and take long. */
  public static TestEngine fastest() {
    return fast().reduce((slower, faster) -> faster).orElseThrow();
  }

  /** Each engine once, the cpu with its fastest instruction set. */
  public static Stream<TestEngine> each() {
    Map<String, TestEngine> last = new LinkedHashMap<>();
    all().forEach(engine -> last.put(engine.engine(), engine));
    return last.values().stream();
  }

  /** The engines made of the CUDA kernels, the emulated ones among them. */
  public static Stream<TestEngine> cudaKernels() {
    return all().filter(engine -> CUDA_KERNELS.contains(engine.engine()));
  }

  /** Arguments of a parameterized test: every engine with every case. */
  public static Stream<Arguments> times(Collection<?> cases) {
    return all().flatMap(engine -> cases.stream().map(each -> Arguments.of(engine, each)));
  }

  /** Arguments of a parameterized test: {@link #recurrent()} with every case. */
  public static Stream<Arguments> recurrentTimes(Collection<?> cases) {
    return recurrent().flatMap(engine -> cases.stream().map(each -> Arguments.of(engine, each)));
  }

  /** Engines that cannot be had here, and why. */
  public static Map<String, String> missing() {
    return MISSING;
  }

  /**
   * What is wrong with the engines: a required one is missing, or one that should work does not.
   */
  static List<String> faults() {
    return FAULTS;
  }

  /** The names in {@code -Drefrain.require}. */
  public static Set<String> required() {
    return names("refrain.require");
  }

  private static Set<String> names(String property) {
    Set<String> names = new TreeSet<>();
    Arrays.stream(System.getProperty(property, "").split(","))
        .map(String::strip)
        .filter(name -> !name.isEmpty())
        .forEach(names::add);
    return names;
  }

  private static void find() {
    List<Engine> installed = new ArrayList<>(Engines.installed());
    installed.sort((a, b) -> Integer.compare(a.rank(), b.rank()));
    Set<String> tried = names("refrain.engines");
    installed.removeIf(engine -> !tried.isEmpty() && !tried.contains(engine.name()));
    for (Engine engine : installed) {
      Engine.Availability availability = engine.availability();
      if (!availability.available()) {
        MISSING.put(engine.name(), availability.reason());
      } else if (engine.name().equals("cpu")) {
        cpuVariants().forEach(TestEngines::tryVariant);
      } else if (CUDA_KERNELS.contains(engine.name())) {
        addCudaKernels(engine);
      } else {
        WORKING.add(new TestEngine(engine.name()));
      }
    }
    for (String name : required()) {
      if (WORKING.stream().noneMatch(engine -> engine.engine().equals(name))) {
        String reason = MISSING.getOrDefault(name, "no engine of that name is installed");
        FAULTS.add("engine '" + name + "' is required, but cannot be had: " + reason);
      }
    }
  }

  /**
   * The fixed rules' choice for all tests, and each way that runs anything for recurrent layers.
   */
  private static void addCudaKernels(Engine engine) {
    String wanted = System.getProperty("refrain.rnn", "");
    if (!wanted.isEmpty() && !engine.variants().contains(wanted)) {
      FAULTS.add("-Drefrain.rnn=" + wanted + " is none of " + engine.variants());
    }
    for (String variant : engine.variants()) {
      TestEngine each = new TestEngine(engine.name(), variant);
      if (variant.equals(CHOSEN_BY_RULES)) {
        WORKING.add(each);
      } else if (wanted.isEmpty() || variant.equals(wanted)) {
        addForced(each, !wanted.isEmpty());
      }
    }
  }

  /**
   * A way that declines a layer which every one should run is missing, and a fault if asked for.
   */
  private static void addForced(TestEngine engine, boolean askedFor) {
    EngineOptions options = EngineOptions.DEFAULT.variant(engine.variant());
    try (Kernels kernels = Engines.open(new Device(engine.engine(), 0), options)) {
      LstmCell cell = new LstmCell(Activation.TANH);
      cell.reserveSize(kernels, CellShape.of(cell, 1, 2, 1, 1, 8));
      FORCED.add(engine);
    } catch (EngineUnavailableException e) {
      MISSING.put(engine.toString(), e.getMessage());
      if (askedFor) {
        FAULTS.add(engine + " is asked for by -Drefrain.rnn, but " + e.getMessage());
      }
    }
  }

  private static List<String> cpuVariants() {
    String forced = System.getProperty("refrain.cpu", "");
    return forced.isEmpty() || forced.equals("auto") ? CPU_VARIANTS : List.of(forced);
  }

  private static void tryVariant(String variant) {
    TestEngine engine = new TestEngine("cpu", variant);
    try {
      engine.open().close();
      WORKING.add(engine);
    } catch (EngineUnavailableException e) {
      MISSING.put(engine.toString(), e.getMessage());
      if (processorHas(variant)) {
        FAULTS.add(engine + " does not open although the processor has it: " + e.getMessage());
      }
    }
  }

  /** Whether Linux says that the processor has all that an instruction set needs. */
  private static boolean processorHas(String variant) {
    Path information = Path.of("/proc/cpuinfo");
    if (!Files.isReadable(information)) {
      return false;
    }
    try (Stream<String> lines = Files.lines(information)) {
      Set<String> flags = new TreeSet<>();
      lines
          .filter(line -> line.startsWith("flags"))
          .findFirst()
          .ifPresent(line -> flags.addAll(List.of(line.split("\\s+"))));
      return flags.containsAll(CPU_FEATURES.getOrDefault(variant, List.of("unknown")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
