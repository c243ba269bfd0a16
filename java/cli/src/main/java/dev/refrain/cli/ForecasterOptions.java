package dev.refrain.cli;

import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.RnnCell;
import dev.refrain.kernels.Schedule;
import dev.refrain.series.Forecaster;
import dev.refrain.series.Scaler;
import dev.refrain.series.Series;
import dev.refrain.series.Transformation;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** The options that say what is trained and how. What is not given is left to the forecaster. */
final class ForecasterOptions extends NetworkOptions {
  private static final int USUAL_STEPS = 300;
  private static final long USUAL_SEED = 1;

  /** Makes a cell with an activation. */
  private interface CellKind extends Function<Activation, Cell> {}

  @Option(
      names = "--cell",
      paramLabel = "NAME",
      defaultValue = "gru",
      converter = CellName.class,
      description = "rnn, lstm or gru. Default: gru.")
  private CellKind cell;

  @Option(
      names = "--members",
      paramLabel = "COUNT",
      converter = OptionTypes.Count.class,
      description =
          "Networks of each transform, whose median is its forecast; all are trained at once."
              + " Default: 5.")
  private Integer members;

  @Option(
      names = "--window",
      paramLabel = "ROWS",
      converter = OptionTypes.Count.class,
      description =
          "Past values that a prediction is made from. Default: two seasons, fewer where the file"
              + " is short.")
  private Integer window;

  @Option(
      names = "--direct",
      description = "Predict all steps of the horizon at once, rather than each from those before.")
  private boolean direct;

  @Option(
      names = "--transform",
      paramLabel = "NAME",
      converter = OptionTypes.TransformationOrAuto.class,
      description =
          "What is done to the values before they are scaled: none, or a chain of log, leveled (rows"
              + " before a jump of the level are moved to the new one), seasonal (differences to the"
              + " last season) or deseasoned (less the season's averages), and difference, such as"
              + " log-seasonal-difference; or auto, which tries on the last rows that are learnt"
              + " from and weights the best. Default: auto.")
  private Transformation transformation;

  @Option(
      names = "--minimum",
      paramLabel = "VALUE",
      converter = OptionTypes.FiniteNumber.class,
      description =
          "Least value that there can be, such as 0 of counts: forecasts and intervals end there."
              + " Default: none.")
  private Double minimum;

  @Option(
      names = "--maximum",
      paramLabel = "VALUE",
      converter = OptionTypes.FiniteNumber.class,
      description = "Largest value that there can be. Default: none.")
  private Double maximum;

  @Option(
      names = "--validation-rows",
      paramLabel = "ROWS",
      converter = OptionTypes.CountOrZero.class,
      description =
          "Last rows that are learnt from by which transforms are chosen and intervals measured; 0"
              + " for neither. Default: three seasons, at most a third.")
  private Integer validationRows;

  @Option(
      names = "--scaling",
      paramLabel = "NAME",
      converter = ScalingName.class,
      description = "minmax, standard or none. Default: standard.")
  private String scaling;

  @Option(
      names = "--learning-rate",
      paramLabel = "RATE",
      converter = OptionTypes.PositiveNumber.class,
      description = "Before the schedule: that of the first step. Default: 0.005.")
  private Double learningRate;

  @Option(
      names = "--clip-norm",
      paramLabel = "NORM",
      converter = OptionTypes.PositiveNumber.class,
      description = "Largest norm of a network's gradient. Default: 1.")
  private Double clipNorm;

  @Option(
      names = "--steps",
      paramLabel = "COUNT",
      converter = OptionTypes.Count.class,
      description = "Training steps. Default: 300.")
  private Integer steps;

  @Option(
      names = "--patience",
      paramLabel = "LOOKS",
      converter = OptionTypes.Count.class,
      description =
          "End training early: the last rows (--validation-rows, or 12) are not learnt, each network is"
              + " looked at 40 times, ended once so many looks have shown nothing better, and given"
              + " the parameters that did best. Default: train to the end, on all rows.")
  private Integer patience;

  @Option(
      names = "--seed",
      paramLabel = "NUMBER",
      converter = OptionTypes.WholeNumber.class,
      description = "Of all that is random: the same seed gives the same forecast. Default: 1.")
  private Long seed;

  /**
   * The forecaster that is asked for, for a series with this season and horizon.
   *
   * @throws BadInputException if it would be too large
   */
  Forecaster forecaster(int season, int horizon) {
    return forecaster(() -> builder(season).horizon(horizon));
  }

  /** As {@link #forecaster(int, int)}, for a series of several columns. */
  Forecaster forecaster(int season, int horizon, ColumnOptions columns, Series series) {
    return forecaster(
        () ->
            builder(season)
                .horizon(horizon)
                .targets(columns.targets(series))
                .known(columns.known())
                .calendar(columns.calendar()));
  }

  private Forecaster forecaster(Supplier<Forecaster.Builder> builder) {
    checkSeed();
    try {
      return builder.get().build();
    } catch (IllegalArgumentException e) {
      throw new BadInputException(e.getMessage(), e);
    }
  }

  /** The window, or the least that there is without one. */
  int shortestWindow() {
    return window == null ? 1 : window;
  }

  /** The seed of the first network. */
  long seed() {
    return seed == null ? USUAL_SEED : seed;
  }

  private void checkSeed() {
    if (seed != null && seed > Long.MAX_VALUE - Integer.MAX_VALUE) {
      throw new BadInputException(
          "--seed is %d; the members take it and those that follow: give at most %d"
              .formatted(seed, Long.MAX_VALUE - Integer.MAX_VALUE));
    }
  }

  /**
   * As {@link #forecaster}, for many series at once: one network each and no validation, unless
   * asked otherwise.
   */
  Forecaster fleetForecaster(int season, int horizon) {
    checkSeed();
    try {
      return builder(season)
          .horizon(horizon)
          .members(members == null ? 1 : members)
          .validationRows(validationRows == null ? 0 : validationRows)
          .build();
    } catch (IllegalArgumentException e) {
      throw new BadInputException(e.getMessage(), e);
    }
  }

  private Forecaster.Builder builder(int season) {
    Forecaster.Builder builder =
        Forecaster.builder()
            .cell(cell.apply(activation))
            .layers(layers)
            .units(units)
            .batch(batch)
            .loss(loss)
            .optimizer(optimizer)
            .season(season)
            .direct(direct)
            .transformation(transformation);
    set(members, builder::members);
    set(window, builder::window);
    set(minimum, builder::minimum);
    set(maximum, builder::maximum);
    set(validationRows, builder::validationRows);
    set(scaling, builder::scaling);
    set(learningRate, builder::learningRate);
    set(clipNorm, builder::clipNorm);
    set(steps, builder::steps);
    set(patience, builder::earlyStopping);
    Schedule asked = schedule(steps == null ? USUAL_STEPS : steps);
    // The forecaster's own schedule is a cosine too, and ends with each of its trainings: those
    // that
    // choose and measure have fewer steps.
    builder.schedule(cosine() ? null : asked);
    set(seed, builder::seed);
    return builder;
  }

  /**
   * Makes sure that rows held back for validation leave some to learn from.
   *
   * @throws BadInputException if they do not
   */
  void checkValidation(String file, int rows) {
    if (validationRows != null && validationRows >= rows) {
      throw new BadInputException(
          "--validation-rows is %d, and '%s' leaves %d rows to learn from; give fewer, or 0 for none"
              .formatted(validationRows, file, rows));
    }
  }

  private static <T> void set(T value, Consumer<T> setter) {
    if (value != null) {
      setter.accept(value);
    }
  }

  /** Whether forecasts end at a least value. */
  boolean hasMinimum() {
    return minimum != null;
  }

  /**
   * Makes sure that values to learn from keep to the bounds, and have logarithms, where these are
   * demanded.
   *
   * @throws BadInputException if one does not
   */
  void checkValues(String file, double[] history) {
    boolean logarithm = transformation != null && transformation.logarithm();
    for (int row = 0; row < history.length; row++) {
      boolean below = minimum != null && history[row] < minimum;
      if (below || (maximum != null && history[row] > maximum)) {
        throw new BadInputException(
            "'%s' has %s in row %d, %s; give another bound, or correct the row"
                .formatted(
                    file,
                    history[row],
                    row + 1,
                    below ? "below --minimum " + minimum : "above --maximum " + maximum));
      }
      if (logarithm && history[row] <= 0) {
        throw new BadInputException(
            "'%s' has %s in row %d, which has no logarithm; choose another --transform"
                .formatted(file, history[row], row + 1));
      }
    }
  }

  static final class CellName implements ITypeConverter<CellKind> {
    @Override
    public CellKind convert(String word) {
      Map<String, CellKind> values = new LinkedHashMap<>();
      values.put("rnn", RnnCell::new);
      values.put("lstm", LstmCell::new);
      values.put("gru", activation -> new GruCell(activation, GruForm.RESET_AFTER));
      return OptionTypes.named(word, values);
    }
  }

  static final class ScalingName implements ITypeConverter<String> {
    @Override
    public String convert(String word) {
      Map<String, String> values = new LinkedHashMap<>();
      Scaler.NAMES.forEach(name -> values.put(name, name));
      return OptionTypes.named(word, values);
    }
  }
}
