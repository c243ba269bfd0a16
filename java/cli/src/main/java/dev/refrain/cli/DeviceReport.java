package dev.refrain.cli;

import dev.refrain.kernels.DeviceProperties;
import dev.refrain.kernels.NvidiaLibrary;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What {@code refrain doctor} tells of one device: as lines for people, and as JSON. */
record DeviceReport(DeviceProperties device) {
  private static final double GIB = 1L << 30;

  /** One fact a line: what it is of, then the fact. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        line(
            device.device() + " is",
            "%s, compute capability %s, %d multiprocessors"
                .formatted(device.name(), device.computeCapability(), device.multiprocessors())));
    lines.add(
        line(
            "memory",
            String.format(
                Locale.ROOT,
                "%.1f of %.1f GiB free",
                device.freeBytes() / GIB,
                device.totalBytes() / GIB)));
    lines.add(line("driver", "knows CUDA " + known(device.driver())));
    lines.add(line("runtime", "CUDA " + known(device.runtime())));
    for (NvidiaLibrary library : NvidiaLibrary.values()) {
      String found = found(library);
      String wanted = "wanted: " + library.file();
      lines.add(
          line(
              library.title(),
              found == null
                  ? "not found (%s): %s".formatted(wanted, mend(library))
                  : "%s (%s)".formatted(found, wanted)));
    }
    return lines;
  }

  private static String line(String subject, String fact) {
    return String.format("%-10s %s", subject, fact);
  }

  private static String known(String version) {
    return version == null ? "of an unknown version" : version;
  }

  /** The version that was found; null where none was. */
  private String found(NvidiaLibrary library) {
    return switch (library) {
      case CUBLAS -> device.cublas();
      case CUDNN -> device.cudnn();
    };
  }

  private static String mend(NvidiaLibrary library) {
    return "Refrain's own kernels do its work; to have it, install %s, or name its file with %s"
        .formatted(library.title(), library.variable());
  }

  /** The same for programs; null for what is not known or not found. */
  Map<String, Object> toJson() {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("device", device.device().toString());
    object.put("name", device.name());
    object.put("computeCapability", device.computeCapability());
    object.put("multiprocessors", device.multiprocessors());
    object.put("driver", device.driver());
    object.put("runtime", device.runtime());
    object.put("totalBytes", device.totalBytes());
    object.put("freeBytes", device.freeBytes());
    Map<String, Object> libraries = new LinkedHashMap<>();
    for (NvidiaLibrary library : NvidiaLibrary.values()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("wanted", library.file());
      one.put("found", found(library));
      one.put("mend", found(library) == null ? mend(library) : null);
      libraries.put(library.title(), one);
    }
    object.put("libraries", libraries);
    return object;
  }
}
