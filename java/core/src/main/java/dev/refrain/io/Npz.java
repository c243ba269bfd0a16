package dev.refrain.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Reads and writes several arrays by name in numpy's {@code .npz} format: a zip of {@link Npy}
 * files. Written files are compressed, as {@code numpy.savez_compressed} does it.
 */
public final class Npz {
  private static final String SUFFIX = ".npy";

  /** Deflate cannot shrink anything more than this; what claims to be larger is a lie. */
  private static final long LARGEST_RATIO = 1032;

  /**
   * Always the same, so that equal arrays make equal files. Java writes zip's first day,
   * 1980-01-01, in a way that depends on the time zone.
   */
  private static final LocalDateTime WRITTEN = LocalDateTime.of(1980, 2, 1, 0, 0);

  private Npz() {}

  /**
   * Reads all arrays, in the order of the file.
   *
   * @throws MalformedFileException if it is no zip of {@code .npy} files, or one of them is refused
   *     by {@link Npy#read}
   * @throws IOException if it cannot be read
   */
  public static Map<String, NpyArray> read(Path file) throws IOException {
    Map<String, NpyArray> arrays = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(file.toFile())) {
      for (ZipEntry entry : Collections.list(zip.entries())) {
        arrays.put(name(file, entry), array(file, zip, entry));
      }
    } catch (NoSuchFileException e) {
      throw new IOException(file + ": there is no such file", e);
    } catch (ZipException e) {
      if (!Files.exists(file)) {
        throw new IOException(file + ": there is no such file", e);
      }
      throw new MalformedFileException(
          file, "is no .npz file, or is damaged: " + e.getMessage(), e);
    }
    return arrays;
  }

  private static String name(Path file, ZipEntry entry) throws MalformedFileException {
    if (!entry.getName().endsWith(SUFFIX)) {
      throw new MalformedFileException(file, "has a member '" + entry.getName() + "', no .npy");
    }
    return entry.getName().substring(0, entry.getName().length() - SUFFIX.length());
  }

  private static NpyArray array(Path file, ZipFile zip, ZipEntry entry) throws IOException {
    String place = "member '" + entry.getName() + "' ";
    if (entry.getSize() < 0
        || entry.getSize() / LARGEST_RATIO > entry.getCompressedSize()
        || entry.getCompressedSize() > Files.size(file)) {
      throw new MalformedFileException(
          file,
          "%sclaims %d bytes in %d, which cannot be true"
              .formatted(place, entry.getSize(), entry.getCompressedSize()));
    }
    CheckedInputStream checked = new CheckedInputStream(zip.getInputStream(entry), new CRC32());
    try (LittleEndianInput in = new LittleEndianInput(file, checked, entry.getSize())) {
      NpyArray array = Npy.read(file, place, in);
      if (in.read() >= 0 || checked.getChecksum().getValue() != entry.getCrc()) {
        throw new MalformedFileException(
            file, place + "is damaged: its checksum differs; take another copy of the file");
      }
      return array;
    }
  }

  /**
   * Writes arrays, whole or not at all.
   *
   * @param arrays by name, written in the map's order
   * @throws IOException as {@link AtomicFiles#write}
   */
  public static void write(Path file, Map<String, NpyArray> arrays) throws IOException {
    List<Map.Entry<String, NpyArray>> entries = List.copyOf(arrays.entrySet());
    AtomicFiles.write(
        file,
        out -> {
          ZipOutputStream zip = new ZipOutputStream(out);
          zip.setLevel(Deflater.BEST_SPEED);
          for (Map.Entry<String, NpyArray> entry : entries) {
            ZipEntry member = new ZipEntry(entry.getKey() + SUFFIX);
            member.setTimeLocal(WRITTEN);
            zip.putNextEntry(member);
            Npy.write(entry.getValue(), zip);
            zip.closeEntry();
          }
          zip.finish();
        });
  }
}
