package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.refrain.kernels.Device;
import dev.refrain.kernels.DeviceProperties;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What {@code doctor} says of a device that this machine need not have. */
class DeviceReportTest {
  private static final DeviceProperties DEVICE =
      new DeviceProperties(
          new Device("cuda", 1),
          "NVIDIA H200",
          "9.0",
          132,
          "13.1",
          "13.0",
          null,
          "13.0.2",
          150_000_000_000L,
          120_000_000_000L);

  @Test
  void namesWhatIsThereAndTheMendForWhatIsNot() {
    assertEquals(
        List.of(
            "cuda:1 is  NVIDIA H200, compute capability 9.0, 132 multiprocessors",
            "memory     111.8 of 139.7 GiB free",
            "driver     knows CUDA 13.1",
            "runtime    CUDA 13.0",
            "cuBLAS     13.0.2 (wanted: libcublas.so.13)",
            "cuDNN      not found (wanted: libcudnn.so.9): Refrain's own kernels do its work; to"
                + " have it, install cuDNN, or name its file with REFRAIN_CUDNN_LIBRARY"),
        new DeviceReport(DEVICE).lines());
  }

  @Test
  void jsonHoldsTheSame() {
    Map<String, Object> json = new DeviceReport(DEVICE).toJson();
    assertEquals("cuda:1", json.get("device"));
    assertEquals("9.0", json.get("computeCapability"));
    assertEquals(120_000_000_000L, json.get("freeBytes"));
    Map<?, ?> libraries = (Map<?, ?>) json.get("libraries");
    Map<?, ?> cublas = (Map<?, ?>) libraries.get("cuBLAS");
    assertEquals("13.0.2", cublas.get("found"));
    assertNull(cublas.get("mend"));
    Map<?, ?> cudnn = (Map<?, ?>) libraries.get("cuDNN");
    assertEquals("libcudnn.so.9", cudnn.get("wanted"));
    assertNull(cudnn.get("found"));
  }
}
