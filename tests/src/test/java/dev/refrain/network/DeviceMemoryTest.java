package dev.refrain.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.refrain.TestEngine;
import dev.refrain.kernels.Kernels;
import org.junit.jupiter.api.Test;

class DeviceMemoryTest {

  /** One part that cannot be closed must not keep the others. */
  @Test
  void allIsGivenBackWhateverFails() throws Exception {
    try (Kernels kernels = TestEngine.openJudge()) {
      DeviceMemory memory = new DeviceMemory(kernels);
      memory.floats(2, 3);
      memory.own(() -> failed("first"));
      memory.indices(4);
      memory.own(() -> failed("second"));
      IllegalStateException e = assertThrows(IllegalStateException.class, memory::close);
      assertEquals("second", e.getMessage());
      assertEquals("first", e.getSuppressed()[0].getMessage());
      assertEquals(0, kernels.allocatedBytes());
    }
  }

  private static void failed(String name) {
    throw new IllegalStateException(name);
  }
}
