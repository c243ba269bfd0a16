package dev.refrain.series;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;

/**
 * What a date tells: how far its year, its week and its day have gone, each as a point on a circle,
 * so that December lies beside January. Cycles that are not longer than a step are left out.
 */
final class CalendarFeatures {
  private static final double DAYS_A_WEEK = 7;
  private static final double NANOS_A_DAY = 86_400e9;

  private CalendarFeatures() {}

  /** Numbers that {@link #of} gives. */
  static int count(Frequency frequency) {
    return switch (frequency.unit()) {
      case YEAR -> 0;
      case MONTH, MONTH_END, WEEK -> 2;
      case DAY, WEEKDAY -> 4;
      case MICROSECOND, MILLISECOND, SECOND, MINUTE, HOUR -> 6;
    };
  }

  /** The numbers of one time. */
  static double[] of(LocalDateTime time, Frequency frequency) {
    double day = time.toLocalTime().toNanoOfDay() / NANOS_A_DAY;
    List<Double> phases = new ArrayList<>();
    double dayOfYear = time.getDayOfYear() - 1 + day;
    phases.add(dayOfYear / time.toLocalDate().lengthOfYear());
    phases.add((time.getDayOfWeek().getValue() - 1 + day) / DAYS_A_WEEK);
    phases.add(day);
    double[] features = new double[count(frequency)];
    for (int i = 0; i < features.length; i++) {
      double angle = 2 * Math.PI * phases.get(i / 2);
      features[i] = i % 2 == 0 ? Math.sin(angle) : Math.cos(angle);
    }
    return features;
  }
}
