package dev.refrain.kernels.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.refrain.kernels.DeviceSoftware;
import dev.refrain.kernels.NvidiaLibrary;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** NVIDIA's libraries in jars are seen where they cannot be loaded, for want of a driver. */
class LibraryJarsTest {
  private static final DeviceSoftware FOUND =
      new DeviceSoftware(
          null,
          null,
          "13.0",
          List.of(
              new DeviceSoftware.Library(NvidiaLibrary.CUBLAS, null, "cannot open it"),
              new DeviceSoftware.Library(NvidiaLibrary.CUDNN, null, "cannot open it")));

  @TempDir private Path folder;

  @Test
  void aJarThatBringsALibraryIsNamed() throws Exception {
    try (URLClassLoader loader = loader(jar("cublas for tests.jar", NvidiaLibrary.CUBLAS))) {
      assertEquals(
          Optional.of("cublas for tests.jar"), LibraryJars.bringing(NvidiaLibrary.CUBLAS, loader));
      assertEquals(Optional.empty(), LibraryJars.bringing(NvidiaLibrary.CUDNN, loader));
    }
  }

  @Test
  void withoutADeviceItIsToBeLoadedWhereThereIsOne() throws Exception {
    try (URLClassLoader loader = loader(jar("a.jar", NvidiaLibrary.CUBLAS))) {
      DeviceSoftware software = LibraryJars.addTo(FOUND, loader, null);
      DeviceSoftware.Library cublas = software.of(NvidiaLibrary.CUBLAS);
      assertEquals("a.jar", cublas.jar());
      assertEquals("it lies in a.jar, and is loaded where there is a device", cublas.reason());
      assertEquals(FOUND.of(NvidiaLibrary.CUDNN), software.of(NvidiaLibrary.CUDNN));
    }
  }

  @Test
  void whatADeviceCouldNotLoadIsSaid() throws Exception {
    try (URLClassLoader loader = loader(jar("a.jar", NvidiaLibrary.CUBLAS))) {
      DeviceSoftware software =
          LibraryJars.addTo(FOUND, loader, Map.of(NvidiaLibrary.CUBLAS, "no libcublasLt"));
      assertEquals(
          "it lies in a.jar, but cannot be loaded: no libcublasLt",
          software.of(NvidiaLibrary.CUBLAS).reason());
      assertEquals(
          "it lies in a.jar, but cannot be loaded: cannot open it",
          LibraryJars.addTo(FOUND, loader, Map.of()).of(NvidiaLibrary.CUBLAS).reason());
    }
  }

  @Test
  void whatIsLoadedNeedsNoJar() throws Exception {
    DeviceSoftware loaded =
        new DeviceSoftware(
            "580.95.05",
            "13.0",
            "13.0",
            List.of(new DeviceSoftware.Library(NvidiaLibrary.CUBLAS, "13.0.2", null)));
    try (URLClassLoader loader = loader(jar("a.jar", NvidiaLibrary.CUBLAS))) {
      DeviceSoftware software = LibraryJars.addTo(loaded, loader, Map.of());
      assertEquals(loaded, software);
      assertNull(software.of(NvidiaLibrary.CUBLAS).jar());
    }
  }

  private Path jar(String name, NvidiaLibrary library) throws IOException {
    Path jar = folder.resolve(name);
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(
          new JarEntry("org/bytedeco/cuda/" + Loader.getPlatform() + "/" + library.file()));
      out.closeEntry();
    }
    return jar;
  }

  private static URLClassLoader loader(Path jar) throws IOException {
    return new URLClassLoader(new URL[] {jar.toUri().toURL()}, null);
  }
}
