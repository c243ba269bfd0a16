package dev.refrain.io;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Writes files that are never half there: the content goes into a new file beside the target, is
 * forced to the disk, and then takes the target's name in one step. Whoever opens the target finds
 * the old content or the new, also after a crash, a full disk or a cut of power.
 */
public final class AtomicFiles {
  private static final String PART_PREFIX = ".refrain-";
  private static final String PART_SUFFIX = ".part";

  private AtomicFiles() {}

  /** The content of a file. */
  @FunctionalInterface
  public interface Content {
    /**
     * Writes all bytes of the file.
     *
     * @param out where to; buffered, and closed by the caller
     * @throws IOException if writing fails; the target is then left as it was
     */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Writes a file whole or not at all.
   *
   * @param target the file; replaced if it exists (a symbolic link is replaced, not followed). Its
   *     folder must exist and be writable
   * @param content writes the bytes; what it throws is passed on after the part written is deleted
   * @throws IOException if the file cannot be written; the message names the target and the reason
   */
  public static void write(Path target, Content content) throws IOException {
    Path absolute = target.toAbsolutePath();
    Path folder = absolute.getParent();
    if (folder == null || Files.isDirectory(absolute)) {
      throw new IOException("cannot write " + target + ": it is a folder");
    }
    if (!Files.isDirectory(folder)) {
      throw new IOException(
          "cannot write " + target + ": the folder " + folder + " does not exist");
    }
    Path part = folder.resolve(PART_PREFIX + UUID.randomUUID() + PART_SUFFIX);
    try {
      writeAndForce(part, content);
      Files.move(
          part, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      forceFolder(folder);
    } catch (IOException e) {
      deleteAfter(e, part);
      throw new IOException("cannot write " + target + ": " + reason(e), e);
    } catch (RuntimeException | Error e) {
      deleteAfter(e, part);
      throw e;
    }
  }

  /**
   * Writes text as UTF-8, whole or not at all.
   *
   * @param target the file, as in {@link #write}
   * @param text its new content
   * @throws IOException as in {@link #write}
   */
  public static void writeString(Path target, String text) throws IOException {
    write(target, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * Deletes what a process left in a folder that was killed while it wrote. Only for a folder that
   * no other process writes into.
   *
   * @throws IOException if the folder cannot be read or a file not be deleted
   */
  public static void deleteLeftovers(Path folder) throws IOException {
    try (DirectoryStream<Path> parts =
        Files.newDirectoryStream(folder, PART_PREFIX + "*" + PART_SUFFIX)) {
      for (Path part : parts) {
        Files.deleteIfExists(part);
      }
    }
  }

  private static void writeAndForce(Path part, Content content) throws IOException {
    try (FileChannel channel =
        FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel));
      content.writeTo(out);
      out.flush();
      channel.force(true);
    }
  }

  /** The new name lives in the folder, which has to reach the disk too. */
  private static void forceFolder(Path folder) throws IOException {
    if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  private static void deleteAfter(Throwable failure, Path part) {
    try {
      Files.deleteIfExists(part);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileSystemException failure && failure.getReason() != null) {
      return failure.getReason();
    }
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
