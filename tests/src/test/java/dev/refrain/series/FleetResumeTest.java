package dev.refrain.series;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.io.MalformedFileException;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Sgd;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Fleets that are kept on their way, and gone on with. */
class FleetResumeTest {
  /** Windows of different lengths: a launch each. */
  private static final List<Integer> ROWS = List.of(34, 48, 62);

  private static final String FLAT = "flat";
  private static final String SHORT = "short";

  @TempDir private Path folder;

  static Stream<TestEngine> engines() {
    return TestEngines.each().filter(engine -> !engine.engine().equals("reference"));
  }

  @ParameterizedTest
  @MethodSource("engines")
  void goesOnAfterEachLaunchBitForBitAsIfItHadNeverStopped(TestEngine engine) throws IOException {
    for (int ended = 1; ended < ROWS.size(); ended++) {
      Fleet fleet = new Fleet(small().validationRows(0).build());
      goesOnBitForBit(engine, fleet, ended);
    }
  }

  @Test
  void goesOnWithValidationAndEarlyStoppingAsWell() throws IOException {
    Fleet fleet = new Fleet(small().validationRows(9).earlyStopping(3).build());
    goesOnBitForBit(TestEngines.fastest(), fleet, 2);
  }

  /** Stops a fleet once so many of its launches have ended. */
  private void goesOnBitForBit(TestEngine engine, Fleet fleet, int ended) throws IOException {
    Path kept = folder.resolve("kept.safetensors");
    Path whole = folder.resolve("whole.safetensors");
    Path resumed = folder.resolve("resumed.safetensors");
    List<Long> steps = new ArrayList<>();
    try (Kernels kernels = engine.open()) {
      FleetModel never =
          fleet.fit(
              kernels,
              series(),
              progress -> {
                if (progress.stage() == FitProgress.Stage.TRAINING) {
                  steps.add(progress.steps());
                }
              });
      never.save(whole);
      List<Integer> learnt = new ArrayList<>();
      FleetModel stopped =
          fleet
              .keeping(
                  model -> {
                    model.save(kept);
                    learnt.add(model.names().size());
                    if (learnt.size() == ended) {
                      Thread.currentThread().interrupt();
                    }
                  })
              .fit(kernels, series(), progress -> {});
      assertTrue(Thread.interrupted());
      // One more a launch, and the one that is constant.
      assertEquals(ended + 1, learnt.get(ended - 1));
      assertEquals(ended, learnt.size());
      assertEquals(ended + 1, stopped.names().size());
    }
    List<Long> left = new ArrayList<>();
    try (Kernels kernels = engine.open()) {
      FleetModel before = FleetModel.load(kept, kernels);
      assertEquals(List.of(SHORT), List.copyOf(before.failures().keySet()));
      FleetModel model =
          fleet
              .resuming(before)
              .fit(
                  kernels,
                  series(),
                  progress -> {
                    if (progress.stage() == FitProgress.Stage.TRAINING) {
                      left.add(progress.steps());
                    }
                  });
      assertEquals(List.of("shop 0", "shop 1", "shop 2", FLAT), model.names());
      model.save(resumed);
      assertEquals(-1, Files.mismatch(whole, resumed));
      FleetModel done =
          fleet
              .resuming(model)
              .keeping(learnt -> assertFalse(true, "there is nothing left to learn"))
              .fit(kernels, series(), progress -> {});
      assertArrayEquals(model.forecast("shop 2", 5), done.forecast("shop 2", 5), 0);
    }
    long launch = steps.get(0) / ROWS.size();
    assertEquals((ROWS.size() - ended) * launch, left.get(0));
  }

  /** As a kill would, within the first launch, the second, the third. */
  @ParameterizedTest
  @ValueSource(ints = {2, 8, 11, 17})
  void brokenOffWithinALaunchItGoesOnFromItsCheckpoint(int stop) throws IOException {
    Forecaster forecaster = small().validationRows(0).earlyStopping(40).build();
    Path whole = folder.resolve("whole.safetensors");
    Path kept = folder.resolve("kept.safetensors");
    Path resumed = folder.resolve("resumed.safetensors");
    Fleet fleet =
        new Fleet(forecaster)
            .keeping(learnt -> learnt.save(kept))
            .checkpointing(new Checkpoints(folder.resolve("launch.safetensors"), 2));
    try (Kernels kernels = TestEngines.fastest().open()) {
      new Fleet(forecaster).fit(kernels, series(), progress -> {}).save(whole);
      IllegalStateException e =
          assertThrows(
              IllegalStateException.class,
              () -> fleet.fit(kernels, series(), progress -> breakOff(progress, stop)));
      assertEquals("broken off", e.getMessage());
      Fleet rest = Files.exists(kept) ? fleet.resuming(FleetModel.load(kept, kernels)) : fleet;
      List<Long> steps = new ArrayList<>();
      rest.fit(kernels, series(), progress -> steps.add(progress.step())).save(resumed);
      assertEquals(-1, Files.mismatch(whole, resumed));
      // Every second step is kept, and the first that is reported comes after the last one kept.
      int known = stop % 6 / 2 * 2;
      assertTrue(steps.get(0) > known, () -> "the first step is " + steps.get(0));
    }
  }

  private static void breakOff(FitProgress progress, int stop) {
    if (progress.step() >= stop) {
      throw new IllegalStateException("broken off");
    }
  }

  @Test
  void networksOfAllSeriesGoOnFromTheirCheckpointAsWell() throws IOException {
    Forecaster forecaster = small().validationRows(0).steps(20).build();
    Path launch = folder.resolve("launch.safetensors");
    Fleet fleet = new Fleet(forecaster).checkpointing(new Checkpoints(launch, 3));
    try (Kernels kernels = TestEngines.fastest().open()) {
      double[] whole =
          new Fleet(forecaster).fitGlobal(kernels, series(), p -> {}).forecast("shop 1", 5);
      FleetModel stopped =
          fleet.fitGlobal(
              kernels,
              series(),
              progress -> {
                if (progress.step() >= 7) {
                  Thread.currentThread().interrupt();
                }
              });
      assertTrue(Thread.interrupted());
      assertEquals(List.of(), stopped.names());
      List<Long> steps = new ArrayList<>();
      FleetModel model = fleet.fitGlobal(kernels, series(), progress -> steps.add(progress.step()));
      assertArrayEquals(whole, model.forecast("shop 1", 5), 0);
      assertTrue(steps.get(0) > 7, () -> "the first step is " + steps.get(0));
      // Of another fleet it is not read, and of a damaged one it is said.
      FleetModel other = fleet.fitGlobal(kernels, List.of(shop(1)), progress -> {});
      assertArrayEquals(
          new Fleet(forecaster)
              .fitGlobal(kernels, List.of(shop(1)), progress -> {})
              .forecast("shop 1", 5),
          other.forecast("shop 1", 5),
          0);
      Files.write(launch, new byte[50]);
      long before = kernels.allocatedBytes();
      UncheckedIOException e =
          assertThrows(
              UncheckedIOException.class, () -> fleet.fitGlobal(kernels, series(), progress -> {}));
      assertTrue(e.getMessage().contains("launch.safetensors"), e.getMessage());
      assertEquals(before, kernels.allocatedBytes());
    }
  }

  /** One whose loss is no number any more stands still, and the others are kept. */
  @Test
  void aSeriesThatDivergesDoesNotKeepTheOthersFromBeingKept() throws IOException {
    Path launch = folder.resolve("launch.safetensors");
    Forecaster wild =
        small()
            .validationRows(0)
            .window(12)
            .optimizer(new Sgd())
            .learningRate(1e30)
            .clipNorm(0)
            .build();
    try (Kernels kernels = TestEngines.fastest().open()) {
      FleetModel model =
          new Fleet(wild)
              .checkpointing(new Checkpoints(launch, 1))
              .fit(kernels, List.of(shop(0), shop(1)), progress -> {});
      assertEquals(2, model.failures().size());
      assertTrue(Files.exists(launch));
    }
  }

  @Test
  void aFleetInAFileForecastsTheSame() throws IOException {
    Path file = folder.resolve("fleet.safetensors");
    try (Kernels kernels = TestEngines.fastest().open()) {
      FleetModel model = new Fleet(small().build()).fit(kernels, series(), progress -> {});
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
    Forecaster forecaster = small().units(40).window(12).validationRows(0).build();
    try (Kernels kernels = TestEngines.fastest().open()) {
      Fleet fleet =
          new Fleet(forecaster)
              .keeping(
                  learnt -> {
                    learnt.save(all);
                    kept.add(all);
                  });
      FleetModel model = fleet.fitGlobal(kernels, series(), progress -> {});
      new Fleet(forecaster).fitGlobal(kernels, List.of(shop(0)), progress -> {}).save(one);
      assertEquals(List.of(all), kept);
      long network = 4L * 3 * 40 * 42;
      assertTrue(Files.size(all) - Files.size(one) < network);
      assertArrayEquals(
          model.forecast("shop 1", 4), FleetModel.load(all, kernels).forecast("shop 1", 4), 0);
      refused(() -> fleet.resuming(model).fitGlobal(kernels, series(), progress -> {}), "fit anew");
      refused(
          () -> new Fleet(forecaster).resuming(model).fit(kernels, series(), progress -> {}),
          "networks of all series, not of its own");
    }
  }

  @Test
  void anotherSeriesOrOtherSettingsAreRefused() throws IOException {
    try (Kernels kernels = TestEngines.fastest().open()) {
      FleetModel before =
          new Fleet(small().validationRows(0).build())
              .fit(kernels, List.of(shop(0)), progress -> {});
      Fleet same = new Fleet(small().validationRows(0).build()).resuming(before);
      double[][] values = shop(0).rows(0, ROWS.get(0));
      values[3][0]++;
      Series changed = new Series(List.of("shop 0"), values);
      refused(
          () -> same.fit(kernels, List.of(shop(1), changed), progress -> {}),
          "'shop 0'",
          "another series, of 34 rows");
      Series longer = Shops.monthly(0, 35);
      refused(() -> same.fit(kernels, List.of(longer), progress -> {}), "another series");
      Map<String, Forecaster> others =
          Map.of(
              "steps 6, not 7", small().validationRows(0).steps(7).build(),
              "early stopping 0, not 2", small().validationRows(0).earlyStopping(2).build(),
              "units 5, not 4", small().validationRows(0).units(4).build());
      others.forEach(
          (fragment, forecaster) ->
              refused(
                  () ->
                      new Fleet(forecaster)
                          .resuming(before)
                          .fit(kernels, List.of(shop(0)), progress -> {}),
                  fragment));
    }
  }

  @Test
  void whatIsNoFleetIsRefused() throws IOException {
    Path file = folder.resolve("model.safetensors");
    Forecaster forecaster = small().validationRows(0).build();
    try (Kernels kernels = TestEngines.fastest().open()) {
      try (ForecastModel model = forecaster.fit(kernels, shop(0).column(0))) {
        model.save(file);
      }
      MalformedFileException e =
          assertThrows(MalformedFileException.class, () -> FleetModel.load(file, kernels));
      assertTrue(e.getMessage().contains("holds no fleet"), e.getMessage());
      Series tooShort = new Series(List.of(SHORT), new double[][] {{1}, {2}, {4}});
      FleetModel none = new Fleet(forecaster).fit(kernels, List.of(tooShort), progress -> {});
      none.save(file);
      FleetModel loaded = FleetModel.load(file, kernels);
      assertEquals(List.of(), loaded.names());
      assertEquals(none.failures(), loaded.failures());
    }
  }

  @Test
  void whatCannotBeKeptEndsTheTraining() {
    Fleet fleet =
        new Fleet(small().validationRows(0).build())
            .keeping(
                learnt -> {
                  throw new IOException("the disk is full");
                });
    try (Kernels kernels = TestEngines.fastest().open()) {
      UncheckedIOException e =
          assertThrows(
              UncheckedIOException.class, () -> fleet.fit(kernels, series(), progress -> {}));
      assertEquals("the disk is full", e.getCause().getMessage());
      assertEquals(0, kernels.allocatedBytes());
    }
  }

  /** Files are written whole by a thread that is interrupted, too. */
  @Test
  void anInterruptedLaunchListenerStillSaves() throws IOException {
    Path file = folder.resolve("kept.safetensors");
    try (Kernels kernels = TestEngines.fastest().open()) {
      FleetModel model =
          new Fleet(small().validationRows(0).build())
              .keeping(
                  learnt -> {
                    if (!Files.exists(file)) {
                      Thread.currentThread().interrupt();
                    }
                    learnt.save(file);
                  })
              .fit(kernels, series(), progress -> {});
      assertTrue(Thread.interrupted());
      assertEquals(FleetModel.load(file, kernels).names(), model.names());
    }
  }

  private static void refused(Runnable fit, String... fragments) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, fit::run);
    for (String fragment : fragments) {
      assertTrue(e.getMessage().contains(fragment), e.getMessage());
    }
  }

  private static Forecaster.Builder small() {
    return Forecaster.builder().units(5).members(2).season(Shops.SEASON).batch(4).steps(6);
  }

  /** Three that are learnt, one that is constant and one that is too short. */
  private static List<Series> series() {
    Series flat = new Series(List.of(FLAT), new double[40][1]);
    Series tooShort = new Series(List.of(SHORT), new double[][] {{1}, {2}, {4}});
    return List.of(shop(0), shop(1), tooShort, shop(2), flat);
  }

  private static Series shop(int shop) {
    return Shops.monthly(shop, ROWS.get(shop));
  }
}
