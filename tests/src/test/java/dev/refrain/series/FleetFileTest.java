package dev.refrain.series;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngines;
import dev.refrain.io.MalformedFileException;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.Checkpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fleets in files. */
class FleetFileTest {
  @TempDir private Path folder;

  @Test
  void aFleetInAFileForecastsTheSame() throws IOException {
    Path file = folder.resolve("fleet.safetensors");
    try (Kernels kernels = TestEngines.fastest().open()) {
      FleetModel model = new Fleet(Shops.small().build()).fit(kernels, Shops.few(), progress -> {});
      model.save(file);
      FleetModel loaded = FleetModel.load(file, kernels);
      assertEquals(model.names(), loaded.names());
      assertEquals(model.failures(), loaded.failures());
      assertEquals(model.engine(), loaded.engine());
      for (String name : model.names()) {
        try (ForecastModel own = model.model(name);
            ForecastModel same = loaded.model(name)) {
          assertArrayEquals(own.forecast(7), same.forecast(7), 0);
          assertArrayEquals(own.predict(7, 0.8).upper(), same.predict(7, 0.8).upper());
          assertEquals(own.timeOf(2), same.timeOf(2));
          assertEquals(own.steps(), same.steps());
        }
      }
    }
  }

  @Test
  void networksThatSeriesShareAreInTheFileOnce() throws IOException {
    Path one = folder.resolve("one.safetensors");
    Path all = folder.resolve("all.safetensors");
    List<Path> kept = new ArrayList<>();
    Forecaster forecaster = Shops.small().units(40).window(12).validationRows(0).build();
    try (Kernels kernels = TestEngines.fastest().open()) {
      Fleet fleet =
          new Fleet(forecaster)
              .keeping(
                  learnt -> {
                    learnt.save(all);
                    kept.add(all);
                  });
      FleetModel model = fleet.fitGlobal(kernels, Shops.few(), progress -> {});
      new Fleet(forecaster).fitGlobal(kernels, List.of(Shops.shop(0)), progress -> {}).save(one);
      assertEquals(List.of(all), kept);
      long network = 4L * 3 * 40 * 42;
      assertTrue(Files.size(all) - Files.size(one) < network);
      assertArrayEquals(
          model.forecast("shop 1", 4), FleetModel.load(all, kernels).forecast("shop 1", 4), 0);
      refused(
          () -> fleet.resuming(model).fitGlobal(kernels, Shops.few(), progress -> {}), "fit anew");
      refused(
          () -> new Fleet(forecaster).resuming(model).fit(kernels, Shops.few(), progress -> {}),
          "networks of all series, not of its own");
    }
  }

  @Test
  void whatIsNoFleetIsRefused() throws IOException {
    Path file = folder.resolve("model.safetensors");
    Forecaster forecaster = Shops.small().validationRows(0).build();
    try (Kernels kernels = TestEngines.fastest().open()) {
      try (ForecastModel model = forecaster.fit(kernels, Shops.shop(0).column(0))) {
        model.save(file);
      }
      MalformedFileException e =
          assertThrows(MalformedFileException.class, () -> FleetModel.load(file, kernels));
      assertTrue(e.getMessage().contains("holds no fleet"), e.getMessage());
      List<Series> tooShort =
          Stream.of("z", Shops.SHORT, "b 2", "a", "0.1")
              .map(name -> new Series(List.of(name), new double[][] {{1}, {2}, {4}}))
              .toList();
      FleetModel none = new Fleet(forecaster).fit(kernels, tooShort, progress -> {});
      none.save(file);
      FleetModel loaded = FleetModel.load(file, kernels);
      assertEquals(List.of(), loaded.names());
      assertEquals(
          List.copyOf(none.failures().entrySet()), List.copyOf(loaded.failures().entrySet()));
    }
  }

  /** Whole by its checksum, and yet not what a fleet has written. */
  @Test
  void contentThatDoesNotFitIsNamed() throws IOException {
    Path file = folder.resolve("fleet.safetensors");
    try (Kernels kernels = TestEngines.fastest().open()) {
      new Fleet(Shops.small().validationRows(0).build())
          .fit(kernels, List.of(Shops.shop(0)), progress -> {})
          .save(file);
      Checkpoint whole = Checkpoint.load(file);
      Map<String, String> changes =
          Map.of(
              "fleet.0.networks", "network 7",
              "fleet.0.name", "nothing of 'name'",
              "fleet.0.variants", "'variants'",
              "fleet.series", "'fleet.series'",
              "fleet.engine", "'fleet.engine'");
      changes.forEach(
          (key, words) -> {
            Map<String, String> config = new HashMap<>(whole.config());
            if (key.endsWith("networks")) {
              config.put(key, "0 7");
            } else {
              config.remove(key);
            }
            MalformedFileException e =
                assertThrows(
                    MalformedFileException.class,
                    () -> {
                      Checkpoint.save(
                          file,
                          kernels,
                          whole.spec(),
                          List.of(whole.parameters(0), whole.parameters(1)),
                          config);
                      FleetModel.load(file, kernels);
                    });
            assertTrue(e.getMessage().contains(words), e.getMessage());
          });
      assertThrows(IndexOutOfBoundsException.class, () -> whole.parameters(2));
      refused(() -> save(file, kernels, whole, List.of(new float[3])), "3 parameters are given");
      refused(() -> save(file, kernels, whole, List.of()), "no networks to save");
    }
  }

  /** They name one engine for all series, and failures by the names of their series. */
  @Test
  void filesOfEarlierVersionsAreRead() throws IOException {
    Path file = folder.resolve("fleet.safetensors");
    try (Kernels kernels = TestEngines.fastest().open()) {
      FleetModel model =
          new Fleet(Shops.small().members(1).validationRows(0).build())
              .fit(kernels, List.of(Shops.shop(0)), progress -> {});
      model.save(file);
      Checkpoint now = Checkpoint.load(file);
      Map<String, String> config = new HashMap<>(now.config());
      assertEquals(config.get("fleet.engine"), config.remove("fleet.0.engine"));
      config.put("fleet.engine", "cuda ada float32");
      config.put("fleet.failure.shop 7.5", "it has 3 rows");
      Checkpoint.save(file, kernels, now.spec(), List.of(now.parameters(0)), config);
      FleetModel loaded = FleetModel.load(file, kernels);
      assertEquals("cuda ada float32", loaded.engine());
      assertEquals(Map.of("shop 7.5", "it has 3 rows"), loaded.failures());
      assertArrayEquals(model.forecast("shop 0", 3), loaded.forecast("shop 0", 3), 0);
    }
  }

  private static void save(Path file, Kernels kernels, Checkpoint like, List<float[]> networks) {
    try {
      Checkpoint.save(file, kernels, like.spec(), networks, Map.of());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void refused(Runnable fit, String... fragments) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, fit::run);
    for (String fragment : fragments) {
      assertTrue(e.getMessage().contains(fragment), e.getMessage());
    }
  }
}
