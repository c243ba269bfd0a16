package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.List;
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
