package dev.refrain.kernels.cuda;

import dev.refrain.kernels.DeviceSoftware;
import dev.refrain.kernels.NvidiaLibrary;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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
  private static final Set<String> SAID = ConcurrentHashMap.newKeySet();

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

  /** Why libraries of jars could not be loaded; loads them where nobody did yet. */
  static Map<NvidiaLibrary, String> failures() {
    return Holder.FAILURES;
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

  /**
   * What an application should know of the libraries that it allows.
   *
   * @param allowed by the application
   * @param wanted of these, what no system property forbids
   */
  static List<String> notices(
      Set<NvidiaLibrary> allowed, Set<NvidiaLibrary> wanted, DeviceSoftware software) {
    List<String> notices = new ArrayList<>();
    for (NvidiaLibrary library : allowed) {
      if (!wanted.contains(library)) {
        notices.add(
            "-D%s=off: %s is not used: Refrain's own kernels do its work"
                .formatted(CudaOptions.property(library), library.title()));
      } else if (software.of(library).version() == null) {
        notices.add(
            "%s (%s) was not found: %s: Refrain's own kernels do its work"
                .formatted(library.title(), library.file(), software.of(library).reason()));
      }
    }
    return notices;
  }

  /** Those of them that this process has not been told yet. */
  static List<String> unsaid(List<String> notices) {
    return notices.stream().filter(SAID::add).toList();
  }

  /** Logs each notice once. */
  static void say(List<String> notices) {
    unsaid(notices).forEach(LOG::info);
  }
}
