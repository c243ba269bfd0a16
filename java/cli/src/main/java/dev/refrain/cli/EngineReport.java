package dev.refrain.cli;

import dev.refrain.kernels.Device;
import dev.refrain.kernels.DeviceProperties;
import dev.refrain.kernels.DeviceSoftware;
import dev.refrain.kernels.Engine;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.EngineUnavailableException;
import dev.refrain.kernels.KernelException;
import dev.refrain.kernels.Kernels;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An engine as {@code refrain doctor} found it.
 *
 * @param name its name in {@code --device}
 * @param reason what it found, or lacks
 * @param variant the instruction set or kernel family that is chosen; null if it does not run
 * @param running what runs, for people: that and the threads; null if it does not run
 * @param devices of an engine that has a choice of them, whether it runs or not
 * @param software that its devices need; null where it needs none
 */
record EngineReport(
    String name,
    String reason,
    String variant,
    String running,
    List<DeviceProperties> devices,
    DeviceSoftware software) {

  /** An engine that is not there at all. */
  static EngineReport missing(String name, String reason) {
    return new EngineReport(name, reason, null, null, List.of(), null);
  }

  /** Opens the engine, on its first device, to see that it works. */
  static EngineReport examine(Engine engine) {
    Engine.Availability availability = engine.availability();
    if (!availability.available()) {
      return broken(engine, availability.reason());
    }
    try (Kernels kernels = engine.open(new Device(engine.name(), 0), EngineOptions.DEFAULT)) {
      return new EngineReport(
          engine.name(),
          availability.reason(),
          kernels.variant(),
          kernels.description(),
          engine.devices(),
          engine.software().orElse(null));
    } catch (EngineUnavailableException | KernelException e) {
      return broken(engine, e.getMessage());
    }
  }

  /** What it has is told all the same: it is what the mend begins with. */
  private static EngineReport broken(Engine engine, String reason) {
    return new EngineReport(
        engine.name(), reason, null, null, engine.devices(), engine.software().orElse(null));
  }

  boolean available() {
    return running != null;
  }

  /** The facts below the engine's name, one a line. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(reason);
    devices.forEach(device -> lines.addAll(new DeviceReport(device).lines()));
    if (software != null) {
      lines.addAll(new SoftwareReport(software).lines());
    }
    return lines;
  }

  Map<String, Object> toJson() {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("name", name);
    object.put("available", available());
    object.put("reason", reason);
    object.put("variant", variant);
    object.put("description", running);
    object.put("devices", devices.stream().map(each -> new DeviceReport(each).toJson()).toList());
    object.put("software", software == null ? null : new SoftwareReport(software).toJson());
    return object;
  }
}
