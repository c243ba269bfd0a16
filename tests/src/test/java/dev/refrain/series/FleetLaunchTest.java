package dev.refrain.series;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.io.SafetensorsFile;
import dev.refrain.io.SafetensorsWriter;
import dev.refrain.io.TensorInfo;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Launches of fleets that were under way when a run was broken off. */
class FleetLaunchTest {
  /** Of {@link Shops#small()}. */
  private static final int STEPS = 6;

  @TempDir private Path folder;

  private Path launch;

  @BeforeEach
  void name() {
    launch = folder.resolve("launch.safetensors");
  }

  private static Forecaster.Builder small() {
    return Shops.small().members(1).validationRows(0);
  }

  /** Breaks a fleet off, as a kill would. */
  private void breakOff(Kernels kernels, Forecaster forecaster, List<Series> series, int step) {
    Fleet fleet = new Fleet(forecaster).checkpointing(new Checkpoints(launch, 2));
    assertThrows(
        IllegalStateException.class,
        () ->
            fleet.fit(
                kernels,
                series,
                progress -> {
                  if (progress.step() >= step) {
                    throw new IllegalStateException("broken off");
                  }
                }));
  }

  /**
   * It had been halved, where memory was short, and the first half was not kept: a run that goes on
   * would cut its launches otherwise, and still begins with the one that was under way.
   */
  @Test
  void aHalvedLaunchGoesOnWhereItStood() throws IOException {
    Forecaster forecaster = small().window(12).build();
    List<Series> series = IntStream.range(0, 40).mapToObj(i -> Shops.monthly(i, 60)).toList();
    TestEngine engine = TestEngines.fastest();
    Path whole = folder.resolve("whole.safetensors");
    Path resumed = folder.resolve("resumed.safetensors");
    long[] bytes = new long[1];
    try (Kernels kernels = engine.open()) {
      new Fleet(forecaster)
          .fit(kernels, series, progress -> bytes[0] = kernels.allocatedBytes())
          .save(whole);
    }
    long tooFew = bytes[0] * 3 / 4;
    try (Kernels little = engine.open(EngineOptions.DEFAULT.memoryLimitBytes(tooFew))) {
      breakOff(little, forecaster, series, STEPS + 4);
    }
    try (Kernels kernels = engine.open()) {
      List<FitProgress> heard = new ArrayList<>();
      new Fleet(forecaster)
          .checkpointing(new Checkpoints(launch, 2))
          .fit(kernels, series, heard::add)
          .save(resumed);
      assertTrue(heard.get(0).step() > 2, () -> "the first step is " + heard.get(0).step());
      assertTrue(heard.get(0).networks() < 40, () -> heard.get(0).networks() + " networks");
      assertEquals(-1, Files.mismatch(whole, resumed));
    }
  }

  @Test
  void otherSettingsAndOtherValuesAreRefusedWhereOnlyALaunchWasKept() throws IOException {
    List<Series> series = List.of(Shops.shop(0), Shops.shop(1));
    try (Kernels kernels = TestEngines.fastest().open()) {
      breakOff(kernels, small().build(), series, 3);
      byte[] kept = Files.readAllBytes(launch);
      refused(kernels, small().steps(7), series, "'shop 0'", "steps 6, not 7");
      refused(kernels, small().seed(9), series, "seed", "not 9");
      double[][] values = Shops.shop(0).rows(0, Shops.ROWS.get(0));
      values[3][0]++;
      Series changed = new Series(List.of("shop 0"), values);
      refused(kernels, small(), List.of(Shops.shop(1), changed), "'shop 0'", "another series");
      IllegalArgumentException global =
          assertThrows(
              IllegalArgumentException.class,
              () -> keeping(small()).fitGlobal(kernels, series, progress -> {}));
      assertTrue(global.getMessage().contains("networks of its own, not of all series"));
      assertArrayEquals(kept, Files.readAllBytes(launch));
      // Of series that are not given any more the launch would be written over.
      refused(
          kernels, small(), List.of(Shops.shop(2)), "'shop 0' is not among", "delete that file");
      assertArrayEquals(kept, Files.readAllBytes(launch));
      // What is learnt already is no loss, given or not.
      FleetModel known = new Fleet(small().build()).fit(kernels, series, progress -> {});
      FleetModel left =
          keeping(small()).resuming(known).fit(kernels, List.of(Shops.shop(2)), progress -> {});
      assertEquals(List.of("shop 2"), left.names());
    }
  }

  /** Half of it on one engine and half on another: then its bits are those of neither. */
  @Test
  void aLaunchThatWentOnElsewhereNamesAllEnginesAndFilesOfEarlierVersionsGoOn() throws IOException {
    List<Series> series = List.of(Shops.shop(0));
    try (Kernels kernels = TestEngines.fastest().open()) {
      breakOff(kernels, small().build(), series, 3);
      rewrite(
          launch,
          config -> {
            assertEquals("none", config.remove("launch.0.training.setting.bounds"));
            config.put("launch.engines", "cuda kernels float32");
          });
      for (int stop : new int[] {5, STEPS + 1}) {
        Resumed resumed = new Resumed();
        FleetModel model =
            keeping(small())
                .keeping(resumed)
                .fit(
                    kernels,
                    series,
                    progress -> {
                      if (progress.step() >= stop) {
                        Thread.currentThread().interrupt();
                      }
                    });
        assertEquals(stop < STEPS, Thread.interrupted());
        assertTrue(resumed.step > 0, "it began anew");
        String now = Checkpoint.engineOf(kernels);
        String before = "cuda kernels float32" + (stop < STEPS ? "" : " and " + now);
        assertEquals(before, resumed.engines);
        if (stop > STEPS) {
          assertEquals("cuda kernels float32 and " + now, model.engine());
        }
      }
    }
  }

  /** Nobody hears that a launch goes on which does not. */
  @Test
  void aLaunchOfOtherTransformationsOrTooLargeANumberOfNetworksIsTrainedAnew() throws IOException {
    Forecaster.Builder forecaster = small().window(12);
    List<Series> series = IntStream.range(0, 40).mapToObj(i -> Shops.monthly(i, 60)).toList();
    TestEngine engine = TestEngines.fastest();
    long[] bytes = new long[1];
    try (Kernels kernels = engine.open()) {
      new Fleet(forecaster.build())
          .fit(kernels, series, progress -> bytes[0] = kernels.allocatedBytes());
      breakOff(kernels, forecaster.build(), series, 3);
    }
    byte[] kept = Files.readAllBytes(launch);
    try (Kernels little = engine.open(EngineOptions.DEFAULT.memoryLimitBytes(bytes[0] * 3 / 4))) {
      requireAnew(little, forecaster, series);
    }
    Files.write(launch, kept);
    try (Kernels kernels = engine.open()) {
      Resumed resumed = new Resumed();
      keeping(forecaster).keeping(resumed).fit(kernels, series, progress -> {});
      assertTrue(resumed.step > 0, "it began anew");
      Files.write(launch, kept);
      rewrite(launch, config -> config.put("launch.0.transformations", "[none, log]"));
      requireAnew(kernels, forecaster, series);
    }
  }

  private void requireAnew(Kernels kernels, Forecaster.Builder forecaster, List<Series> series) {
    Resumed resumed = new Resumed();
    FleetModel model = keeping(forecaster).keeping(resumed).fit(kernels, series, progress -> {});
    assertEquals(series.size(), model.names().size());
    assertEquals(0, resumed.step);
  }

  /** Writes a file with other remarks, all else as it is. */
  private static void rewrite(Path file, Consumer<Map<String, String>> change) throws IOException {
    String prefix = "config.";
    SafetensorsWriter writer = new SafetensorsWriter();
    try (SafetensorsFile old = SafetensorsFile.open(file)) {
      Map<String, String> config = new HashMap<>();
      old.metadata()
          .forEach(
              (key, text) -> {
                if (key.startsWith(prefix)) {
                  config.put(key.substring(prefix.length()), text);
                } else if (!key.equals(SafetensorsWriter.CHECKSUM)) {
                  writer.metadata(key, text);
                }
              });
      change.accept(config);
      config.forEach((key, text) -> writer.metadata(prefix + key, text));
      for (TensorInfo each : old.tensors()) {
        switch (each.type()) {
          case F32 -> writer.floats(each.name(), each.shape(), old.floats(each.name()));
          case F64 -> writer.doubles(each.name(), each.shape(), old.doubles(each.name()));
          case I32 -> writer.ints(each.name(), each.shape(), old.ints(each.name()));
          case I64 -> writer.longs(each.name(), each.shape(), old.longs(each.name()));
        }
      }
    }
    writer.write(file);
  }

  /** What is said of a launch that is gone on with. */
  private static final class Resumed implements FleetListener {
    private String engines;
    private long step;

    @Override
    public void onLaunch(FleetModel learnt) {}

    @Override
    public void onResumedLaunch(String newEngines, long newStep) {
      engines = newEngines;
      step = newStep;
    }
  }

  private Fleet keeping(Forecaster.Builder forecaster) {
    return new Fleet(forecaster.build()).checkpointing(new Checkpoints(launch, 2));
  }

  private void refused(
      Kernels kernels, Forecaster.Builder forecaster, List<Series> series, String... fragments) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> keeping(forecaster).fit(kernels, series, progress -> {}));
    for (String fragment : fragments) {
      assertTrue(e.getMessage().contains(fragment), e.getMessage());
    }
  }

  /** Which bits to expect of a fleet is told by all engines that it was trained on. */
  @Test
  void aFleetThatWentOnElsewhereNamesBothEngines() throws IOException {
    Path file = folder.resolve("fleet.safetensors");
    Forecaster forecaster = small().build();
    String first;
    try (Kernels kernels = TestEngine.openJudge()) {
      FleetModel model = new Fleet(forecaster).fit(kernels, List.of(Shops.shop(0)), progress -> {});
      first = model.engine();
      model.save(file);
    }
    try (Kernels kernels = TestEngines.fastest().open()) {
      FleetModel both =
          new Fleet(forecaster)
              .resuming(FleetModel.load(file, kernels))
              .fit(kernels, List.of(Shops.shop(0), Shops.shop(1)), progress -> {});
      both.save(file);
      String second = FleetModel.load(file, kernels).engine();
      assertTrue(second.startsWith(first + " and "), second);
      assertEquals(both.engine(), second);
    }
  }

  @Test
  void whatWouldTakeTooMuchOfTheTimeIsLeftOut() {
    int[] kept = new int[2];
    KeepingPace sparing = new KeepingPace(1e-9);
    KeepingPace each = new KeepingPace(1);
    for (int i = 0; i < 5; i++) {
      sparing.keep(() -> kept[0]++);
      each.keep(() -> kept[1]++);
    }
    assertArrayEquals(new int[] {1, 5}, kept);
    assertThrows(IllegalArgumentException.class, () -> new Checkpoints(launch, 1, 0));
  }
}
