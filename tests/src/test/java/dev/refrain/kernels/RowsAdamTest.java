package dev.refrain.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RowsAdamTest {

  /** A row that waits could not be caught up with in one go: what it decays by is its value. */
  @ParameterizedTest
  @EnumSource(RowsAdam.Mode.class)
  void weightDecayIsRefused(RowsAdam.Mode mode) {
    for (WeightDecay.Mode decay : WeightDecay.Mode.values()) {
      Adam adam =
          new Adam(
              0.9,
              0.999,
              1e-8,
              Adam.Form.TENSORFLOW,
              decay == WeightDecay.Mode.NONE ? WeightDecay.NONE : new WeightDecay(decay, 0.01));
      if (decay == WeightDecay.Mode.NONE) {
        assertEquals(mode, new RowsAdam(adam, mode, Schedule.CONSTANT).mode());
      } else {
        String message =
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new RowsAdam(adam, mode, Schedule.CONSTANT))
                .getMessage();
        assertTrue(message.contains("weight decay is " + decay), message);
        assertTrue(message.contains("give WeightDecay.NONE"), message);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(RowsAdam.Mode.class)
  void otherFormsAreRefused(RowsAdam.Mode mode) {
    Adam adam = new Adam(0.9, 0.999, 1e-8, Adam.Form.PYTORCH, WeightDecay.NONE);
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> new RowsAdam(adam, mode, Schedule.CONSTANT))
            .getMessage();
    assertTrue(message.contains("form is PYTORCH"), message);
  }
}
