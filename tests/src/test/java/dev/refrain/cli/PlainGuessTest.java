package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlainGuessTest {
  private static final double[] LOSSES = {90, 4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

  private static List<double[]> last(int steps, int count) {
    return List.of(Arrays.copyOfRange(LOSSES, steps - count, steps));
  }

  private static boolean warns(int steps) {
    return PlainGuess.MEAN_OF_SCALED.warning(steps, count -> last(steps, count), 0.1).isPresent();
  }

  /** A series that grows ends far from the mean of its beginning. */
  @Test
  void valuesThatWereNotLearntMayLieFarFromTheMean() {
    PlainGuess guess = PlainGuess.meanOfLearnt(new float[] {1, -3});
    assertFalse(guess.warning(14.9, 0.1).isPresent());
    assertTrue(guess.warning(15.1, 0.1).orElseThrow().contains("has at most 5;"));
    assertEquals(1, PlainGuess.meanOfLearnt(new float[] {0.1f, 0}).loss());
  }

  /** The first loss is that of a network that has learnt nothing. */
  @Test
  void aTrainingIsJudgedByItsLastSteps() {
    assertFalse(warns(1));
    assertTrue(warns(2));
    assertFalse(warns(3));
    assertFalse(warns(12));
  }
}
