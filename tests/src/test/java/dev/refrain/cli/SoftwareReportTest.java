package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.refrain.kernels.DeviceSoftware;
import dev.refrain.kernels.NvidiaLibrary;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What {@code doctor} says of drivers and libraries that this machine need not have. */
class SoftwareReportTest {
  private static final DeviceSoftware.Library CUBLAS =
      new DeviceSoftware.Library(NvidiaLibrary.CUBLAS, "13.0.2", null);
  private static final DeviceSoftware.Library NO_CUDNN =
      new DeviceSoftware.Library(NvidiaLibrary.CUDNN, null, "cannot open libcudnn.so.9");

  static DeviceSoftware software(String driver, String driverCuda) {
    return new DeviceSoftware(driver, driverCuda, "13.0", List.of(CUBLAS, NO_CUDNN));
  }

  private static String driver(String driver, String driverCuda) {
    return new SoftwareReport(software(driver, driverCuda)).lines().get(0);
  }

  @Test
  void namesWhatIsThereAndTheMendForWhatIsNot() {
    assertEquals(
        List.of(
            "driver     580.95.05, knows CUDA 13.0 (wanted: 580 or later)",
            "runtime    CUDA 13.0",
            "cuBLAS     13.0.2 (wanted: libcublas.so.13)",
            "cuDNN      not found (wanted: libcudnn.so.9): cannot open libcudnn.so.9; Refrain's own"
                + " kernels do its work; to have it, install cuDNN, or name its file with"
                + " REFRAIN_CUDNN_LIBRARY"),
        new SoftwareReport(software("580.95.05", "13.0")).lines());
  }

  @Test
  void theDriverIsNamedAsFarAsItIsKnown() {
    assertEquals(
        "driver     570.172.08, knows CUDA 12.8 (wanted: 580 or later): install a newer one: it does"
            + " not know CUDA 13.0",
        driver("570.172.08", "12.8"));
    assertEquals(
        "driver     of an unknown release, knows CUDA 13.1 (wanted: 580 or later)",
        driver(null, "13.1"));
    assertEquals(
        "driver     not found (wanted: 580 or later): install NVIDIA's driver, and see that"
            + " nvidia-smi shows a device",
        driver(null, null));
  }

  @Test
  void whereNobodyLookedThatIsSaid() {
    DeviceSoftware unseen = new DeviceSoftware(null, null, null, List.of(NO_CUDNN));
    List<String> lines = new SoftwareReport(unseen).lines();
    assertEquals(
        "driver     wanted: 580 or later; not looked for without the engine's own library",
        lines.get(0));
    assertEquals("runtime    not built", lines.get(1));
  }

  /** A machine without a device does not load it, but it is there. */
  @Test
  void whatAJarBringsIsNotMissing() {
    String reason = "it lies in redist.jar, and is loaded where there is a device";
    DeviceSoftware.Library cudnn =
        new DeviceSoftware.Library(NvidiaLibrary.CUDNN, null, reason, "redist.jar");
    SoftwareReport report =
        new SoftwareReport(new DeviceSoftware(null, null, "13.0", List.of(cudnn)));
    assertEquals("cuDNN      not loaded (wanted: libcudnn.so.9): " + reason, report.lines().get(2));
    Map<?, ?> json = (Map<?, ?>) ((Map<?, ?>) report.toJson().get("libraries")).get("cuDNN");
    assertEquals("redist.jar", json.get("jar"));
    assertNull(json.get("found"));
    assertNull(json.get("mend"));
  }

  @Test
  void jsonHoldsTheSame() {
    Map<String, Object> json = new SoftwareReport(software("570.1", "12.8")).toJson();
    assertEquals("570.1", json.get("driver"));
    assertEquals("12.8", json.get("driverCuda"));
    assertEquals("580 or later", json.get("driverWanted"));
    assertEquals("install a newer one: it does not know CUDA 13.0", json.get("driverMend"));
    Map<?, ?> libraries = (Map<?, ?>) json.get("libraries");
    Map<?, ?> cublas = (Map<?, ?>) libraries.get("cuBLAS");
    assertEquals("13.0.2", cublas.get("found"));
    assertNull(cublas.get("mend"));
    Map<?, ?> cudnn = (Map<?, ?>) libraries.get("cuDNN");
    assertEquals("libcudnn.so.9", cudnn.get("wanted"));
    assertEquals("cannot open libcudnn.so.9", cudnn.get("reason"));
    assertNull(cudnn.get("jar"));
    assertNull(cudnn.get("found"));
  }
}
