package dev.refrain.kernels.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.Device;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.EngineUnavailableException;
import dev.refrain.kernels.Engines;
import dev.refrain.kernels.KernelException;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Precision;
import dev.refrain.kernels.Recording;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the reference engine has of its own; what all engines share is tested for all of them. */
class ReferenceEngineTest {
  private static final double THIRD = 1.0 / 3;

  private static Kernels open(EngineOptions options) {
    return Engines.open(Device.parse("reference"), options);
  }

  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"TF32", "BF16"})
  void refusesPrecisionsOfGpus(Precision precision) {
    EngineOptions options = EngineOptions.DEFAULT.precision(precision);
    var refusal = assertThrows(EngineUnavailableException.class, () -> open(options));
    assertTrue(refusal.getMessage().contains(precision.name()), refusal.getMessage());
  }

  @Test
  void hasOneDeviceAndOneVariant() {
    assertThrows(EngineUnavailableException.class, () -> Engines.open(Device.parse("reference:1")));
    EngineOptions avx2 = EngineOptions.DEFAULT.variant("avx2");
    assertThrows(EngineUnavailableException.class, () -> open(avx2));
  }

  @Test
  void keepsFloatsOrDoublesByPrecision() {
    try (Kernels single = open(EngineOptions.DEFAULT);
        Kernels exact = DoubleReference.open()) {
      assertEquals((float) THIRD, kept(single));
      assertEquals(THIRD, kept(exact));
      assertEquals(Float.BYTES, single.allocatedBytes());
      assertEquals(Double.BYTES, exact.allocatedBytes());
    }
  }

  private static double kept(Kernels kernels) {
    Buffer buffer = kernels.allocate(1);
    buffer.writeDoubles(THIRD);
    return buffer.readDoubles()[0];
  }

  @Test
  void namesTheSizesWhenTheLimitIsReached() {
    try (Kernels kernels = open(EngineOptions.DEFAULT.memoryLimitBytes(1000))) {
      Buffer first = kernels.allocate(200);
      var refusal = assertThrows(KernelException.class, () -> kernels.allocate(51));
      for (String size : new String[] {"51", "204", "800", "1000"}) {
        assertTrue(refusal.getMessage().contains(size), refusal.getMessage());
      }
      first.close();
      first.close();
      assertEquals(0, kernels.allocatedBytes());
      assertEquals(250, kernels.allocate(250).size());
    }
  }

  @Test
  void refusesWhatJavaArraysCannotHold() {
    try (Kernels kernels = open(EngineOptions.DEFAULT)) {
      assertThrows(KernelException.class, () -> kernels.allocate(1L << 31));
      assertThrows(IllegalArgumentException.class, () -> kernels.allocate(-1));
    }
  }

  @Test
  void aFailedStepLeavesNoRecordingOpen() {
    try (Kernels kernels = open(EngineOptions.DEFAULT)) {
      Buffer buffer = kernels.allocate(2);
      Runnable step =
          () -> {
            kernels.fill(buffer, 0, 2, 1);
            buffer.read();
          };
      assertThrows(IllegalStateException.class, () -> kernels.record(step));
      assertEquals(0, buffer.read()[0], "a recorded operation ran");
      assertEquals(0, kernels.operationCount());
    }
  }

  @Test
  void replaysCountAndNoticeAClosedBuffer() {
    try (Kernels kernels = open(EngineOptions.DEFAULT)) {
      Buffer buffer = kernels.allocate(1);
      Recording recording = kernels.record(() -> kernels.fill(buffer, 0, 1, 7));
      assertEquals(1, recording.length());
      recording.run(3);
      assertEquals(7, buffer.read()[0]);
      assertEquals(3, kernels.operationCount());
      buffer.close();
      assertThrows(IllegalStateException.class, () -> recording.run(1));
    }
  }

  @Test
  void refusesMemoryOfOtherKernels() {
    try (Kernels kernels = open(EngineOptions.DEFAULT);
        Kernels others = open(EngineOptions.DEFAULT)) {
      Buffer foreign = others.allocate(1);
      assertThrows(IllegalArgumentException.class, () -> kernels.fill(foreign, 0, 1, 0));
    }
  }
}
