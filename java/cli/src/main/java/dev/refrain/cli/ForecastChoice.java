package dev.refrain.cli;

import dev.refrain.series.ForecastModel;
import dev.refrain.series.LevelShift;
import dev.refrain.series.Series;
import dev.refrain.series.Transformation;
import dev.refrain.series.ValidationResult;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a forecaster chose, and why: transforms and their weights, jumps of the level that it
 * levelled, and how its networks did in validation beside forecasts that need none.
 *
 * @param model what was learnt
 * @param series whose first columns are the model's targets
 */
record ForecastChoice(ForecastModel model, Series series) {
  /** Rows of each side that tell the level there. */
  private static final int SIDE = 12;

  private static final int DIGITS = 4;

  /** Times that an error is another one to be far above it. */
  private static final double FAR = 2;

  /** What was done to the values, and how much it counts where there are several ways. */
  String transformations() {
    Map<Transformation, Double> weights = model.transformations();
    if (weights.size() == 1) {
      return "transform " + model.transformation();
    }
    return "transforms "
        + weights.entrySet().stream()
            .map(each -> "%s %.0f %%".formatted(each.getKey(), 100 * each.getValue()))
            .collect(Collectors.joining(", "));
  }

  /** Sentences about level shifts and the validation; none where there is nothing to say. */
  void print(PrintWriter out) {
    for (String shift : shifts()) {
      out.println("level shift: " + shift + "; earlier rows are moved to the new level");
    }
    model
        .validation()
        .ifPresent(
            result -> {
              out.printf(
                  Locale.ROOT,
                  "validation: %d forecasts of %d steps in the last %d rows: MASE %.3f; seasonal naive"
                      + " %.3f, last value %.3f%s%n",
                  result.origins(),
                  result.horizon(),
                  result.rows(),
                  result.model(),
                  result.seasonalNaive(),
                  result.lastValue(),
                  result.isBeaten() ? ": " + better(result) + " again did better there" : "");
              if (isFarBeaten(result)) {
                out.printf(
                    "CAUTION: there %s again did far better than the networks. Its forecast is in"
                        + " forecast.csv as well; what may mend this one: --transform leveled or"
                        + " difference, more --steps, or another --season or --window%n",
                    better(result));
              }
            });
  }

  /** Less may be chance: networks that are validated have learnt fewer rows. */
  private static boolean isFarBeaten(ValidationResult result) {
    return FAR * Math.min(result.seasonalNaive(), result.lastValue()) < result.model();
  }

  private static String better(ValidationResult result) {
    return "the last " + (result.seasonalNaive() < result.lastValue() ? "season" : "value");
  }

  /** When a target jumped, and from where to where. */
  private List<String> shifts() {
    List<String> shifts = new ArrayList<>();
    for (int target = 0; target < model.targets().size(); target++) {
      double[] values = series.column(target);
      for (LevelShift shift : model.levelShifts(target)) {
        shifts.add(
            "%sfrom about %s to about %s at %s"
                .formatted(
                    model.targets().size() == 1 ? "" : "'" + model.targets().get(target) + "' ",
                    median(values, Math.max(0, shift.row() - side()), shift.row()),
                    median(values, shift.row(), Math.min(values.length, shift.row() + side())),
                    label(shift)));
      }
    }
    return shifts;
  }

  private int side() {
    return Math.max(SIDE, model.season());
  }

  private String label(LevelShift shift) {
    return series.times().map(times -> times.label(shift.row())).orElse("row " + (shift.row() + 1));
  }

  private static String median(double[] values, int from, int to) {
    double[] some = Arrays.copyOfRange(values, from, to);
    Arrays.sort(some);
    double median = (some[(some.length - 1) / 2] + some[some.length / 2]) / 2;
    return new BigDecimal(median, new MathContext(DIGITS)).stripTrailingZeros().toPlainString();
  }

  /** For {@code refrain report}. */
  void record(RunRecord record) {
    record.configured("transforms", transformations().replaceFirst("^\\w+ ", ""));
    if (!shifts().isEmpty()) {
      record.configured("level shifts", String.join("; ", shifts()));
    }
    model
        .validation()
        .ifPresent(
            result ->
                record
                    .measured("MASE in validation", result.model())
                    .measured("MASE in validation, seasonal naive", result.seasonalNaive())
                    .measured("MASE in validation, last value", result.lastValue()));
  }

  /** Adds the same to a JSON object. */
  void addTo(Map<String, Object> object) {
    object.put(
        "transforms",
        model.transformations().keySet().stream().map(Transformation::toString).toList());
    object.put("levelShifts", shifts());
    model
        .validation()
        .ifPresent(
            result -> {
              Map<String, Object> validation = new LinkedHashMap<>();
              validation.put("rows", result.rows());
              validation.put("horizon", result.horizon());
              validation.put("origins", result.origins());
              validation.put("mase", Json.number(result.model()));
              validation.put("seasonalNaive", Json.number(result.seasonalNaive()));
              validation.put("lastValue", Json.number(result.lastValue()));
              Map<String, Object> errors = new LinkedHashMap<>();
              result
                  .errors()
                  .forEach((each, error) -> errors.put(each.toString(), Json.number(error)));
              validation.put("transforms", errors);
              object.put("validation", validation);
            });
  }
}
