package dev.refrain.kernels.cuda;

import dev.refrain.kernels.DeviceSoftware;
import dev.refrain.kernels.NvidiaLibrary;
import java.net.URI;
import java.net.URL;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;

/**
 * Which jars bring NVIDIA's libraries: a look at their names alone, which needs neither a driver
 * nor JavaCPP's classes of CUDA.
 */
final class LibraryJars {
  private static final String FOLDER = "org/bytedeco/cuda/";
  private static final String IN_JAR = "jar:file:";

  private LibraryJars() {}

  /** The name of the jar, or the folder, that brings a library, if one does. */
  static Optional<String> bringing(NvidiaLibrary library, ClassLoader loader) {
    return Optional.ofNullable(
            loader.getResource(FOLDER + Loader.getPlatform() + "/" + library.file()))
        .map(LibraryJars::nameOf);
  }

  private static String nameOf(URL resource) {
    String text = resource.toString();
    if (!text.startsWith(IN_JAR)) {
      return text;
    }
    String jar = text.substring("jar:".length(), text.indexOf("!/"));
    return Path.of(URI.create(jar)).getFileName().toString();
  }

  /**
   * Adds to what the native engine found the jars of the libraries that it did not find.
   *
   * @param failures why libraries of jars could not be loaded; null where nobody has tried, for
   *     want of a device
   */
  static DeviceSoftware addTo(
      DeviceSoftware found, ClassLoader loader, Map<NvidiaLibrary, String> failures) {
    return new DeviceSoftware(
        found.driver(),
        found.driverCuda(),
        found.runtime(),
        found.libraries().stream().map(each -> addTo(each, loader, failures)).toList());
  }

  private static DeviceSoftware.Library addTo(
      DeviceSoftware.Library found, ClassLoader loader, Map<NvidiaLibrary, String> failures) {
    if (found.version() != null) {
      return found;
    }
    NvidiaLibrary library = found.library();
    return bringing(library, loader)
        .map(jar -> new DeviceSoftware.Library(library, null, reason(found, jar, failures), jar))
        .orElse(found);
  }

  private static String reason(
      DeviceSoftware.Library found, String jar, Map<NvidiaLibrary, String> failures) {
    return failures == null
        ? "it lies in " + jar + ", and is loaded where there is a device"
        : "it lies in "
            + jar
            + ", but cannot be loaded: "
            + failures.getOrDefault(found.library(), found.reason());
  }
}
