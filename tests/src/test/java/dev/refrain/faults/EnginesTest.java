package dev.refrain.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Device;
import dev.refrain.kernels.Engine;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.EngineUnavailableException;
import dev.refrain.kernels.Engines;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Precision;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A named engine is that engine or an error that says what to do. */
class EnginesTest {

  @Test
  void anUnknownEngineIsNamedBesideThoseThereAre() {
    EngineUnavailableException e =
        assertThrows(EngineUnavailableException.class, () -> Engines.open(new Device("abacus", 0)));
    assertMentions(e, "abacus", "auto");
    Engines.installed().forEach(engine -> assertMentions(e, engine.name()));
  }

  @Test
  void cudaIsSaidToBeMissing() {
    boolean installed = Engines.installed().stream().anyMatch(e -> e.name().equals("cuda"));
    if (!installed) {
      assertMentions(
          assertThrows(EngineUnavailableException.class, () -> Engines.open(Device.parse("cuda"))),
          "the jar refrain-cuda brings cuda");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu:x", "cpu:", "cpu:1:2", "cpu:99999999999", ":0", "", " "})
  void aMalformedDeviceIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> Device.parse(text));
  }

  @Test
  void aNegativeDeviceIsNamed() {
    assertMentions(
        assertThrows(IllegalArgumentException.class, () -> Device.parse("cpu:-1")), "-1");
    assertMentions(
        assertThrows(IllegalArgumentException.class, () -> Device.parse("cpu:one")), "cpu:one");
  }

  @Test
  void devicesReadBackAsWritten() {
    assertEquals(new Device("cuda", 1), Device.parse("cuda:1"));
    assertEquals("cuda:1", Device.parse("cuda:1").toString());
    assertEquals("cpu", Device.parse("cpu:0").toString());
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#each")
  void aDeviceBeyondTheLastIsNamed(TestEngine engine) {
    Device beyond = new Device(engine.engine(), 4711);
    assertMentions(
        assertThrows(EngineUnavailableException.class, () -> Engines.open(beyond)), "4711");
  }

  @ParameterizedTest
  @CsvSource({"reference,TF32", "reference,BF16", "cpu,TF32", "cpu,BF16", "cpu,FP64"})
  void aPrecisionThatAnEngineLacksIsNamed(String name, Precision lacking) {
    TestEngine engine =
        TestEngines.each().filter(e -> e.engine().equals(name)).findFirst().orElse(null);
    Assumptions.assumeTrue(engine != null, () -> name + " is not here");
    EngineOptions options = EngineOptions.DEFAULT.precision(lacking);
    assertMentions(
        assertThrows(EngineUnavailableException.class, () -> engine.open(options)), lacking.name());
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#each")
  void aVariantThatAnEngineLacksIsNamed(TestEngine engine) {
    EngineOptions options = EngineOptions.DEFAULT.variant("abacus");
    Device device = new Device(engine.engine(), 0);
    assertMentions(
        assertThrows(EngineUnavailableException.class, () -> Engines.open(device, options)),
        "abacus");
  }

  @Test
  void autoTakesTheFastestThatWorks() {
    String fastest =
        Engines.installed().stream()
            .filter(engine -> engine.availability().available())
            .max(Comparator.comparingInt(Engine::rank))
            .orElseThrow()
            .name();
    try (Kernels kernels = Engines.open(Device.AUTO)) {
      assertEquals(fastest, kernels.device().engine());
    }
  }

  @Test
  void everyEngineSaysWhyItIsThereOrNot() {
    List<Engine> engines = Engines.installed();
    for (Engine engine : engines) {
      assertTrue(engine.availability().reason().length() > 10, engine.name());
    }
  }

  @Test
  void optionsOutOfRangeAreNamed() {
    EngineOptions defaults = EngineOptions.DEFAULT;
    assertMentions(
        assertThrows(IllegalArgumentException.class, () -> defaults.threads(-3)), "-3", "threads");
    assertMentions(
        assertThrows(IllegalArgumentException.class, () -> defaults.memoryLimitBytes(-4)),
        "-4",
        "memoryLimitBytes");
    for (double fraction : new double[] {0, -0.5, 1.5, Double.NaN}) {
      assertMentions(
          assertThrows(IllegalArgumentException.class, () -> defaults.memoryFraction(fraction)),
          Double.toString(fraction),
          "memoryFraction");
    }
  }

  private static void assertMentions(RuntimeException e, String... parts) {
    for (String part : parts) {
      assertTrue(
          String.valueOf(e.getMessage()).contains(part),
          () -> "'" + e.getMessage() + "' does not mention " + part);
    }
  }
}
