package dev.refrain.series;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
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
  @TempDir private Path folder;

  static Stream<TestEngine> engines() {
    return TestEngines.each().filter(engine -> !engine.engine().equals("reference"));
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("engines")
  void goesOnAfterEachLaunchBitForBitAsIfItHadNeverStopped(TestEngine engine) throws IOException {
    for (int ended = 1; ended < Shops.ROWS.size(); ended++) {
      Fleet fleet = new Fleet(Shops.small().validationRows(0).build());
      goesOnBitForBit(engine, fleet, ended);
    }
  }

  @Test
  void goesOnWithValidationAndEarlyStoppingAsWell() throws IOException {
    Fleet fleet = new Fleet(Shops.small().validationRows(9).earlyStopping(3).build());
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
              Shops.few(),
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
              .fit(kernels, Shops.few(), progress -> {});
      assertTrue(Thread.interrupted());
      // One more a launch, and the one that is constant.
      assertEquals(ended + 1, learnt.get(ended - 1));
      assertEquals(ended, learnt.size());
      assertEquals(ended + 1, stopped.names().size());
    }
    List<Long> left = new ArrayList<>();
    try (Kernels kernels = engine.open()) {
      FleetModel before = FleetModel.load(kept, kernels);
      assertEquals(List.of(Shops.SHORT), List.copyOf(before.failures().keySet()));
      FleetModel model =
          fleet
              .resuming(before)
              .fit(
                  kernels,
                  Shops.few(),
                  progress -> {
                    if (progress.stage() == FitProgress.Stage.TRAINING) {
                      left.add(progress.steps());
                    }
                  });
      assertEquals(List.of("shop 0", "shop 1", "shop 2", Shops.FLAT), model.names());
      model.save(resumed);
      assertEquals(-1, Files.mismatch(whole, resumed));
      FleetModel done =
          fleet
              .resuming(model)
              .keeping(learnt -> assertFalse(true, "there is nothing left to learn"))
              .fit(kernels, Shops.few(), progress -> {});
      assertArrayEquals(model.forecast("shop 2", 5), done.forecast("shop 2", 5), 0);
    }
    long launch = steps.get(0) / Shops.ROWS.size();
    assertEquals((Shops.ROWS.size() - ended) * launch, left.get(0));
  }

  /** As a kill would, within the first launch, the second, the third. */
  @ParameterizedTest
  @ValueSource(ints = {2, 8, 11, 17})
  void brokenOffWithinALaunchItGoesOnFromItsCheckpoint(int stop) throws IOException {
    Forecaster forecaster = Shops.small().validationRows(0).earlyStopping(40).build();
    Path whole = folder.resolve("whole.safetensors");
    Path kept = folder.resolve("kept.safetensors");
    Path resumed = folder.resolve("resumed.safetensors");
    Fleet fleet =
        new Fleet(forecaster)
            .keeping(learnt -> learnt.save(kept))
            .checkpointing(new Checkpoints(folder.resolve("launch.safetensors"), 2));
    try (Kernels kernels = TestEngines.fastest().open()) {
      new Fleet(forecaster).fit(kernels, Shops.few(), progress -> {}).save(whole);
      IllegalStateException e =
          assertThrows(
              IllegalStateException.class,
              () -> fleet.fit(kernels, Shops.few(), progress -> breakOff(progress, stop)));
      assertEquals("broken off", e.getMessage());
      Fleet rest = Files.exists(kept) ? fleet.resuming(FleetModel.load(kept, kernels)) : fleet;
      List<Long> steps = new ArrayList<>();
      rest.fit(kernels, Shops.few(), progress -> steps.add(progress.step())).save(resumed);
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
    Forecaster forecaster = Shops.small().validationRows(0).steps(20).build();
    Path launch = folder.resolve("launch.safetensors");
    Fleet fleet = new Fleet(forecaster).checkpointing(new Checkpoints(launch, 3));
    try (Kernels kernels = TestEngines.fastest().open()) {
      double[] whole =
          new Fleet(forecaster).fitGlobal(kernels, Shops.few(), p -> {}).forecast("shop 1", 5);
      FleetModel stopped =
          fleet.fitGlobal(
              kernels,
              Shops.few(),
              progress -> {
                if (progress.step() >= 7) {
                  Thread.currentThread().interrupt();
                }
              });
      assertTrue(Thread.interrupted());
      assertEquals(List.of(), stopped.names());
      assertEquals(List.of("shop 0", "shop 1", "shop 2", Shops.FLAT), stopped.interrupted());
      List<Long> steps = new ArrayList<>();
      FleetModel model =
          fleet.fitGlobal(kernels, Shops.few(), progress -> steps.add(progress.step()));
      assertArrayEquals(whole, model.forecast("shop 1", 5), 0);
      assertTrue(steps.get(0) > 7, () -> "the first step is " + steps.get(0));
      // Of another fleet and of a damaged one it is said.
      refused(
          () -> fleet.fitGlobal(kernels, List.of(Shops.shop(1)), progress -> {}),
          "4 series, which are not the 1 given now");
      Files.write(launch, new byte[50]);
      long before = kernels.allocatedBytes();
      UncheckedIOException e =
          assertThrows(
              UncheckedIOException.class,
              () -> fleet.fitGlobal(kernels, Shops.few(), progress -> {}));
      assertTrue(e.getMessage().contains("launch.safetensors"), e.getMessage());
      assertEquals(before, kernels.allocatedBytes());
    }
  }

  /** What an interrupted validation would have chosen is not known, so that there is no launch. */
  @Test
  void anInterruptedValidationLeavesTheCheckpointOfALaunchAsItIs() throws IOException {
    Fleet plain = new Fleet(Shops.small().validationRows(9).build());
    Path launch = folder.resolve("launch.safetensors");
    Path whole = folder.resolve("whole.safetensors");
    Path resumed = folder.resolve("resumed.safetensors");
    Fleet fleet = plain.checkpointing(new Checkpoints(launch, 2));
    try (Kernels kernels = TestEngines.fastest().open()) {
      plain.fit(kernels, Shops.few(), progress -> {}).save(whole);
      fleet.fit(kernels, Shops.few(), progress -> interrupt(progress, FitProgress.Stage.TRAINING));
      assertTrue(Thread.interrupted());
      byte[] kept = Files.readAllBytes(launch);
      fleet.fit(
          kernels, Shops.few(), progress -> interrupt(progress, FitProgress.Stage.VALIDATION));
      assertTrue(Thread.interrupted());
      assertArrayEquals(kept, Files.readAllBytes(launch));
      FleetModel model = fleet.fit(kernels, Shops.few(), progress -> {});
      model.save(resumed);
      assertEquals(List.of(), model.interrupted());
      assertEquals(-1, Files.mismatch(whole, resumed));
    }
  }

  private static void interrupt(FitProgress progress, FitProgress.Stage in) {
    if (progress.stage() == in && progress.step() >= 2) {
      Thread.currentThread().interrupt();
    }
  }

  /** One whose loss is no number any more stands still, and the others are kept. */
  @Test
  void aSeriesThatDivergesDoesNotKeepTheOthersFromBeingKept() throws IOException {
    Path launch = folder.resolve("launch.safetensors");
    Forecaster wild =
        Shops.small()
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
              .keeping(learnt -> assertFalse(true, "there is nothing to keep"))
              .fit(kernels, List.of(Shops.shop(0), Shops.shop(1)), progress -> {});
      assertEquals(2, model.failures().size());
      assertEquals(List.of(), model.interrupted());
      assertTrue(Files.exists(launch));
    }
  }

  @Test
  void anotherSeriesOrOtherSettingsAreRefused() throws IOException {
    try (Kernels kernels = TestEngines.fastest().open()) {
      FleetModel before =
          new Fleet(Shops.small().validationRows(0).build())
              .fit(kernels, List.of(Shops.shop(0)), progress -> {});
      Fleet same = new Fleet(Shops.small().validationRows(0).build()).resuming(before);
      double[][] values = Shops.shop(0).rows(0, Shops.ROWS.get(0));
      values[3][0]++;
      Series changed = new Series(List.of("shop 0"), values);
      refused(
          () -> same.fit(kernels, List.of(Shops.shop(1), changed), progress -> {}),
          "'shop 0'",
          "another series, of 34 rows");
      Series longer = Shops.monthly(0, 35);
      refused(() -> same.fit(kernels, List.of(longer), progress -> {}), "another series");
      Map<String, Forecaster> others =
          Map.of(
              "steps 6, not 7", Shops.small().validationRows(0).steps(7).build(),
              "early stopping 0, not 2", Shops.small().validationRows(0).earlyStopping(2).build(),
              "units 5, not 4", Shops.small().validationRows(0).units(4).build());
      others.forEach(
          (fragment, forecaster) ->
              refused(
                  () ->
                      new Fleet(forecaster)
                          .resuming(before)
                          .fit(kernels, List.of(Shops.shop(0)), progress -> {}),
                  fragment));
    }
  }

  @Test
  void whatCannotBeKeptEndsTheTraining() {
    Fleet fleet =
        new Fleet(Shops.small().validationRows(0).build())
            .keeping(
                learnt -> {
                  throw new IOException("the disk is full");
                });
    try (Kernels kernels = TestEngines.fastest().open()) {
      UncheckedIOException e =
          assertThrows(
              UncheckedIOException.class, () -> fleet.fit(kernels, Shops.few(), progress -> {}));
      assertEquals("the disk is full", e.getCause().getMessage());
      assertEquals(0, kernels.allocatedBytes());
    }
  }

  /** Files are written whole by a thread that is interrupted, and read by it, too. */
  @Test
  void anInterruptedLaunchListenerStillSaves() throws IOException {
    Path file = folder.resolve("kept.safetensors");
    try (Kernels kernels = TestEngines.fastest().open()) {
      FleetModel model =
          new Fleet(Shops.small().validationRows(0).build())
              .keeping(
                  learnt -> {
                    if (!Files.exists(file)) {
                      Thread.currentThread().interrupt();
                    }
                    learnt.save(file);
                  })
              .fit(kernels, Shops.few(), progress -> {});
      List<String> kept = FleetModel.load(file, kernels).names();
      assertTrue(Thread.interrupted(), "the status was lost");
      assertEquals(kept, model.names());
    }
  }

  private static void refused(Runnable fit, String... fragments) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, fit::run);
    for (String fragment : fragments) {
      assertTrue(e.getMessage().contains(fragment), e.getMessage());
    }
  }
}
