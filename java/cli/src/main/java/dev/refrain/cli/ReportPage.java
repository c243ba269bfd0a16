package dev.refrain.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.refrain.io.MalformedFileException;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.EncoderDecoderCheckpoint;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A run's folder as one HTML page. Nothing in the folder is trusted: all text is escaped, a chart
 * that holds more than shapes and words is left out, and the page forbids the browser both.
 */
final class ReportPage {
  private static final long LARGEST_FILE = 20_000_000;
  private static final int MOST_CHARACTERS = 20_000;
  private static final int MOST_LINES = 60;

  /** Of a chart's own size; what is smaller cannot be read. */
  private static final double LEAST_SCALE = 0.62;

  private static final Pattern WIDTH = Pattern.compile("\\A<svg[^>]* width=\"(\\d{1,5})\"");

  private final Path folder;
  private final Map<String, String> configuration = new LinkedHashMap<>();
  private final Map<String, String> metrics = new LinkedHashMap<>();

  /** What the record finds wrong with the run's result. */
  private final List<String> warnings = new ArrayList<>();

  /** Names of the files that the record tells of; empty where there is none. */
  private final Set<String> filesOfRun = new HashSet<>();

  private final List<String> charts = new ArrayList<>();
  private final List<String> tables = new ArrayList<>();
  private final StringBuilder chartSections = new StringBuilder();
  private final StringBuilder tableSections = new StringBuilder();
  private final StringBuilder textSections = new StringBuilder();
  private String title;
  private String device = "";

  private ReportPage(Path folder) {
    this.folder = folder;
    Path absolute = folder.toAbsolutePath().normalize();
    this.title =
        absolute.getNameCount() == 0 ? absolute.toString() : absolute.getFileName().toString();
  }

  /** Reads a folder. */
  static ReportPage of(Path folder) throws IOException {
    ReportPage page = new ReportPage(folder);
    page.readRecord();
    page.readModel();
    for (Path file : page.files()) {
      String name = file.getFileName().toString();
      switch (name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT)) {
        case "svg" -> page.addChart(file, name);
        case "csv" -> page.addTable(file, name);
        case "txt" -> page.addText(file, name);
        default -> {
          // Pictures are there as SVG, networks through their configuration.
        }
      }
    }
    return page;
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(Files::isRegularFile).filter(this::isOfRun).sorted().toList();
    }
  }

  /** Another command may have written into the same folder, before or after. */
  private boolean isOfRun(Path file) {
    return filesOfRun.isEmpty() || filesOfRun.contains(file.getFileName().toString());
  }

  boolean isEmpty() {
    return configuration.isEmpty() && metrics.isEmpty() && sections().isEmpty();
  }

  /** What there is to see comes first, whatever the files are called. */
  private String sections() {
    return "" + chartSections + tableSections + textSections;
  }

  List<String> charts() {
    return charts;
  }

  List<String> tables() {
    return tables;
  }

  private void readRecord() throws IOException {
    Path file = folder.resolve(RunRecord.FILE);
    if (!Files.exists(file) || Files.size(file) > LARGEST_FILE) {
      return;
    }
    try {
      JsonObject run = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
      title = "refrain " + run.get("command").getAsString();
      device = run.get("device").getAsString();
      put(configuration, run.getAsJsonObject("configuration"));
      put(metrics, run.getAsJsonObject("metrics"));
      if (run.has("warnings")) {
        run.getAsJsonArray("warnings").forEach(each -> warnings.add(each.getAsString()));
      }
      if (run.has("files")) {
        run.getAsJsonArray("files").forEach(name -> filesOfRun.add(name.getAsString()));
      }
    } catch (JsonParseException
        | CharacterCodingException
        | ClassCastException
        | IllegalStateException
        | NullPointerException
        | UnsupportedOperationException e) {
      throw new BadInputException(
          "'%s' is no record of a run; delete it or run the command again".formatted(file), e);
    }
  }

  private static void put(Map<String, String> target, JsonObject object) {
    for (Map.Entry<String, JsonElement> entry : object.entrySet()) {
      JsonElement value = entry.getValue();
      target.put(
          entry.getKey(),
          value.isJsonPrimitive() && value.getAsJsonPrimitive().isNumber()
              ? number(value.getAsDouble())
              : value.isJsonPrimitive() ? value.getAsString() : value.toString());
    }
  }

  static String number(double value) {
    if (value == Math.rint(value) && Math.abs(value) < 1e15) {
      return Long.toString((long) value);
    }
    return Math.abs(value) < 1e-3 || Math.abs(value) >= 1e7
        ? String.format(Locale.ROOT, "%.4g", value)
        : String.format(Locale.ROOT, "%.6f", value).replaceFirst("\\.?0+$", "");
  }

  /** Commands that keep no record tell their configuration through their model. */
  private void readModel() throws IOException {
    Path model = folder.resolve(TrainCommand.MODEL);
    if (!Files.exists(model) || !isOfRun(model)) {
      return;
    }
    configuration.put("network", network(model));
    if (!Files.exists(folder.resolve(RunRecord.FILE))) {
      new TreeMap<>(Checkpoint.configOf(model))
          .forEach(
              (key, value) ->
                  configuration.put(
                      key, value.length() > 80 ? value.substring(0, 79) + "…" : value));
    }
  }

  private static String network(Path model) throws IOException {
    try {
      return NetworkWords.of(Checkpoint.load(model).spec());
    } catch (MalformedFileException e) {
      try {
        return "encoder and decoder: "
            + NetworkWords.of(EncoderDecoderCheckpoint.load(model).spec());
      } catch (MalformedFileException again) {
        throw e;
      }
    }
  }

  private void addChart(Path file, String name) throws IOException {
    Optional<String> text = text(file, name);
    if (text.isEmpty()) {
      return;
    }
    // Names within a picture must not meet those of another on the same page.
    Optional<String> chart = PlainSvg.of(text.get(), "chart" + charts.size() + "-");
    if (chart.isEmpty()) {
      leaveOut(name, "it is no plain chart");
      return;
    }
    charts.add(name);
    chartSections.append("<figure").append(narrowest(chart.get())).append('>');
    chartSections.append(chart.get()).append("</figure>\n");
  }

  /** A wide chart is not made so narrow that its words cannot be read: it scrolls before that. */
  private static String narrowest(String chart) {
    Matcher width = WIDTH.matcher(chart);
    return width.find()
        ? " style=\"--narrowest: %dpx\""
            .formatted(Math.round(LEAST_SCALE * Integer.parseInt(width.group(1))))
        : "";
  }

  /** A file's text, or nothing, which the page then says. */
  private Optional<String> text(Path file, String name) throws IOException {
    if (Files.size(file) > LARGEST_FILE) {
      leaveOut(name, "it is larger than " + LARGEST_FILE / 1_000_000 + " MB");
      return Optional.empty();
    }
    try {
      return Optional.of(Files.readString(file));
    } catch (CharacterCodingException e) {
      leaveOut(name, "it is no text in UTF-8");
      return Optional.empty();
    }
  }

  private void leaveOut(String name, String reason) {
    textSections.append("<p>").append(escape(name)).append(" is left out: ");
    textSections.append(escape(reason)).append(".</p>\n");
  }

  private void addTable(Path file, String name) throws IOException {
    tables.add(name);
    tableSections.append("<h2>").append(escape(name)).append("</h2>\n");
    tableSections.append(ReportTable.of(file)).append('\n');
  }

  private void addText(Path file, String name) throws IOException {
    Optional<String> read = text(file, name);
    if (read.isEmpty()) {
      return;
    }
    String text = read.get();
    List<String> lines = text.lines().toList();
    String shown = String.join("\n", lines.subList(0, Math.min(lines.size(), MOST_LINES)));
    shown = shown.substring(0, Math.min(shown.length(), MOST_CHARACTERS));
    textSections.append("<h2>").append(escape(name)).append("</h2>\n<pre>");
    textSections.append(escape(shown)).append("</pre>\n");
    if (lines.size() > MOST_LINES) {
      textSections.append("<p>").append(lines.size() - MOST_LINES).append(" more lines in");
      textSections.append(" the file.</p>\n");
    }
  }

  /** The page. */
  String html() {
    StringBuilder html = new StringBuilder();
    html.append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n");
    html.append(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src"
            + " 'unsafe-inline'\">\n");
    html.append("<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
    html.append(escape(title)).append("</title>\n<style>").append(STYLE).append("</style></head>");
    html.append("<body>\n<h1>").append(escape(title)).append("</h1>\n");
    if (!device.isEmpty()) {
      html.append("<p class=\"device\">Computed on ").append(escape(device)).append(".</p>\n");
    }
    warnings.forEach(
        each -> html.append("<p class=\"warning\">").append(escape(each)).append(".</p>\n"));
    html.append("<div class=\"pairs\">\n");
    appendPairs(html, "Metrics", metrics);
    appendPairs(html, "Configuration", configuration);
    html.append("</div>\n").append(sections()).append("</body></html>\n");
    return html.toString();
  }

  private static void appendPairs(StringBuilder html, String heading, Map<String, String> pairs) {
    if (pairs.isEmpty()) {
      return;
    }
    html.append("<section><h2>").append(heading).append("</h2>\n<table>");
    pairs.forEach(
        (key, value) ->
            html.append("<tr><th>")
                .append(escape(key))
                .append("</th><td>")
                .append(escape(value))
                .append("</td></tr>\n"));
    html.append("</table></section>\n");
  }

  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  /** Colours of day and night; what is wider than a narrow screen scrolls in its own frame. */
  private static final String STYLE =
      """
      :root { color-scheme: light dark; --ink: #30363d; --faint: #6b727b; --line: #e3e6ea;
              --page: #ffffff; --box: #f6f7f9; }
      body { font: 16px/1.5 sans-serif; color: var(--ink); background: var(--page);
             max-width: 1100px; margin: 2rem auto; padding: 0 1rem; }
      h1 { font-size: 1.6rem; margin-bottom: 0; overflow-wrap: anywhere; }
      h2 { font-size: 1.15rem; margin-top: 2rem; }
      .device { color: var(--faint); margin-top: .2rem; }
      .warning { border-left: 4px solid #c0392b; padding-left: .8rem; }
      .pairs { display: flex; flex-wrap: wrap; gap: 0 4rem; align-items: flex-start; }
      .pairs section { max-width: 100%; }
      table { border-collapse: collapse; font-size: .92rem; }
      th, td { text-align: left; padding: .25rem 1.2rem .25rem 0; vertical-align: top;
               border-bottom: 1px solid var(--line); }
      th { font-weight: normal; color: var(--faint); }
      .pairs td { overflow-wrap: anywhere; max-width: 30rem; }
      .wide { overflow-x: auto; }
      .wide th, .wide td { white-space: nowrap; font-variant-numeric: tabular-nums; }
      .number { text-align: right; }
      figure { margin: 1.5rem 0; overflow-x: auto; }
      figure svg { width: 100%; min-width: var(--narrowest, 620px); height: auto; }
      pre { background: var(--box); padding: 1rem; white-space: pre-wrap; font-size: .9rem;
            overflow-wrap: anywhere; }
      @media (prefers-color-scheme: dark) {
        :root { --ink: #d7dce1; --faint: #9aa2ab; --line: #3a3d40; --page: #171717;
                --box: #242424; }
        figure svg { filter: invert(.91) hue-rotate(180deg); }
      }
      """;
}
