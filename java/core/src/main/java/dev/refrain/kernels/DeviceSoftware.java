package dev.refrain.kernels;

import java.util.List;

/**
 * The software that drives an engine's devices, as far as it is there: the same whether there is a
 * device or none.
 *
 * @param driver the release of NVIDIA's driver, such as {@code 580.95.05}; null where it is unknown
 * @param driverCuda the CUDA version that the driver knows, such as {@code 13.0}; null without one
 * @param runtime the CUDA version that the engine was built with; null where it was not built
 * @param libraries what was found of each library that the engine can use
 */
public record DeviceSoftware(
    String driver, String driverCuda, String runtime, List<Library> libraries) {
  /** The first release of the driver that knows the CUDA version that the engine is built with. */
  public static final String WANTED_DRIVER = "580";

  /**
   * A library.
   *
   * @param library which
   * @param version such as {@code 9.25.0}; null where it was not found
   * @param reason why it was not found; null where it was
   * @param jar that brings it, where it is not loaded all the same, as without a device; else null
   */
  public record Library(NvidiaLibrary library, String version, String reason, String jar) {
    /** One that no jar brings. */
    public Library(NvidiaLibrary library, String version, String reason) {
      this(library, version, reason, null);
    }
  }

  /** What there is to say of a library. */
  public Library of(NvidiaLibrary library) {
    return libraries.stream()
        .filter(found -> found.library() == library)
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("nobody looked for " + library.title()));
  }
}
