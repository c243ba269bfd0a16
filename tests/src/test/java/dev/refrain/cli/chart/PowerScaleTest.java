package dev.refrain.cli.chart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From where to where a logarithmic axis goes, and which of its marks are named. */
class PowerScaleTest {
  @ParameterizedTest
  @CsvSource({
    "0.021, 0.049, 0.02, 0.05",
    "0.02, 0.05, 0.02, 0.05",
    "0.019, 0.051, 0.01, 0.1",
    "3, 3, 2, 5",
    "5, 5, 2, 10",
    "1e-9, 1e9, 1e-9, 1e9",
    "0.3, 700, 0.2, 1000",
    "4.9e-324, 1, 2.2250738585072014e-308, 1",
    "1, 1.7e308, 1, 1.7976931348623157e308",
  })
  void theNearestStepsHoldTheValues(double low, double high, double bottom, double top) {
    PowerScale scale = new PowerScale(low, high);
    assertEquals(bottom, scale.bottom());
    assertEquals(top, scale.top());
  }

  @Test
  void everyRangeIsHeldAndNoneIsWiderThanItNeedsToBe() {
    for (double low = 1e-7; low < 1e7; low *= 1.37) {
      for (double high = low; high < 1e8; high *= 1.61) {
        PowerScale scale = new PowerScale(low, high);
        String what = low + " to " + high;
        assertTrue(scale.bottom() <= low * (1 + 1e-9) && low <= 2.5 * 2 * scale.bottom(), what);
        assertTrue(scale.top() >= high * (1 - 1e-9) && high >= scale.top() / 2.5 / 2, what);
        assertTrue(scale.bottom() < scale.top(), what);
      }
    }
  }

  @Test
  void stepsAreNamedWhereTheyAreFewAndPowersOfTenElsewhere() {
    PowerScale near = new PowerScale(0.02, 0.4);
    assertEquals("0.02", near.label(0.02));
    assertEquals(" ", near.label(0.03));
    assertEquals("0.05", near.label(5 * Math.pow(10, -2)));
    assertEquals("0.1", near.label(0.1));
    PowerScale far = new PowerScale(0.02, 4000);
    assertEquals(" ", far.label(0.02));
    assertEquals("1,000", far.label(1000));
    assertEquals("1E-9", new PowerScale(1e-9, 1).label(1e-9));
  }
}
