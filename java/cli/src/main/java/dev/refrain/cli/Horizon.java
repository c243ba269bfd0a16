package dev.refrain.cli;

import java.time.LocalDateTime;
import java.util.function.IntFunction;

/** How far a forecast may reach. */
final class Horizon {
  /**
   * Each step reads a window and takes a line in files and a point in pictures: more of them are no
   * forecast that anybody reads.
   */
  static final int LONGEST = 100_000;

  /** Files write years in four digits. */
  private static final int LAST_YEAR = 9999;

  private Horizon() {}

  /**
   * Makes sure that a number of steps is sensible.
   *
   * @throws BadInputException if it is not; the message names the option
   */
  static void check(String option, int steps) {
    if (steps > LONGEST) {
      throw new BadInputException("%s is %d; give at most %d".formatted(option, steps, LONGEST));
    }
  }

  /**
   * Makes sure that the dates of the steps can be written.
   *
   * @param timeOf the date of a step, from 0
   * @throws BadInputException if one cannot; the message says how many can
   */
  static void checkDates(String option, int steps, IntFunction<LocalDateTime> timeOf) {
    if (timeOf.apply(steps - 1).getYear() <= LAST_YEAR) {
      return;
    }
    int fine = 0;
    int late = steps;
    while (late - fine > 1) {
      int middle = (fine + late) >>> 1;
      if (timeOf.apply(middle - 1).getYear() <= LAST_YEAR) {
        fine = middle;
      } else {
        late = middle;
      }
    }
    throw new BadInputException(
        "%s is %d, which reaches into the year %d; dates end with %d: give at most %d"
            .formatted(option, steps, timeOf.apply(steps - 1).getYear(), LAST_YEAR, fine));
  }
}
