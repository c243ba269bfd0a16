package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.refrain.TestEngines;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorCommandTest {
  @TempDir private Path folder;

  @Test
  void jsonTellsEveryEngineAndWhy() throws Exception {
    Refrain run = Refrain.run(folder, "doctor", "--json").endedWith(0);
    assertEquals("", run.err());
    JsonObject report = run.json();
    assertEquals(
        List.of("engines", "auto", "nativeLibrary", "cpu", "java", "system"),
        List.copyOf(report.keySet()));
    boolean reference = false;
    for (JsonElement element : report.getAsJsonArray("engines")) {
      JsonObject engine = element.getAsJsonObject();
      assertFalse(engine.get("reason").getAsString().isBlank());
      assertEquals(engine.get("available").getAsBoolean(), !engine.get("description").isJsonNull());
      boolean cuda = engine.get("name").getAsString().equals("cuda");
      assertEquals(
          cuda && engine.get("available").getAsBoolean(),
          !engine.getAsJsonArray("devices").isEmpty());
      if (cuda) {
        JsonObject software = engine.getAsJsonObject("software");
        assertEquals("580 or later", software.get("driverWanted").getAsString());
        JsonObject libraries = software.getAsJsonObject("libraries");
        assertEquals(
            "libcublas.so.13", libraries.getAsJsonObject("cuBLAS").get("wanted").getAsString());
        assertEquals(
            "libcudnn.so.9", libraries.getAsJsonObject("cuDNN").get("wanted").getAsString());
      }
      reference |= engine.get("name").getAsString().equals("reference");
    }
    assertTrue(reference, "the reference engine is not among them");
    assertTrue(report.getAsJsonObject("cpu").get("cores").getAsInt() > 0);
    assertTrue(
        report.get("java").getAsString().startsWith(Integer.toString(Runtime.version().feature())));
  }

  @Test
  void aJarThatBringsALibraryIsSeenWithoutADevice() throws Exception {
    assumeTrue(TestEngines.missing().containsKey("cuda"), "this machine has a GPU");
    Path jar = folder.resolve("redist-cudnn.jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(
          new JarEntry("org/bytedeco/cuda/" + Loader.getPlatform() + "/libcudnn.so.9"));
      out.closeEntry();
    }
    List<String> launcher = List.of("env", "JDK_JAVA_OPTIONS=-Xbootclasspath/a:" + jar);
    Refrain run = Refrain.start(folder, launcher, "doctor").await().endedWith(0);
    String line =
        "cuDNN      not loaded (wanted: libcudnn.so.9): it lies in redist-cudnn.jar, and is loaded"
            + " where there is a device";
    assertTrue(run.out().contains(line), run::out);
    assertTrue(run.out().contains("cuBLAS     not found (wanted: libcublas.so.13): "), run::out);
  }

  @Test
  void peopleAreToldTheSame() throws Exception {
    Refrain run = Refrain.run(folder, "doctor").endedWith(0);
    for (String word :
        List.of(
            "cpu",
            "reference",
            "cuda",
            "wanted: 580 or later",
            "wanted: libcublas.so.13",
            "wanted: libcudnn.so.9",
            "auto is",
            "native library",
            "Java")) {
      assertTrue(run.out().contains(word), () -> word + " is missing in " + run.out());
    }
  }
}
