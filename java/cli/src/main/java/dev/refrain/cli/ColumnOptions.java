package dev.refrain.cli;

import dev.refrain.series.Series;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Option;

/** Which columns of a file are what. */
final class ColumnOptions {
  @Option(
      names = {"--column", "--target"},
      paramLabel = "NAME",
      description =
          "Column to forecast; may be given several times. Default: the only column of numbers.")
  private List<String> targets = new ArrayList<>();

  @Option(
      names = "--input",
      paramLabel = "NAME",
      description =
          "Column that is read for what it tells, and known for the past alone; may be given several"
              + " times.")
  private List<String> inputs = new ArrayList<>();

  @Option(
      names = "--known",
      paramLabel = "NAME",
      description =
          "Column that is known ahead, such as a price: the file must hold it for all steps that are"
              + " forecast. May be given several times.")
  private List<String> known = new ArrayList<>();

  @Option(
      names = "--calendar",
      description = "Tell the networks the time of year, week and day that the dates say.")
  private boolean calendar;

  /**
   * The columns to read: targets, inputs, known ones; empty for the only column of numbers.
   *
   * @throws BadInputException if one is named twice, or others are named but no target
   */
  List<String> names() {
    List<String> all = new ArrayList<>(targets);
    all.addAll(inputs);
    all.addAll(known);
    for (String name : all) {
      if (all.indexOf(name) != all.lastIndexOf(name)) {
        throw new BadInputException(
            "column '%s' is named twice among --column, --input and --known".formatted(name));
      }
    }
    if (targets.isEmpty() && !all.isEmpty()) {
      throw new BadInputException(
          "--input and --known need the column to forecast as well; name it with --column");
    }
    return all;
  }

  /**
   * The targets; empty for all.
   *
   * @throws BadInputException if there are other columns, which fleets do not know, or one is named
   *     twice
   */
  List<String> forFleet() {
    if (!inputs.isEmpty() || !known.isEmpty() || calendar) {
      throw new BadInputException(
          "--input, --known and --calendar are not for fleets, which learn each series from itself");
    }
    return names();
  }

  /** How many of the columns that were read are targets. */
  int targets() {
    return Math.max(1, targets.size());
  }

  boolean calendar() {
    return calendar;
  }

  /**
   * Makes sure that there are dates, where they are to be told to the networks.
   *
   * @throws BadInputException if there are none
   */
  void checkCalendar(String file, Series series) {
    if (calendar && series.times().isEmpty()) {
      throw new BadInputException(
          "--calendar needs dates, and '" + file + "' has no column of regular ones");
    }
  }

  /** What the forecaster is to be told of a series of these columns. */
  String[] targets(Series series) {
    return series.names().subList(0, targets()).toArray(String[]::new);
  }

  String[] known() {
    return known.toArray(String[]::new);
  }

  /**
   * What is known of the steps to come.
   *
   * @throws BadInputException if the file does not hold it
   */
  double[][] future(Series series, int historyRows, int horizon) {
    double[][] future = new double[horizon][known.size()];
    if (known.isEmpty()) {
      return future;
    }
    int there = series.rows() - historyRows;
    if (there < horizon) {
      throw new BadInputException(
          "--known %s must be in the file for all %d steps that are forecast, but it has %d rows after"
                  .formatted(known, horizon, there)
              + " those that are learnt from; lower --horizon or raise --test-rows");
    }
    int first = series.columns() - known.size();
    double[][] rows = series.rows(historyRows, historyRows + horizon);
    Arrays.setAll(future, step -> Arrays.copyOfRange(rows[step], first, series.columns()));
    return future;
  }
}
