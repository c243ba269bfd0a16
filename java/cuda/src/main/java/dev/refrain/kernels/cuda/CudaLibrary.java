package dev.refrain.kernels.cuda;

import dev.refrain.kernels.bridge.NativeBackend;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.javacpp.Loader;

/** Finds the engine's native library beside its classes, in a folder or a jar, and loads it. */
final class CudaLibrary {
  private static final String FILE = "librefrain_cuda.so";
  private static final Path DRIVER = Path.of("/dev/nvidiactl");

  private CudaLibrary() {}

  /** Never fails: what is missing is told by the backend. */
  static NativeBackend load(String name) {
    String platform = Loader.getPlatform();
    URL library = CudaLibrary.class.getResource(platform + "/" + FILE);
    if (library == null) {
      return NativeBackend.missing(name, notBuilt(platform));
    }
    try {
      File file = Loader.cacheResource(library);
      return NativeBackend.load(name, file.toPath());
    } catch (IOException e) {
      return NativeBackend.missing(
          name,
          "its library cannot be unpacked ("
              + e
              + "): name a folder that can be written, with"
              + " -Dorg.bytedeco.javacpp.cachedir=DIR");
    }
  }

  private static String notBuilt(String platform) {
    String device =
        Files.exists(DRIVER)
            ? "this machine has an NVIDIA driver, but "
            : "no NVIDIA driver shows a device on this machine (there is no " + DRIVER + "), and ";
    return device
        + "refrain-cuda was built without its native library for "
        + platform
        + ": on a machine with an NVIDIA GPU, install its driver and the CUDA toolkit 13 (nvcc), and"
        + " build with -Drefrain.cuda=required";
  }
}
