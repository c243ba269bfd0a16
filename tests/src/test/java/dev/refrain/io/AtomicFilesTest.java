package dev.refrain.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFilesTest {
  @TempDir Path folder;

  @Test
  void writesAndReplacesLeavingNothingElse() throws IOException {
    Path target = folder.resolve("forecast.csv");
    AtomicFiles.writeString(target, "first");
    AtomicFiles.writeString(target, "zweite, größer");
    assertEquals("zweite, größer", Files.readString(target));
    assertEquals(List.of(target), files());
  }

  @Test
  void writtenFilesHaveTheUsualPermissions() throws IOException {
    assumeTrue(
        folder.getFileSystem().supportedFileAttributeViews().contains("posix"),
        "this file system has no permissions");
    Path plain = Files.writeString(folder.resolve("plain"), "x");
    Path atomic = folder.resolve("atomic");
    AtomicFiles.writeString(atomic, "x");
    assertEquals(Files.getPosixFilePermissions(plain), Files.getPosixFilePermissions(atomic));
  }

  @Test
  void theOldContentStaysUntilTheNewIsWhole() throws IOException {
    Path target = Files.writeString(folder.resolve("model"), "old");
    AtomicFiles.write(
        target,
        out -> {
          out.write("new".getBytes(StandardCharsets.UTF_8));
          out.flush();
          assertEquals("old", Files.readString(target));
        });
    assertEquals("new", Files.readString(target));
  }

  @Test
  void aFailureOfTheContentLeavesTheTargetAndNoPart() throws IOException {
    Path target = Files.writeString(folder.resolve("model"), "old");
    IOException full = new IOException("No space left on device");
    IOException failed =
        assertThrows(
            IOException.class,
            () ->
                AtomicFiles.write(
                    target,
                    out -> {
                      out.write(new byte[100_000]);
                      throw full;
                    }));
    assertEquals("cannot write " + target + ": No space left on device", failed.getMessage());
    assertSame(full, failed.getCause());
    assertEquals("old", Files.readString(target));
    assertEquals(List.of(target), files());
  }

  @Test
  void anUncheckedFailurePassesUnchangedAndLeavesNoPart() throws IOException {
    IllegalStateException bug = new IllegalStateException("bug");
    Path target = folder.resolve("model");
    assertSame(
        bug,
        assertThrows(
            IllegalStateException.class,
            () ->
                AtomicFiles.write(
                    target,
                    out -> {
                      throw bug;
                    })));
    assertEquals(List.of(), files());
  }

  /** As writers of CSV throw it. */
  @Test
  void anUncheckedFailureToWriteIsOneThatNamesTheTarget() throws IOException {
    IOException full = new IOException("No space left on device");
    Path target = folder.resolve("table");
    IOException failed =
        assertThrows(
            IOException.class,
            () ->
                AtomicFiles.write(
                    target,
                    out -> {
                      throw new UncheckedIOException(full);
                    }));
    assertEquals("cannot write " + target + ": No space left on device", failed.getMessage());
    assertEquals(List.of(), files());
  }

  @Test
  void aMissingFolderIsNamed() {
    Path target = folder.resolve("absent").resolve("model");
    IOException failed =
        assertThrows(IOException.class, () -> AtomicFiles.writeString(target, "x"));
    assertEquals(
        "cannot write %s: the folder %s does not exist".formatted(target, target.getParent()),
        failed.getMessage());
  }

  @Test
  void aFolderIsNotReplaced() {
    IOException failed =
        assertThrows(IOException.class, () -> AtomicFiles.writeString(folder, "x"));
    assertEquals("cannot write " + folder + ": it is a folder", failed.getMessage());
  }

  @Test
  void aFullDeviceIsAnErrorThatNamesTheTarget() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "this system has no /dev/full");
    Path target = folder.resolve("model");
    IOException failed =
        assertThrows(
            IOException.class,
            () ->
                AtomicFiles.write(
                    target,
                    out -> {
                      try (var device = Files.newOutputStream(full)) {
                        device.write(1);
                      }
                    }));
    assertTrue(
        failed.getMessage().startsWith("cannot write " + target + ": "), failed.getMessage());
    assertEquals(List.of(), files());
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  @Test
  void anInterruptedThreadWritesTheWholeFileAndStaysInterrupted() throws IOException {
    Path target = folder.resolve("model");
    byte[] content = new byte[100_000];
    Thread.currentThread().interrupt();
    AtomicFiles.write(
        target,
        out -> {
          out.write(content);
          Thread.currentThread().interrupt();
          out.write(content);
        });
    assertTrue(Thread.interrupted());
    assertEquals(200_000, Files.size(target));
    assertEquals(List.of(target), files());
  }

  @Test
  void ofTwoFilesNeitherIsReplacedIfOneFails() throws IOException {
    Path words = Files.writeString(folder.resolve("words"), "old");
    Path vectors = Files.writeString(folder.resolve("vectors"), "old");
    AtomicFiles.Content fine = out -> out.write('n');
    AtomicFiles.Content full =
        out -> {
          throw new IOException("No space left on device");
        };
    IOException failed =
        assertThrows(IOException.class, () -> AtomicFiles.write(words, fine, vectors, full));
    assertEquals("cannot write " + vectors + ": No space left on device", failed.getMessage());
    assertThrows(IOException.class, () -> AtomicFiles.write(words, full, vectors, fine));
    assertEquals("old", Files.readString(words));
    assertEquals("old", Files.readString(vectors));
    assertEquals(2, files().size());
    AtomicFiles.write(words, fine, vectors, fine);
    assertEquals("n", Files.readString(words));
    assertEquals("n", Files.readString(vectors));
    assertEquals(2, files().size());
  }
}
