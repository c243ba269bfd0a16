package dev.refrain.cli.tutorial;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.cli.BadInputException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CachedText8Test {
  /** Of "anarchism originated as a term". */
  private static final String MD5 = "80c698d8b3d137270e0d181fc9d07157";

  @TempDir private Path folder;

  private Path archive() throws Exception {
    Path file = folder.resolve("server.zip");
    try (OutputStream out = Files.newOutputStream(file);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new ZipEntry("text8"));
      zip.write("anarchism originated as a term".getBytes(StandardCharsets.UTF_8));
    }
    return file;
  }

  @Test
  void fetchesOnce() throws Exception {
    Path server = archive();
    Path cache = folder.resolve("cache");
    CachedText8 text = new CachedText8(cache, server.toUri(), MD5);
    assertEquals(cache.resolve("text8.zip"), text.find());
    Files.delete(server);
    assertEquals(cache.resolve("text8.zip"), text.find());
  }

  @Test
  void whatWasPutThereByHandIsLookedAt() throws Exception {
    Path cache = Files.createDirectory(folder.resolve("cache"));
    Path file = cache.resolve("text8.zip");
    Path server = folder.resolve("nothing.zip");
    Files.copy(archive(), file);
    assertEquals(file, new CachedText8(cache, server.toUri(), MD5).find());
    CachedText8 other = new CachedText8(cache, server.toUri(), CachedText8.MD5);
    refused(other, file + " holds another text than text8, of MD5 " + MD5, "as CORPUS");
    byte[] whole = Files.readAllBytes(file);
    CachedText8 same = new CachedText8(cache, server.toUri(), MD5);
    Files.write(file, Arrays.copyOf(whole, whole.length / 3));
    refused(same, file + " is no whole zip archive", "delete it");
    Files.writeString(file, "no archive, but the text itself");
    refused(same, file + " is no whole zip archive (it has no entry)", "delete it");
  }

  private static void refused(CachedText8 text, String... words) {
    String message = assertThrows(BadInputException.class, text::find).getMessage();
    for (String word : words) {
      assertTrue(message.contains(word), message);
    }
  }

  @Test
  void takesNoOtherText() throws Exception {
    Path cache = folder.resolve("cache");
    CachedText8 text = new CachedText8(cache, archive().toUri(), CachedText8.MD5);
    BadInputException refused = assertThrows(BadInputException.class, text::find);
    assertTrue(refused.getMessage().contains("another text (MD5 " + MD5), refused.getMessage());
    assertFalse(Files.exists(cache.resolve("text8.zip")));
  }

  @Test
  void keepsNothingOfABrokenArchive() throws Exception {
    Path server = archive();
    byte[] whole = Files.readAllBytes(server);
    Files.write(server, Arrays.copyOf(whole, whole.length / 3));
    Path cache = folder.resolve("cache");
    CachedText8 text = new CachedText8(cache, server.toUri(), MD5);
    assertThrows(BadInputException.class, text::find);
    try (Stream<Path> left = Files.list(cache)) {
      assertEquals(List.of(), left.toList());
    }
    Files.write(server, whole);
    assertArrayEquals(whole, Files.readAllBytes(text.find()));
  }

  @Test
  void saysHowToFetchByHand() {
    Path cache = folder.resolve("cache");
    CachedText8 text = new CachedText8(cache, folder.resolve("nothing.zip").toUri(), MD5);
    BadInputException refused = assertThrows(BadInputException.class, text::find);
    assertTrue(refused.getMessage().contains("fetch it on another machine"), refused.getMessage());
    assertTrue(refused.getMessage().contains(cache.toString()), refused.getMessage());
    assertFalse(refused.getMessage().contains("cannot write"), refused.getMessage());
    assertFalse(Files.exists(cache.resolve("text8.zip")));
  }
}
