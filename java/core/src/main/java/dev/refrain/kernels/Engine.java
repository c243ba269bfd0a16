package dev.refrain.kernels;

import java.util.List;
import java.util.Optional;

/**
 * A provider of {@link Kernels}, found by {@link java.util.ServiceLoader}. Asking about an engine
 * must never fail, whatever the machine lacks.
 */
public interface Engine {

  /** Name in {@link Device}: lower case, without a colon. */
  String name();

  /** Higher is tried first by {@code auto}: 0 reference, 100 cpu, 200 cuda. */
  int rank();

  /** Whether it works here, and why or why not. */
  Availability availability();

  /**
   * Opens a device.
   *
   * @throws EngineUnavailableException if it cannot be had; the message says what is missing and
   *     how to mend it
   */
  Kernels open(Device device, EngineOptions options);

  /**
   * What {@link EngineOptions#variant()} may be, {@code auto} first; empty where there is no
   * choice.
   */
  default List<String> variants() {
    return List.of();
  }

  /**
   * The devices that it can open, where it has a choice of them, and those that do not answer;
   * never fails.
   */
  default List<DeviceProperties> devices() {
    return List.of();
  }

  /** The software that its devices need, found or not; empty where it needs none. Never fails. */
  default Optional<DeviceSoftware> software() {
    return Optional.empty();
  }

  /**
   * Whether an engine works here.
   *
   * @param available whether {@link Engine#open} can succeed
   * @param reason a sentence: what it found, or what is missing and how to mend it
   */
  record Availability(boolean available, String reason) {}
}
