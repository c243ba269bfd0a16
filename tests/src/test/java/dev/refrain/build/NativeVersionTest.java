package dev.refrain.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.refrain.kernels.Engine.Availability;
import dev.refrain.kernels.bridge.NativeLibrary;
import dev.refrain.kernels.bridge.generated.Native;
import org.junit.jupiter.api.Test;

/** CMake and Maven each name a version; they agree. */
class NativeVersionTest {

  @Test
  void nativeVersionIsMavensWithoutSnapshot() {
    Availability natives = NativeLibrary.availability();
    assumeTrue(natives.available(), natives.reason());
    String version = System.getProperty("refrain.version").replace("-SNAPSHOT", "");
    assertEquals(version, Native.refrain_version().getString());
  }
}
