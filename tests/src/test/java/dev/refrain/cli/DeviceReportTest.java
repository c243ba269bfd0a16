package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.kernels.Device;
import dev.refrain.kernels.DeviceProperties;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What {@code doctor} says of a device that this machine need not have. */
class DeviceReportTest {
  static final DeviceProperties DEVICE =
      new DeviceProperties(
          new Device("cuda", 1),
          "NVIDIA H200",
          "9.0",
          132,
          150_000_000_000L,
          120_000_000_000L,
          null);
  static final DeviceProperties SILENT =
      DeviceProperties.silent(new Device("cuda", 2), "asking for the device: out of order (46)");

  @Test
  void tellsWhatTheDeviceIs() {
    assertEquals(
        List.of(
            "cuda:1 is  NVIDIA H200, compute capability 9.0, 132 multiprocessors",
            "memory     111.8 of 139.7 GiB free"),
        new DeviceReport(DEVICE).lines());
    Map<String, Object> json = new DeviceReport(DEVICE).toJson();
    assertEquals("cuda:1", json.get("device"));
    assertEquals("9.0", json.get("computeCapability"));
    assertEquals(120_000_000_000L, json.get("freeBytes"));
    assertNull(json.get("fault"));
  }

  @Test
  void aDeviceThatDoesNotAnswerIsShownWithItsFault() {
    assertEquals(
        List.of(
            "cuda:2 is  not answering: asking for the device: out of order (46): see that"
                + " nvidia-smi shows it and who uses it, or hide it with CUDA_VISIBLE_DEVICES"),
        new DeviceReport(SILENT).lines());
    Map<String, Object> json = new DeviceReport(SILENT).toJson();
    assertEquals("cuda:2", json.get("device"));
    assertEquals("asking for the device: out of order (46)", json.get("fault"));
    assertTrue(json.containsKey("freeBytes") && json.get("freeBytes") == null);
  }

  /** Such as one that another program has for itself: it says what it is, and no more. */
  @Test
  void aDeviceThatCannotBeUsedIsNamed() {
    assertEquals(
        List.of(
            "cuda:1 is  NVIDIA H200, compute capability 9.0, 132 multiprocessors",
            "memory     not answering: choosing the CUDA device: busy (46): see that nvidia-smi"
                + " shows it and who uses it, or hide it with CUDA_VISIBLE_DEVICES"),
        new DeviceReport(DEVICE.withFault("choosing the CUDA device: busy (46)")).lines());
  }
}
