package dev.refrain.emulated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.refrain.kernels.Device;
import dev.refrain.kernels.DeviceProperties;
import dev.refrain.kernels.DeviceSoftware;
import dev.refrain.kernels.NvidiaLibrary;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the native half of the CUDA engine tells of a device and of its software. */
class EmulatedDeviceTest {
  private final EmulatedEngine engine = new EmulatedEngine();

  @BeforeEach
  void needsTheLibrary() {
    assumeTrue(engine.availability().available(), engine.availability().reason());
  }

  @Test
  void theDeviceIsDescribedWithItsFreeMemory() {
    List<DeviceProperties> devices = engine.devices();
    assertEquals(1, devices.size());
    DeviceProperties device = devices.get(0);
    assertTrue(device.answers(), device::fault);
    assertEquals(new Device(EmulatedEngine.NAME, 0), device.device());
    assertTrue(device.multiprocessors() > 0, device::toString);
    assertTrue(device.freeBytes() > 0, device::toString);
    assertTrue(device.freeBytes() <= device.totalBytes(), device::toString);
  }

  @Test
  void softwareThatIsNotThereIsToldWithItsReason() {
    DeviceSoftware software = engine.software().orElseThrow();
    assertNull(software.driver());
    assertNull(software.driverCuda());
    assertEquals("13.0", software.runtime());
    for (NvidiaLibrary library : NvidiaLibrary.values()) {
      DeviceSoftware.Library found = software.of(library);
      if (System.getenv(library.variable()) == null) {
        assertNull(found.version());
        assertTrue(found.reason().contains(library.variable()), found::toString);
      } else {
        assertTrue((found.version() == null) != (found.reason() == null), found::toString);
      }
    }
  }
}
