package dev.refrain.cli;

import dev.refrain.kernels.Device;
import dev.refrain.kernels.Engine;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.EngineUnavailableException;
import dev.refrain.kernels.Engines;
import dev.refrain.kernels.KernelException;
import dev.refrain.kernels.Kernels;
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
          + " it uses, or with what it lacks and how to mend that; each GPU with its memory, its"
          + " driver and NVIDIA's libraries; the native library; the processor and its vector"
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

  /**
   * An engine as it was found.
   *
   * @param name its name in {@code --device}
   * @param reason what it found, or lacks
   * @param variant the instruction set or kernel family that is chosen; null if it does not run
   * @param running what runs, for people: that and the threads; null if it does not run
   * @param devices of an engine that has a choice of them
   */
  private record Finding(
      String name, String reason, String variant, String running, List<DeviceReport> devices) {
    static Finding missing(String name, String reason) {
      return new Finding(name, reason, null, null, List.of());
    }

    boolean available() {
      return running != null;
    }

    Map<String, Object> toJson() {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("name", name);
      object.put("available", available());
      object.put("reason", reason);
      object.put("variant", variant);
      object.put("description", running);
      object.put("devices", devices.stream().map(DeviceReport::toJson).toList());
      return object;
    }
  }

  @Override
  public void run() {
    Logging.errorsOnly();
    List<Finding> findings = examineAll();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.line(report(findings)));
    } else {
      print(findings, out);
    }
    out.flush();
  }

  private static List<Finding> examineAll() {
    List<Finding> findings = new ArrayList<>();
    Engines.installed().forEach(engine -> findings.add(examine(engine)));
    if (findings.stream().noneMatch(finding -> finding.name.equals(SEPARATE_ENGINE))) {
      findings.add(
          Finding.missing(
              SEPARATE_ENGINE, "the jar refrain-cuda is not on the class path: add it to have it"));
    }
    return findings;
  }

  private static Finding examine(Engine engine) {
    Engine.Availability availability = engine.availability();
    if (!availability.available()) {
      return Finding.missing(engine.name(), availability.reason());
    }
    try (Kernels kernels = engine.open(new Device(engine.name(), 0), EngineOptions.DEFAULT)) {
      return new Finding(
          engine.name(),
          availability.reason(),
          kernels.variant(),
          kernels.description(),
          engine.devices().stream().map(DeviceReport::new).toList());
    } catch (EngineUnavailableException | KernelException e) {
      return Finding.missing(engine.name(), e.getMessage());
    }
  }

  private static void print(List<Finding> findings, PrintWriter out) {
    out.printf("Engines, fastest first:%n");
    for (Finding finding : findings) {
      out.printf("  %-13s %s%n", finding.name, finding.available() ? finding.running : "missing");
      out.printf(LINE, "", finding.reason);
      finding.devices.forEach(device -> device.lines().forEach(line -> out.printf(LINE, "", line)));
    }
    out.printf("%n");
    out.printf(LINE, "auto is", auto(findings));
    out.printf(LINE, "native library", nativeLibrary(findings));
    out.printf(LINE, "processor", Processor.ofThisMachine());
    out.printf(LINE, "Java", javaVersion());
    out.printf(LINE, "system", system());
  }

  private static Map<String, Object> report(List<Finding> findings) {
    Processor processor = Processor.ofThisMachine();
    Map<String, Object> cpu = new LinkedHashMap<>();
    cpu.put("model", processor.model());
    cpu.put("cores", processor.cores());
    cpu.put("features", processor.vectorInstructions());
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("engines", findings.stream().map(Finding::toJson).toList());
    report.put("auto", auto(findings));
    report.put("nativeLibrary", nativeLibrary(findings));
    report.put("cpu", cpu);
    report.put("java", javaVersion());
    report.put("system", system());
    return report;
  }

  private static String auto(List<Finding> findings) {
    return findings.stream()
        .filter(Finding::available)
        .map(Finding::name)
        .findFirst()
        .orElse("nothing");
  }

  private static String nativeLibrary(List<Finding> findings) {
    return findings.stream()
        .filter(finding -> finding.name.equals(NATIVE_CPU))
        .map(Finding::reason)
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
