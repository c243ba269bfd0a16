package dev.refrain.series;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PreparationTest {
  private static final int SEASON = 7;
  private static final int WINDOW = 10;

  @Test
  void theEndOfAHistoryGivesTheOriginThatAllOfItDoes() {
    double[][] rows = new double[120][2];
    for (int row = 0; row < rows.length; row++) {
      rows[row][0] = 50 + row % SEASON + 0.1 * row + Math.sin(row);
      rows[row][1] = Math.cos(row);
    }
    FrameShape shape = new FrameShape(1, 1, 0, 0);
    for (String name :
        List.of(
            "none",
            "log",
            "difference",
            "seasonal",
            "deseasoned",
            "seasonal-difference",
            "deseasoned-difference",
            "log-seasonal-difference")) {
      Preparation preparation =
          Preparation.fit(rows, shape, Transformation.parse(name), SEASON, "standard");
      for (int end : new int[] {18, 19, 25, 100, 113, 120}) {
        ForecastOrigin whole = preparation.origin(Arrays.copyOf(rows, end), WINDOW);
        ForecastOrigin last = preparation.origin(rows, end, WINDOW);
        String what = name + " before row " + end;
        assertEquals(end, last.nextRow(), what);
        assertArrayEquals(whole.window(), last.window(), what);
        assertArrayEquals(whole.tail(), last.tail(), what);
      }
    }
  }
}
