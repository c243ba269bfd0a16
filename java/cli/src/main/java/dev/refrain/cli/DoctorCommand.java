package dev.refrain.cli;

import dev.refrain.kernels.Engines;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code refrain doctor}: what can compute on this machine, what cannot and why. */
@Command(
    name = "doctor",
    header = "Tells which engines work on this machine, and why others do not.",
    description = {
      "",
      "Shows the engines, fastest first, each with the instruction set or GPU and the threads that"
          + " it uses, or with what it lacks and how to mend that; each GPU with its memory, or why"
          + " it does not answer; the driver and NVIDIA's libraries, found and wanted; the native library; the processor and its vector"
          + " instructions; and the Java version."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    footer = {"", "Examples:", "  refrain doctor", "  refrain doctor --json"})
final class DoctorCommand implements Runnable {
  /** The engine that the native library on the CPU is for. */
  private static final String NATIVE_CPU = "cpu";

  /** The engine that is a jar of its own. */
  private static final String SEPARATE_ENGINE = "cuda";

  private static final String LINE = "%-15s %s%n";

  @Spec private CommandSpec spec;

  @Option(names = "--json", description = "Print one JSON object on stdout.")
  private boolean json;

  @Override
  public void run() {
    Logging.errorsOnly();
    List<EngineReport> findings = examineAll();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.line(report(findings)));
    } else {
      print(findings, out);
    }
    out.flush();
  }

  private static List<EngineReport> examineAll() {
    List<EngineReport> findings = new ArrayList<>();
    Engines.installed().forEach(engine -> findings.add(EngineReport.examine(engine)));
    if (findings.stream().noneMatch(finding -> finding.name().equals(SEPARATE_ENGINE))) {
      findings.add(
          EngineReport.missing(
              SEPARATE_ENGINE, "the jar refrain-cuda is not on the class path: add it to have it"));
    }
    return findings;
  }

  private static void print(List<EngineReport> findings, PrintWriter out) {
    out.printf("Engines, fastest first:%n");
    for (EngineReport finding : findings) {
      out.printf(
          "  %-13s %s%n", finding.name(), finding.available() ? finding.running() : "missing");
      finding.lines().forEach(line -> out.printf(LINE, "", line));
    }
    out.printf("%n");
    out.printf(LINE, "auto is", auto(findings));
    out.printf(LINE, "native library", nativeLibrary(findings));
    out.printf(LINE, "processor", Processor.ofThisMachine());
    out.printf(LINE, "Java", javaVersion());
    out.printf(LINE, "system", system());
  }

  private static Map<String, Object> report(List<EngineReport> findings) {
    Processor processor = Processor.ofThisMachine();
    Map<String, Object> cpu = new LinkedHashMap<>();
    cpu.put("model", processor.model());
    cpu.put("cores", processor.cores());
    cpu.put("features", processor.vectorInstructions());
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("engines", findings.stream().map(EngineReport::toJson).toList());
    report.put("auto", auto(findings));
    report.put("nativeLibrary", nativeLibrary(findings));
    report.put("cpu", cpu);
    report.put("java", javaVersion());
    report.put("system", system());
    return report;
  }

  private static String auto(List<EngineReport> findings) {
    return findings.stream()
        .filter(EngineReport::available)
        .map(EngineReport::name)
        .findFirst()
        .orElse("nothing");
  }

  private static String nativeLibrary(List<EngineReport> findings) {
    return findings.stream()
        .filter(finding -> finding.name().equals(NATIVE_CPU))
        .map(EngineReport::reason)
        .findFirst()
        .orElse("no engine of this installation has one");
  }

  private static String javaVersion() {
    return Runtime.version() + " of " + System.getProperty("java.vendor");
  }

  private static String system() {
    return System.getProperty("os.name") + " on " + System.getProperty("os.arch");
  }
}
