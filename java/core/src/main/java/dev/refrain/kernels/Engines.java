package dev.refrain.kernels;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds engines and opens devices. */
public final class Engines {
  private static final Logger LOG = LoggerFactory.getLogger(Engines.class);
  private static final Set<String> LOGGED_CHOICES = ConcurrentHashMap.newKeySet();

  private Engines() {}

  /** All engines on the class or module path, fastest first; also those that do not work here. */
  public static List<Engine> installed() {
    List<Engine> engines = new ArrayList<>();
    ServiceLoader.load(Engine.class, Engines.class.getClassLoader()).forEach(engines::add);
    engines.sort(Comparator.comparingInt(Engine::rank).reversed());
    return engines;
  }

  /**
   * Opens a device with {@link EngineOptions#DEFAULT}; see {@link #open(Device, EngineOptions)}.
   */
  public static Kernels open(Device device) {
    return open(device, EngineOptions.DEFAULT);
  }

  /**
   * Opens a device. {@code auto} takes the fastest engine that works and logs the choice once, why
   * faster ones were passed over at debug level; a named engine is that engine or an error, never
   * another one.
   *
   * @throws EngineUnavailableException if the device cannot be had; the message says why
   */
  public static Kernels open(Device device, EngineOptions options) {
    List<Engine> engines = installed();
    if (device.engine().equals(Device.AUTO.engine())) {
      return openFastest(engines, options);
    }
    Engine engine =
        engines.stream()
            .filter(e -> e.name().equals(device.engine()))
            .findFirst()
            .orElseThrow(() -> unknown(device, engines));
    return engine.open(device, options);
  }

  private static Kernels openFastest(List<Engine> engines, EngineOptions options) {
    Map<String, String> declined = new LinkedHashMap<>();
    for (Engine engine : engines) {
      Engine.Availability availability = engine.availability();
      if (availability.available()) {
        Kernels kernels = engine.open(new Device(engine.name(), 0), options);
        logChoice(kernels, declined);
        return kernels;
      }
      declined.put(engine.name(), availability.reason());
    }
    throw new EngineUnavailableException("no engine works here: " + declined);
  }

  private static void logChoice(Kernels kernels, Map<String, String> declined) {
    String choice = kernels.description();
    if (LOGGED_CHOICES.add(choice)) {
      String passedOver = String.join(", ", declined.keySet());
      LOG.info(
          "computing on {}{}",
          choice,
          declined.isEmpty() ? "" : "; " + passedOver + " does not work here ('doctor' says why)");
      declined.forEach((engine, why) -> LOG.debug("not on {}: {}", engine, why));
    }
  }

  private static EngineUnavailableException unknown(Device device, List<Engine> engines) {
    String names = engines.stream().map(Engine::name).collect(Collectors.joining(", "));
    return new EngineUnavailableException(
        "there is no engine '"
            + device.engine()
            + "'; choose one of auto, "
            + names
            + (device.engine().equals("cuda") ? "; the jar refrain-cuda brings cuda" : ""));
  }
}
