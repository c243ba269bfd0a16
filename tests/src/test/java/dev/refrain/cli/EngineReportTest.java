package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.refrain.kernels.Device;
import dev.refrain.kernels.DeviceProperties;
import dev.refrain.kernels.DeviceSoftware;
import dev.refrain.kernels.Engine;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.EngineUnavailableException;
import dev.refrain.kernels.Kernels;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What {@code doctor} says of engines whose device is there and cannot be used. */
class EngineReportTest {
  /** Cannot be opened. */
  private record Broken(boolean promises) implements Engine {
    @Override
    public String name() {
      return "cuda";
    }

    @Override
    public int rank() {
      return 200;
    }

    @Override
    public Availability availability() {
      return new Availability(promises, promises ? "one device: NVIDIA H200" : "no CUDA device");
    }

    @Override
    public List<DeviceProperties> devices() {
      return promises ? List.of(DeviceReportTest.DEVICE, DeviceReportTest.SILENT) : List.of();
    }

    @Override
    public Optional<DeviceSoftware> software() {
      return Optional.of(SoftwareReportTest.software("580.95.05", "13.0"));
    }

    @Override
    public Kernels open(Device device, EngineOptions options) {
      throw new EngineUnavailableException("making a stream: out of memory");
    }
  }

  @Test
  void devicesAreShownThoughTheEngineCannotBeOpened() {
    EngineReport report = EngineReport.examine(new Broken(true));
    assertFalse(report.available());
    List<String> lines = report.lines();
    assertEquals("making a stream: out of memory", lines.get(0));
    assertEquals(
        "cuda:1 is  NVIDIA H200, compute capability 9.0, 132 multiprocessors", lines.get(1));
    assertEquals("cuda:2 is  not answering", lines.get(3).substring(0, 24));
    assertEquals("driver     580.95.05", lines.get(4).substring(0, 20));
    assertEquals(2, ((List<?>) report.toJson().get("devices")).size());
  }

  @Test
  void withoutADeviceTheLibrariesAreShown() {
    EngineReport report = EngineReport.examine(new Broken(false));
    assertEquals("no CUDA device", report.lines().get(0));
    assertEquals("cuBLAS     13.0.2 (wanted: libcublas.so.13)", report.lines().get(3));
    Map<?, ?> software = (Map<?, ?>) report.toJson().get("software");
    assertEquals("580.95.05", software.get("driver"));
    assertEquals(List.of(), report.toJson().get("devices"));
  }
}
