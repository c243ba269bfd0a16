package dev.refrain.faults;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.KernelException;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.View;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Buffers and states: what they hold, what they cost, and when they refuse. */
class MemoryTest {
  private static final double NaN = Double.NaN;
  private static final String ALL = "dev.refrain.TestEngines#all";

  @ParameterizedTest
  @MethodSource(ALL)
  void newMemoryIsZero(TestEngine engine) {
    try (Kernels kernels = engine.open()) {
      assertArrayEquals(new float[67], kernels.allocate(67).read());
      assertArrayEquals(new int[67], kernels.allocateIndices(67).read());
      StepState state = kernels.allocateState(2, 3);
      assertEquals(List.of(GroupState.initial(0, 0), GroupState.initial(0, 0)), state.read());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void readsBackWhatWasWritten(TestEngine engine) {
    try (Kernels kernels = engine.open()) {
      Buffer buffer = kernels.allocate(6);
      buffer.write(2, new float[] {9, 1, 2, 3, 9}, 1, 3);
      assertArrayEquals(new float[] {0, 0, 1, 2, 3, 0}, buffer.read());
      float[] target = new float[4];
      buffer.read(3, target, 1, 2);
      assertArrayEquals(new float[] {0, 2, 3, 0}, target);
      buffer.writeDoubles(0, new double[] {0.1}, 0, 1);
      assertEquals((double) 0.1f, buffer.readDoubles()[0], "rounded to float32");
      IndexBuffer indices = kernels.allocateIndices(3);
      indices.write(1, new int[] {7, Integer.MIN_VALUE}, 1, 1);
      assertArrayEquals(new int[] {0, Integer.MIN_VALUE, 0}, indices.read());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void statesReadBackWhatWasWritten(TestEngine engine) {
    try (Kernels kernels = engine.open()) {
      StepState state = kernels.allocateState(2, 3);
      GroupState one =
          new GroupState(1L << 40, -5, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, GroupState.Status.ENDED);
      state.write(1, one);
      assertEquals(GroupState.initial(0, 0), state.read(0));
      assertEquals(one, state.read(1));
      state.write(List.of(one, GroupState.initial(3, 0.5)));
      assertEquals(List.of(one, GroupState.initial(3, 0.5)), state.read());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void theHistoryKeepsTheLastLosses(TestEngine engine) {
    try (Kernels kernels = engine.open()) {
      StepState state = kernels.allocateState(2, 3);
      state.write(0, atStep(5));
      state.write(1, atStep(2));
      assertArrayEquals(new double[] {NaN, NaN}, state.readHistory(3, 1), "nothing written yet");
      state.writeHistory(3, new double[] {3, 4, 5, NaN, NaN, NaN});
      assertArrayEquals(new double[] {3, 4, 5, NaN, NaN, NaN}, state.readHistory(3, 3));
      assertArrayEquals(new double[] {4, 5, NaN, NaN}, state.readHistory(4, 2));
      assertThrows(IllegalArgumentException.class, () -> state.readHistory(2, 1), "overwritten");
      assertThrows(IllegalArgumentException.class, () -> state.readHistory(5, 2), "not taken");
      assertThrows(IllegalArgumentException.class, () -> state.readHistory(0, 1), "from step 1");
      assertThrows(
          IllegalArgumentException.class, () -> state.writeHistory(1, new double[8]), "too many");
    }
  }

  private static GroupState atStep(long step) {
    return new GroupState(step, 0, 0, 0, 1, 1, 0, 0, 1, GroupState.Status.RUNNING);
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void fillsAndCopies(TestEngine engine) {
    try (Kernels kernels = engine.open()) {
      Buffer source = kernels.allocate(12);
      source.write(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
      Buffer target = kernels.allocate(14);
      kernels.fill(target, 1, 12, -1);
      // two groups of two rows of two columns, out of three columns into three
      kernels.copy(2, 2, 2, new View(source, 1, 6, 3), new View(target, 2, 6, 3));
      assertArrayEquals(
          new float[] {0, -1, 1, 2, -1, 4, 5, -1, 7, 8, -1, 10, 11, 0}, target.read());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void rangesOutsideABufferAreRefused(TestEngine engine) {
    try (Kernels kernels = engine.open()) {
      Buffer buffer = kernels.allocate(4);
      IndexBuffer indices = kernels.allocateIndices(4);
      StepState state = kernels.allocateState(2, 1);
      for (Executable outside :
          List.<Executable>of(
              () -> buffer.write(1, new float[4], 0, 4),
              () -> buffer.write(-1, new float[4], 0, 1),
              () -> buffer.write(0, new float[4], 2, 3),
              () -> buffer.write(0, new float[4], 0, -1),
              () -> buffer.write(Long.MAX_VALUE, new float[4], 0, 2),
              () -> buffer.write(new float[5]),
              () -> buffer.read(4, new float[4], 0, 1),
              () -> buffer.writeDoubles(1, new double[4], 0, 4),
              () -> buffer.readDoubles(0, new double[4], 1, 4),
              () -> indices.write(3, new int[4], 0, 2),
              () -> indices.read(0, new int[4], 3, 2),
              () -> state.read(2),
              () -> state.write(-1, GroupState.initial(0, 0)))) {
        assertThrows(IndexOutOfBoundsException.class, outside);
      }
      assertArrayEquals(new float[4], buffer.read(), "nothing was written");
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void closedMemoryIsRefused(TestEngine engine) {
    try (Kernels kernels = engine.open()) {
      Buffer buffer = kernels.allocate(4);
      IndexBuffer indices = kernels.allocateIndices(4);
      StepState state = kernels.allocateState(1, 1);
      for (AutoCloseable each : List.of(buffer, indices, state, buffer, indices, state)) {
        close(each);
      }
      for (Executable late :
          List.<Executable>of(
              () -> buffer.write(1),
              buffer::read,
              buffer::readDoubles,
              () -> kernels.fill(buffer, 0, 1, 0),
              () -> indices.write(1),
              () -> indices.read(0, new int[1], 0, 1),
              () -> state.read(0),
              () -> state.write(0, GroupState.initial(0, 0)))) {
        assertMentions("closed", assertThrows(IllegalStateException.class, late));
      }
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void closedKernelsRefuseEverything(TestEngine engine) {
    Kernels kernels = engine.open();
    Buffer buffer = kernels.allocate(4);
    StepState state = kernels.allocateState(1, 1);
    kernels.close();
    kernels.close();
    for (Executable late :
        List.<Executable>of(
            () -> kernels.allocate(1),
            () -> kernels.allocateIndices(1),
            () -> kernels.allocateState(1, 0),
            kernels::allocatedBytes,
            kernels::operationCount,
            kernels::synchronize,
            () -> kernels.fill(buffer, 0, 1, 0),
            () -> kernels.record(() -> {}),
            () -> buffer.write(1),
            buffer::read,
            () -> state.read(0))) {
      assertMentions("closed", assertThrows(IllegalStateException.class, late));
    }
    buffer.close();
    state.close();
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void memoryOfOtherKernelsIsRefused(TestEngine engine) {
    try (Kernels kernels = engine.open();
        Kernels others = engine.open()) {
      Buffer foreign = others.allocate(4);
      Buffer own = kernels.allocate(4);
      assertThrows(IllegalArgumentException.class, () -> kernels.fill(foreign, 0, 4, 1));
      assertThrows(
          IllegalArgumentException.class,
          () -> kernels.copy(1, 1, 4, View.of(own, 1, 4), View.of(foreign, 1, 4)));
      StepState state = others.allocateState(1, 0);
      assertThrows(IllegalArgumentException.class, () -> kernels.clipNorm(own, 1, 4, 1, state));
      assertArrayEquals(new float[4], foreign.read());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void bytesAreCountedAndReturnToZero(TestEngine engine) {
    try (Kernels kernels = engine.open()) {
      long empty = kernels.allocatedBytes();
      Buffer buffer = kernels.allocate(1000);
      assertTrue(kernels.allocatedBytes() - empty >= 4000);
      IndexBuffer indices = kernels.allocateIndices(500);
      assertTrue(kernels.allocatedBytes() - empty >= 6000);
      StepState state = kernels.allocateState(3, 100);
      assertTrue(kernels.allocatedBytes() - empty >= 8400);
      buffer.close();
      indices.close();
      state.close();
      assertEquals(empty, kernels.allocatedBytes());
    }
  }

  /** JavaCPP counts what its pointers own: arguments of calls and copies on their way. */
  @ParameterizedTest
  @MethodSource(ALL)
  void nothingIsLeftBehindOffTheHeap(TestEngine engine) {
    long before = Pointer.totalBytes();
    try (Kernels kernels = engine.open()) {
      Buffer buffer = kernels.allocate(100_000);
      StepState state = kernels.allocateState(3, 10);
      for (int i = 0; i < 20; i++) {
        buffer.write(new float[100_000]);
        buffer.read();
        state.write(state.read());
        kernels.clipNorm(buffer, 1, 4, 1, oneGroup(kernels));
      }
    }
    assertEquals(before, Pointer.totalBytes());
  }

  private static StepState oneGroup(Kernels kernels) {
    return kernels.allocateState(1, 0);
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void theMemoryLimitHolds(TestEngine engine) {
    long limit = 1 << 20;
    EngineOptions options = EngineOptions.DEFAULT.threads(2).memoryLimitBytes(limit);
    try (Kernels kernels = engine.open(options)) {
      Buffer half = kernels.allocate(limit / 8);
      long before = kernels.allocatedBytes();
      KernelException refused =
          assertThrows(KernelException.class, () -> kernels.allocate(limit / 4));
      assertMentions(Long.toString(limit), refused);
      assertEquals(before, kernels.allocatedBytes());
      half.close();
      kernels.allocate(limit / 8).write(new float[] {1});
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void sizesThatMakeNoSenseAreRefused(TestEngine engine) {
    try (Kernels kernels = engine.open()) {
      assertMentions(
          "-1", assertThrows(IllegalArgumentException.class, () -> kernels.allocate(-1)));
      assertMentions(
          "-7", assertThrows(IllegalArgumentException.class, () -> kernels.allocateIndices(-7)));
      assertMentions(
          "-2", assertThrows(IllegalArgumentException.class, () -> kernels.allocateState(1, -2)));
      assertMentions(
          "0", assertThrows(IllegalArgumentException.class, () -> kernels.allocateState(0, 1)));
    }
  }

  private static void assertMentions(String part, RuntimeException e) {
    assertTrue(
        String.valueOf(e.getMessage()).contains(part),
        () -> "'" + e.getMessage() + "' does not mention " + part);
  }

  private static void close(AutoCloseable memory) {
    try {
      memory.close();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
