package dev.refrain.io;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
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
 * the old content or the new, also after a crash, a full disk or a cut of power. An interrupt of
 * the thread is kept for it to see, and breaks no file off.
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
    Part.write(target, content).takeName();
  }

  /**
   * Writes two files that belong together: both are whole before the first takes its name.
   *
   * @param target as in {@link #write(Path, Content)}
   * @param second the other target
   * @throws IOException as in {@link #write(Path, Content)}
   */
  public static void write(Path target, Content content, Path second, Content secondContent)
      throws IOException {
    Part part = Part.write(target, content);
    try {
      Part other = Part.write(second, secondContent);
      try {
        part.takeName();
      } catch (IOException | RuntimeException | Error e) {
        deleteAfter(e, other.file);
        throw e;
      }
      other.takeName();
    } catch (IOException | RuntimeException | Error e) {
      deleteAfter(e, part.file);
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

  /**
   * A file written beside its target.
   *
   * @param target as the caller names it
   * @param absolute the same
   * @param file what was written
   */
  private record Part(Path target, Path absolute, Path file) {
    static Part write(Path target, Content content) throws IOException {
      Path absolute = target.toAbsolutePath();
      Path folder = absolute.getParent();
      if (folder == null || Files.isDirectory(absolute)) {
        throw new IOException("cannot write " + target + ": it is a folder");
      }
      if (!Files.isDirectory(folder)) {
        throw new IOException(
            "cannot write " + target + ": the folder " + folder + " does not exist");
      }
      Path file = folder.resolve(PART_PREFIX + UUID.randomUUID() + PART_SUFFIX);
      try {
        writeAndForce(file, content);
      } catch (IOException e) {
        deleteAfter(e, file);
        throw new IOException("cannot write " + target + ": " + reason(e), e);
      } catch (UncheckedIOException e) {
        // As writers of formats throw it that cannot throw the other.
        deleteAfter(e, file);
        throw new IOException("cannot write " + target + ": " + reason(e.getCause()), e);
      } catch (RuntimeException | Error e) {
        deleteAfter(e, file);
        throw e;
      }
      return new Part(target, absolute, file);
    }

    void takeName() throws IOException {
      try {
        Files.move(
            file, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        forceFolder(absolute.getParent());
      } catch (IOException e) {
        deleteAfter(e, file);
        throw new IOException("cannot write " + target + ": " + reason(e), e);
      }
    }
  }

  /** By a stream of {@link Files}, which an interrupt does not close as it would a channel. */
  private static void writeAndForce(Path part, Content content) throws IOException {
    try (OutputStream file =
        Files.newOutputStream(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      OutputStream out = new BufferedOutputStream(file);
      content.writeTo(out);
      out.flush();
    }
    force(part, StandardOpenOption.WRITE);
  }

  /** The new name lives in the folder, which has to reach the disk too. */
  private static void forceFolder(Path folder) throws IOException {
    if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      force(folder, StandardOpenOption.READ);
    }
  }

  /** Forces to the disk; an interrupt meanwhile is kept for the caller to see. */
  private static void force(Path path, StandardOpenOption access) throws IOException {
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        try (FileChannel channel = FileChannel.open(path, access)) {
          channel.force(true);
          return;
        } catch (ClosedByInterruptException e) {
          interrupted |= Thread.interrupted();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
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
