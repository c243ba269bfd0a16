package dev.refrain.cli;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Whether disks have room for files that are written after long work: asked before it. */
final class DiskRoom {
  private static final double MEGA = 1e6;

  private final Map<FileStore, Long> needed = new LinkedHashMap<>();

  /**
   * Reserves nothing, but counts what was asked for before on the same disk.
   *
   * @param option that the file was named by, for messages
   * @param bytes that the file takes at least
   * @throws CommandFailedException if there is less room than that
   */
  void require(String option, Path file, long bytes) {
    FileStore disk;
    long free;
    try {
      disk = Files.getFileStore(file.toAbsolutePath().getParent());
      free = disk.getUsableSpace();
    } catch (IOException e) {
      // A disk that does not tell is one that is found to be full only when it is.
      return;
    }
    long all = needed.merge(disk, bytes, Long::sum);
    if (free < all) {
      throw new CommandFailedException(
          String.format(
              Locale.ROOT,
              "%s: '%s' takes %.1f MB at least, and its disk has room for %.1f MB%s; make room, or"
                  + " name a file on another disk",
              option,
              file,
              bytes / MEGA,
              Math.max(0, free - (all - bytes)) / MEGA,
              all > bytes ? " beside the other file" : ""));
    }
  }
}
