package dev.refrain.cli;

import dev.refrain.io.AtomicFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code refrain report DIR}: a run's folder as one page. */
@Command(
    name = "report",
    header = "Makes one self-contained HTML page of a run's folder.",
    description = {
      "",
      "The page holds the run's configuration, metrics, charts (the SVG files), tables (the CSV"
          + " files) and texts. It needs nothing from elsewhere, runs no scripts, and can be sent as"
          + " one file."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  refrain report refrain-out/sine",
      "  refrain report refrain-out --html milk.html"
    })
final class ReportCommand implements Runnable {
  private static final String PAGE = "report.html";

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "DIR", description = "Folder that a command wrote into.")
  private Path folder;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Where to write the page. Default: report.html in DIR.")
  private Path page;

  @Option(names = "--json", description = "Print one JSON object on stdout.")
  private boolean json;

  @Override
  public void run() {
    if (!Files.isDirectory(folder)) {
      throw new BadInputException(
          "'%s' is no folder; name one that a command wrote into".formatted(folder));
    }
    Path target = page == null ? folder.resolve(PAGE) : page;
    ReportPage report;
    try {
      report = ReportPage.of(folder);
    } catch (IOException e) {
      throw new CommandFailedException(e.getMessage(), e);
    }
    if (report.isEmpty()) {
      throw new BadInputException(
          "'%s' holds nothing to report: no %s, charts, tables or model"
              .formatted(folder, RunRecord.FILE));
    }
    try {
      AtomicFiles.writeString(target, report.html());
    } catch (IOException e) {
      throw new CommandFailedException(e.getMessage(), e);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("file", target.toString());
      object.put("charts", report.charts());
      object.put("tables", report.tables());
      out.println(Json.line(object));
    } else {
      out.println(target);
    }
    out.flush();
  }
}
