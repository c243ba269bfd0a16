package dev.refrain.cli;

import dev.refrain.kernels.DeviceSoftware;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code refrain doctor} tells of the driver and NVIDIA's libraries: found, wanted, and the
 * mend.
 */
record SoftwareReport(DeviceSoftware software) {
  private static final String WANTED = DeviceSoftware.WANTED_DRIVER + " or later";

  /** What a fact is of, then the fact. */
  static String line(String subject, String fact) {
    return String.format("%-10s %s", subject, fact);
  }

  /** One fact a line. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(line("driver", driver()));
    lines.add(
        line(
            "runtime",
            software.runtime() == null ? "not built" : "CUDA %s".formatted(software.runtime())));
    for (DeviceSoftware.Library found : software.libraries()) {
      lines.add(line(found.library().title(), library(found)));
    }
    return lines;
  }

  private static String library(DeviceSoftware.Library found) {
    String wanted = "wanted: " + found.library().file();
    if (found.version() != null) {
      return "%s (%s)".formatted(found.version(), wanted);
    }
    return found.jar() == null
        ? "not found (%s): %s; %s".formatted(wanted, found.reason(), mend(found))
        : "not loaded (%s): %s".formatted(wanted, found.reason());
  }

  private String driver() {
    if (software.runtime() == null) {
      return "wanted: " + WANTED + "; not looked for without the engine's own library";
    }
    String mend = driverMend();
    return driverFound() + " (wanted: " + WANTED + ")" + (mend == null ? "" : ": " + mend);
  }

  private String driverFound() {
    if (software.driver() == null && software.driverCuda() == null) {
      return "not found";
    }
    return (software.driver() == null ? "of an unknown release" : software.driver())
        + (software.driverCuda() == null ? "" : ", knows CUDA " + software.driverCuda());
  }

  /** Null where the driver will do, as far as it is known. */
  private String driverMend() {
    if (software.driver() == null) {
      return software.driverCuda() == null
          ? "install NVIDIA's driver, and see that nvidia-smi shows a device"
          : null;
    }
    int release = Integer.parseInt(software.driver().split("\\.", 2)[0]);
    return release < Integer.parseInt(DeviceSoftware.WANTED_DRIVER)
        ? "install a newer one: it does not know CUDA " + software.runtime()
        : null;
  }

  private static String mend(DeviceSoftware.Library found) {
    return "Refrain's own kernels do its work; to have it, install %s, or name its file with %s"
        .formatted(found.library().title(), found.library().variable());
  }

  /** The same for programs; null for what is not known or not found. */
  Map<String, Object> toJson() {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("driver", software.driver());
    object.put("driverCuda", software.driverCuda());
    object.put("driverWanted", WANTED);
    object.put("driverMend", software.runtime() == null ? null : driverMend());
    object.put("runtime", software.runtime());
    Map<String, Object> libraries = new LinkedHashMap<>();
    for (DeviceSoftware.Library found : software.libraries()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("wanted", found.library().file());
      one.put("found", found.version());
      one.put("reason", found.reason());
      one.put("jar", found.jar());
      one.put("mend", found.version() == null && found.jar() == null ? mend(found) : null);
      libraries.put(found.library().title(), one);
    }
    object.put("libraries", libraries);
    return object;
  }
}
