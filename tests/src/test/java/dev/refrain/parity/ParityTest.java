package dev.refrain.parity;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.Precision;
import dev.refrain.kernels.View;
import org.junit.jupiter.api.Test;

/** The judge of the engines sees what it is there to see. */
class ParityTest {
  private static final TestEngine REFERENCE = new TestEngine("reference");
  private static int cases;

  private static void assertCaught(Operation operation, String... words) {
    cases++;
    AssertionError caught =
        assertThrows(
            AssertionError.class,
            () -> Parity.of("faulty " + cases, operation).within(1e-6).on(REFERENCE));
    for (String word : words) {
      assertTrue(caught.getMessage().contains(word), caught.getMessage());
    }
  }

  @Test
  void acceptsWhatIsRight() {
    Parity.of(
            "right",
            (kernels, arena) -> {
              View x = arena.in("x", 2, 3, 4, Numbers.normal(1));
              View y = arena.out("y", 2, 3, 4);
              return () -> kernels.copy(2, 3, 4, x, y);
            })
        .within(0)
        .on(REFERENCE);
  }

  @Test
  void seesAnOutputThatIsNotWritten() {
    assertCaught(
        (kernels, arena) -> {
          View x = arena.in("x", 2, 3, 4, Numbers.normal(1));
          View y = arena.out("y", 2, 3, 4);
          boolean judge = kernels.precision() == Precision.FP64;
          return () -> kernels.copy(2, judge ? 3 : 2, 4, x, y);
        },
        "y[8] is NaN");
  }

  @Test
  void seesAWrongNumber() {
    assertCaught(
        (kernels, arena) -> {
          Buffer y = arena.flatOut("y", 5);
          boolean judge = kernels.precision() == Precision.FP64;
          return () -> kernels.fill(y, 0, 5, judge ? 1 : 1.00001f);
        },
        "y[0]",
        "1.00001",
        "expected 1.0");
  }

  @Test
  void seesAWriteBehindTheEnd() {
    assertCaught(
        (kernels, arena) -> {
          Buffer y = arena.flatOut("y", 5);
          boolean judge = kernels.precision() == Precision.FP64;
          return () -> kernels.fill(y, 0, judge ? 5 : 6, 1);
        },
        "y: element 5",
        "a border");
  }

  @Test
  void seesAWriteBetweenRows() {
    assertCaught(
        (kernels, arena) -> {
          View x = arena.in("x", 1, 3, 5, Numbers.normal(1));
          View y = arena.out("y", 1, 3, 4);
          boolean judge = kernels.precision() == Precision.FP64;
          return () -> kernels.copy(1, 3, judge ? 4 : 5, x, y);
        },
        "y: element 7",
        "a border");
  }

  @Test
  void seesAReadBetweenRows() {
    assertCaught(
        (kernels, arena) -> {
          View x = arena.in("x", 1, 3, 4, Numbers.normal(1));
          View y = arena.out("y", 1, 3, 4);
          View shifted = kernels.precision() == Precision.FP64 ? x : x.columnsFrom(1);
          return () -> kernels.copy(1, 3, 4, shifted, y);
        },
        "y[");
  }

  @Test
  void seesAChangedInput() {
    assertCaught(
        (kernels, arena) -> {
          Buffer x = arena.flatIn("x", 5, Numbers.normal(1));
          return () -> kernels.fill(x, 2, 1, 7);
        },
        "x: element 2",
        "7.0");
  }
}
