package dev.refrain.series;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Rows that a model did not learn and is to go on from: whether they suit it, and where they end.
 */
final class NewHistory {
  private NewHistory() {}

  /** A model at the end of the rows of a series. */
  static ModelDescription of(ModelDescription model, Series newHistory) {
    Columns own = model.columns();
    if (newHistory.columns() == 1 && model.shape().values() == 1 && own.known().isEmpty()) {
      own = new Columns(newHistory.names(), List.of(), List.of(), own.calendar());
    }
    List<String> wanted = new ArrayList<>(own.targets());
    wanted.addAll(own.covariates());
    wanted.addAll(own.known());
    wanted.removeAll(newHistory.names());
    if (!wanted.isEmpty()) {
      throw new IllegalArgumentException(
          "the rows lack the columns %s that the model reads; they have %s"
              .formatted(wanted, newHistory.names()));
    }
    Timeline timeline = model.timeline();
    Timeline newTimeline = newHistory.times().map(Timeline::of).orElse(null);
    if (timeline != null
        && newTimeline != null
        && !timeline.frequency().ofCalendar().equals(newTimeline.frequency().ofCalendar())) {
      throw new IllegalArgumentException(
          "the rows are %s, and the model learnt a series that is %s"
              .formatted(newTimeline.frequency(), timeline.frequency()));
    }
    if (own.calendar() && newTimeline == null) {
      throw new IllegalArgumentException(
          "the model reads the calendar, and the rows have no dates");
    }
    double[][] rows = own.rows(newHistory);
    int skipped =
        timeline == null || newTimeline == null
            ? 0
            : timeline.rowsToPhase(newTimeline, model.season());
    double[][] inPhase = Arrays.copyOfRange(rows, Math.min(skipped, rows.length), rows.length);
    requireSuited(model, inPhase);
    return model.at(inPhase, newTimeline, model.steps());
  }

  /** A model of one column at the end of some values. */
  static ModelDescription of(ModelDescription model, double[] newHistory) {
    if (model.shape().columns() > 1 || model.columns().calendar()) {
      throw new IllegalStateException("this model has other columns; give a series of all of them");
    }
    double[][] rows = rows(newHistory);
    requireSuited(model, rows);
    return model.at(rows, null, model.steps());
  }

  /** Values as rows of one column. */
  static double[][] rows(double[] values) {
    double[][] rows = new double[values.length][];
    Arrays.setAll(rows, row -> new double[] {values[row]});
    return rows;
  }

  /** Makes sure that the networks can go on from some rows. */
  static void requireSuited(ModelDescription model, double[][] rows) {
    int needed = model.window() + model.lost();
    if (rows.length < needed) {
      throw new IllegalArgumentException(
          "there are %d rows to go on from; a window of %d and the transformations need %d"
              .formatted(rows.length, model.window(), needed));
    }
    boolean logarithm =
        model.transformations().keySet().stream().anyMatch(Transformation::logarithm);
    for (int row = 0; row < rows.length; row++) {
      for (int column = 0; column < rows[row].length; column++) {
        double value = rows[row][column];
        if (!Double.isFinite(value)) {
          throw new IllegalArgumentException(
              "row %d is %s; the rows to go on from hold finite numbers only"
                  .formatted(row, value));
        }
        if (logarithm && column < model.shape().targets() && value <= 0) {
          throw new IllegalArgumentException(
              "row %d is %s, which has no logarithm, and the model takes logarithms"
                  .formatted(row, value));
        }
      }
    }
  }
}
