package dev.refrain;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.refrain.kernels.bridge.generated.Native;
import org.junit.jupiter.api.Test;

class NativeLibraryTest {

  @Test
  void saysItsVersion() {
    assertEquals("0.1.0", Native.refrain_version().getString());
  }
}
