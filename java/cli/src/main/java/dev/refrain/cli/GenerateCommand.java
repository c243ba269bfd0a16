package dev.refrain.cli;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import dev.refrain.cli.csv.Dates;
import dev.refrain.cli.csv.HeldOut;
import dev.refrain.cli.csv.SeriesCsv;
import dev.refrain.io.AtomicFiles;
import dev.refrain.io.MalformedFileException;
import dev.refrain.kernels.KernelException;
import dev.refrain.kernels.Kernels;
import dev.refrain.series.Forecast;
import dev.refrain.series.ForecastModel;
import dev.refrain.series.Generation;
import dev.refrain.series.Series;
import dev.refrain.series.Transformation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code refrain generate MODEL}: lets a trained model go on. */
@Command(
    name = "generate",
    header = "Lets a model that was trained by 'refrain forecast' go on.",
    description = {
      "",
      "Goes on from the end of the series that the model learnt, with dates and intervals; or from"
          + " the values of another file, or from zeros, for as long as asked."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  refrain generate refrain-out/model.safetensors --steps 24",
      "  refrain generate model.safetensors --from zeros --steps 100 --stateful",
      "  refrain generate model.safetensors --from newer.csv --column sales --json"
    })
final class GenerateCommand implements Callable<Integer> {
  private static final String END = "end";
  private static final String ZEROS = "zeros";

  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "Model file, such as refrain-out/model.safetensors.")
  private Path model;

  @Option(
      names = "--steps",
      paramLabel = "COUNT",
      defaultValue = "12",
      converter = OptionTypes.Count.class,
      description = "Values to generate. Default: 12.")
  private int steps;

  @Option(
      names = "--from",
      paramLabel = "START",
      defaultValue = END,
      description =
          "Where to go on from: end (of the series that was learnt), zeros (on the scale of the"
              + " networks), or a CSV file, whose last values are the start. Default: end.")
  private String from;

  @Option(
      names = "--column",
      paramLabel = "NAME",
      description = "Column of that CSV file. Default: the only column of numbers.")
  private String column;

  @Mixin private MissingOption gaps = new MissingOption();

  @Option(
      names = "--stateful",
      description =
          "Carry the state of the networks along, rather than reading the last window for each"
              + " value. Not from end.")
  private boolean stateful;

  @Option(
      names = "--level",
      paramLabel = "SHARE",
      defaultValue = "0.9",
      converter = OptionTypes.Level.class,
      description = "Share that the intervals are meant to hold. Default: 0.9.")
  private double level;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "CSV file to write the values to. Default: none.")
  private Path out;

  @Option(
      names = "--json",
      description = "Print one JSON object on stdout, and nothing else there.")
  private boolean json;

  @Mixin private DeviceOption device = new DeviceOption();

  @Override
  public Integer call() {
    if (json) {
      Logging.warningsOnly();
    }
    Horizon.check("--steps", steps);
    if (!Files.isRegularFile(model)) {
      throw new BadInputException(
          "there is no file '%s'; give the model.safetensors that 'refrain forecast' wrote"
              .formatted(model));
    }
    if (stateful && from.equals(END)) {
      throw new BadInputException(
          "--stateful goes with --from zeros or --from FILE; from the end, windows are read");
    }
    boolean fromFile = !from.equals(END) && !from.equals(ZEROS);
    if (column != null && !fromFile) {
      throw new BadInputException("--column goes with --from FILE, whose column it names");
    }
    if (out != null && same(out, model)) {
      throw new BadInputException(
          "--out '%s' is the model itself, which would be lost; name another file".formatted(out));
    }
    try (Kernels kernels = device.open();
        ForecastModel loaded = ForecastModel.load(model, kernels)) {
      if (!loaded.known().isEmpty()) {
        throw new BadInputException(
            "'%s' reads %s, which it must know ahead; 'refrain forecast --known' forecasts with such"
                    .formatted(model, loaded.known())
                + " columns");
      }
      Series seed = fromFile ? seed(loaded) : null;
      checkDates(loaded, seed);
      List<Forecast> forecasts = generate(loaded, seed);
      List<String> labels = labels(loaded, seed);
      if (out != null) {
        write(loaded.targets(), labels, forecasts);
      }
      print(loaded, labels, forecasts, kernels);
    } catch (MalformedFileException e) {
      throw new BadInputException(OtherModels.describe(model).orElse(e.getMessage()), e);
    } catch (IOException e) {
      throw new CommandFailedException(e.getMessage(), e);
    } catch (KernelException e) {
      throw new CommandFailedException(e.getMessage(), e);
    }
    return ExitCode.OK;
  }

  private static boolean same(Path one, Path other) {
    try {
      return Files.exists(one) && Files.isSameFile(one, other);
    } catch (IOException e) {
      return false;
    }
  }

  private Series seed(ForecastModel loaded) {
    List<String> read = read(loaded);
    if (read.size() == 1) {
      return read(column == null ? List.of() : List.of(column));
    }
    if (column != null) {
      throw new BadInputException(
          "--column names one column, and '%s' reads %s, which '%s' must hold; leave it out"
              .formatted(model, read, from));
    }
    return read(read);
  }

  private Series read(List<String> names) {
    return SeriesCsv.read(from, names, gaps.missing, HeldOut.NONE, gaps.decimal);
  }

  /** The columns that a file to go on from must hold. */
  private static List<String> read(ForecastModel loaded) {
    List<String> read = new ArrayList<>(loaded.targets());
    read.addAll(loaded.covariates());
    return read;
  }

  /** One for each target. */
  private List<Forecast> generate(ForecastModel loaded, Series seed) {
    try {
      if (from.equals(END)) {
        return loaded.predict(steps, level, new double[steps][0]);
      }
      if (seed != null && !stateful) {
        return loaded.predict(seed, steps, level, new double[steps][0]);
      }
      if (read(loaded).size() > 1) {
        throw new BadInputException(
            "'%s' reads %s; several columns go on from the end or from a FILE, without --stateful"
                .formatted(model, read(loaded)));
      }
      Generation way = stateful ? Generation.STATEFUL : Generation.WINDOWS;
      double[] values = loaded.generate(steps, seed == null ? null : seed.column(0), way);
      return List.of(new Forecast(values, null, null, level));
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw new BadInputException(
          seed == null ? e.getMessage() : "'" + from + "': " + e.getMessage(), e);
    }
  }

  private void checkDates(ForecastModel loaded, Series seed) {
    if (seed != null) {
      seed.times()
          .ifPresent(
              times -> Horizon.checkDates("--steps", steps, step -> times.at(seed.rows() + step)));
    } else if (from.equals(END) && loaded.timeOf(0).isPresent()) {
      Horizon.checkDates("--steps", steps, step -> loaded.timeOf(step).orElseThrow());
    }
  }

  /** What the steps are called: dates that follow the rows gone on from, or numbers. */
  private List<String> labels(ForecastModel loaded, Series seed) {
    Dates dates = new Dates(loaded.timeLabels());
    List<String> labels = new ArrayList<>();
    for (int step = 0; step < steps; step++) {
      Optional<String> date =
          from.equals(END) ? loaded.timeOf(step).map(dates::label) : Optional.empty();
      if (seed != null) {
        int row = seed.rows() + step;
        date = seed.times().map(times -> times.label(row));
      }
      labels.add(date.orElse(Integer.toString(step + 1)));
    }
    return labels;
  }

  /** The name of the column goes first where there are several. */
  private void write(List<String> targets, List<String> labels, List<Forecast> forecasts)
      throws IOException {
    boolean several = targets.size() > 1;
    AtomicFiles.write(
        out,
        stream -> {
          CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(stream);
          List<String> header = List.of("column", "time", "value", "lower", "upper");
          csv.writeRecord(header.subList(several ? 0 : 1, header.size()));
          for (int target = 0; target < forecasts.size(); target++) {
            Forecast forecast = forecasts.get(target);
            for (int step = 0; step < steps; step++) {
              List<String> cells =
                  List.of(
                      targets.get(target),
                      labels.get(step),
                      Double.toString(forecast.values()[step]),
                      forecast.hasIntervals() ? Double.toString(forecast.lower()[step]) : "",
                      forecast.hasIntervals() ? Double.toString(forecast.upper()[step]) : "");
              csv.writeRecord(cells.subList(several ? 0 : 1, cells.size()));
            }
          }
          csv.flush();
        });
  }

  private void print(
      ForecastModel loaded, List<String> labels, List<Forecast> forecasts, Kernels kernels) {
    PrintWriter writer = spec.commandLine().getOut();
    if (json) {
      writer.println(Json.line(toJson(loaded, labels, forecasts, kernels)));
    } else {
      for (int target = 0; target < forecasts.size(); target++) {
        if (forecasts.size() > 1) {
          writer.printf("%s%s%n", target > 0 ? "\n" : "", loaded.targets().get(target));
        }
        print(writer, labels, forecasts.get(target));
      }
      if (out != null) {
        writer.println("Written: " + out);
      }
    }
    writer.flush();
  }

  private Map<String, Object> toJson(
      ForecastModel loaded, List<String> labels, List<Forecast> forecasts, Kernels kernels) {
    Map<String, Object> object = toJson(loaded.targets().get(0), forecasts.get(0));
    if (forecasts.size() > 1) {
      Map<String, Object> targets = new LinkedHashMap<>();
      for (int target = 0; target < forecasts.size(); target++) {
        String name = loaded.targets().get(target);
        targets.put(name, toJson(name, forecasts.get(target)));
      }
      object = new LinkedHashMap<>();
      object.put("targets", targets);
    }
    object.put("times", labels);
    object.put("season", loaded.season());
    object.put("window", loaded.window());
    object.put(
        "transforms",
        loaded.transformations().keySet().stream().map(Transformation::toString).toList());
    object.put("device", kernels.device().toString());
    object.put("files", out == null ? List.of() : List.of(out.toString()));
    return object;
  }

  private static Map<String, Object> toJson(String target, Forecast forecast) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("column", target);
    object.put("values", Json.numbers(forecast.values()));
    if (forecast.hasIntervals()) {
      object.put("lower", Json.numbers(forecast.lower()));
      object.put("upper", Json.numbers(forecast.upper()));
      object.put("level", forecast.level());
    }
    return object;
  }

  private void print(PrintWriter writer, List<String> labels, Forecast forecast) {
    for (int step = 0; step < steps; step++) {
      String interval =
          forecast.hasIntervals()
              ? String.format(
                  Locale.ROOT,
                  "   %.6g to %.6g (%.0f %%)",
                  forecast.lower()[step],
                  forecast.upper()[step],
                  100 * level)
              : "";
      writer.printf(
          Locale.ROOT, "%-20s %12.6g%s%n", labels.get(step), forecast.values()[step], interval);
    }
  }
}
