package dev.refrain.kernels.cuda;

import dev.refrain.kernels.DeviceProperties;
import dev.refrain.kernels.NvidiaLibrary;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.bytedeco.javacpp.Loader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads cuBLAS and cuDNN from jars, if an application brings such: the native engine then finds
 * them in the process, as it finds those that the system has. Only for a machine with a driver, for
 * without it JavaCPP's classes of CUDA cannot be touched.
 */
final class VendorLibraries {
  private static final Logger LOG = LoggerFactory.getLogger(VendorLibraries.class);
  private static final AtomicBoolean SAID = new AtomicBoolean();

  private VendorLibraries() {}

  private static final class Holder {
    static final Map<NvidiaLibrary, String> FAILURES = loadAll();
  }

  /** Loads what can be had, once. Never fails. */
  static void load() {
    if (!Holder.FAILURES.isEmpty()) {
      LOG.debug("no libraries of NVIDIA in jars: {}", Holder.FAILURES);
    }
  }

  private static Map<NvidiaLibrary, String> loadAll() {
    Map<NvidiaLibrary, String> failures = new EnumMap<>(NvidiaLibrary.class);
    tryTo(NvidiaLibrary.CUBLAS, () -> Loader.load(org.bytedeco.cuda.global.cublas.class), failures);
    tryTo(NvidiaLibrary.CUDNN, () -> Loader.load(org.bytedeco.cuda.global.cudnn.class), failures);
    return failures;
  }

  /** The jar may be missing, or the part of it for this platform, or a library that it links. */
  private static void tryTo(
      NvidiaLibrary library, Runnable load, Map<NvidiaLibrary, String> failures) {
    try {
      load.run();
    } catch (LinkageError e) {
      failures.put(library, e.toString());
    }
  }

  /** Logs once which libraries are asked for and not there. */
  static void sayWhatIsMissing(Set<NvidiaLibrary> wanted, List<DeviceProperties> devices) {
    if (devices.isEmpty() || !SAID.compareAndSet(false, true)) {
      return;
    }
    for (NvidiaLibrary library : wanted) {
      if (version(library, devices.get(0)) == null) {
        LOG.info(
            "{} ({}) was not found: Refrain's own kernels do its work",
            library.title(),
            library.file());
      }
    }
  }

  private static String version(NvidiaLibrary library, DeviceProperties device) {
    return switch (library) {
      case CUBLAS -> device.cublas();
      case CUDNN -> device.cudnn();
    };
  }
}
