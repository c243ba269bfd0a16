package dev.refrain.cli;

import dev.refrain.kernels.DeviceProperties;
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
    String subject = device.device() + " is";
    if (device.name() != null) {
      lines.add(
          SoftwareReport.line(
              subject,
              "%s, compute capability %s, %d multiprocessors"
                  .formatted(device.name(), device.computeCapability(), device.multiprocessors())));
      subject = "memory";
    }
    lines.add(SoftwareReport.line(subject, device.answers() ? memory() : fault()));
    return lines;
  }

  private String memory() {
    return String.format(
        Locale.ROOT, "%.1f of %.1f GiB free", device.freeBytes() / GIB, device.totalBytes() / GIB);
  }

  private String fault() {
    return "not answering: "
        + device.fault()
        + ": see that nvidia-smi shows it and who uses it, or hide it with CUDA_VISIBLE_DEVICES";
  }

  /** The same for programs; null for what is not known. */
  Map<String, Object> toJson() {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("device", device.device().toString());
    object.put("name", device.name());
    object.put("computeCapability", device.computeCapability());
    object.put("multiprocessors", device.name() == null ? null : device.multiprocessors());
    object.put("totalBytes", device.name() == null ? null : device.totalBytes());
    object.put("freeBytes", device.answers() ? device.freeBytes() : null);
    object.put("fault", device.fault());
    return object;
  }
}
