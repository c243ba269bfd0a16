package dev.refrain.kernels.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.refrain.kernels.DeviceSoftware;
import dev.refrain.kernels.NvidiaLibrary;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is said of NVIDIA's libraries when an engine is opened, and how often. */
class VendorLibrariesTest {
  private static final Set<NvidiaLibrary> BOTH = EnumSet.allOf(NvidiaLibrary.class);
  private static final DeviceSoftware.Library CUBLAS =
      new DeviceSoftware.Library(NvidiaLibrary.CUBLAS, "13.0.2", null);
  private static final DeviceSoftware.Library NO_CUDNN =
      new DeviceSoftware.Library(NvidiaLibrary.CUDNN, null, "cannot open libcudnn.so.9");

  private static DeviceSoftware software(DeviceSoftware.Library... libraries) {
    return new DeviceSoftware("580.95.05", "13.0", "13.0", List.of(libraries));
  }

  @Test
  void whatIsWantedAndMissingIsNamedWithItsReason() {
    assertEquals(
        List.of(
            "cuDNN (libcudnn.so.9) was not found: cannot open libcudnn.so.9: Refrain's own kernels"
                + " do its work"),
        VendorLibraries.notices(BOTH, BOTH, software(CUBLAS, NO_CUDNN)));
  }

  @Test
  void whatAPropertyForbidsIsNamed() {
    assertEquals(
        List.of("-Drefrain.cudnn=off: cuDNN is not used: Refrain's own kernels do its work"),
        VendorLibraries.notices(
            BOTH, EnumSet.of(NvidiaLibrary.CUBLAS), software(CUBLAS, NO_CUDNN)));
  }

  @Test
  void whatTheApplicationDoesNotAllowIsItsOwnAffair() {
    assertEquals(
        List.of(), VendorLibraries.notices(Set.of(), Set.of(), software(CUBLAS, NO_CUDNN)));
  }

  @Test
  void eachLineIsSaidOnce() {
    List<String> lines = List.of("said by a test", "and this");
    assertEquals(lines, VendorLibraries.unsaid(lines));
    assertEquals(List.of(), VendorLibraries.unsaid(lines));
    assertEquals(List.of("new"), VendorLibraries.unsaid(List.of("and this", "new")));
  }
}
