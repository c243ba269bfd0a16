package dev.refrain.cli.tutorial;

import dev.refrain.cli.BadInputException;
import dev.refrain.io.AtomicFiles;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.URLConnection;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * The tutorial's text, text8: the first 10^8 characters of a cleaned Wikipedia, kept in a folder of
 * the user's cache. Where it is not there yet it is fetched, and taken if it is the right text.
 */
final class CachedText8 {
  static final String ADDRESS = "http://mattmahoney.net/dc/text8.zip";

  /** Of the text in the archive, as its author gives it. */
  static final String MD5 = "3bea1919949baf155f99411df5fada7e";

  private static final String NAME = "text8.zip";
  private static final int TIMEOUT_MILLIS = 10_000;
  private static final int BLOCK = 1 << 16;

  private final Path folder;
  private final URI address;
  private final String md5;

  /**
   * Somewhere else than usual.
   *
   * @param folder of the cache; made if it is not there
   * @param address of the archive
   * @param md5 of the text in it
   */
  CachedText8(Path folder, URI address, String md5) {
    this.folder = folder;
    this.address = address;
    this.md5 = md5;
  }

  /** In {@code $XDG_CACHE_HOME/refrain}, or {@code ~/.cache/refrain}. */
  static CachedText8 usual() {
    String cache = System.getenv("XDG_CACHE_HOME");
    Path base =
        cache == null || cache.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(cache);
    return new CachedText8(base.resolve("refrain"), URI.create(ADDRESS), MD5);
  }

  /**
   * The file, fetched if it has to be.
   *
   * @throws BadInputException if it cannot be had; the message says how to fetch it by hand
   */
  Path find() {
    Path file = folder.resolve(NAME);
    if (Files.isRegularFile(file)) {
      check(file);
      return file;
    }
    try (InputStream served = open()) {
      Files.createDirectories(folder);
      AtomicFiles.write(
          file,
          out -> {
            // Checked on its way: what is thrown here keeps the archive out of the cache.
            String found = md5OfText(new Copied(served, out));
            if (!found.equals(md5)) {
              throw byHand("what is there is another text (MD5 " + found + ")", null);
            }
          });
      return file;
    } catch (IOException e) {
      throw byHand(e.getMessage(), e);
    }
  }

  private InputStream open() throws IOException {
    URLConnection connection = address.toURL().openConnection();
    connection.setConnectTimeout(TIMEOUT_MILLIS);
    connection.setReadTimeout(TIMEOUT_MILLIS);
    try {
      return connection.getInputStream();
    } catch (UnknownHostException e) {
      throw new IOException("there is no way to the host " + e.getMessage() + " from here", e);
    }
  }

  /** What is there may have been put there by hand. */
  private void check(Path file) {
    String fault;
    try (InputStream in = Files.newInputStream(file)) {
      String found = md5OfText(new BufferedInputStream(in, BLOCK));
      if (found.equals(md5)) {
        return;
      }
      fault = "holds another text than text8, of MD5 %s, not %s".formatted(found, md5);
    } catch (IOException e) {
      fault = "is no whole zip archive (%s)".formatted(e.getMessage());
    }
    throw new BadInputException(
        "%s %s; delete it, so that it is fetched, or put the file of %s there; to train on it as it is, name it as CORPUS"
            .formatted(file, fault, address));
  }

  private BadInputException byHand(String reason, IOException cause) {
    return new BadInputException(
        ("no CORPUS is given, there is none in %s, and it cannot be fetched from %s: %s; fetch it on"
                + " another machine, put it there as %s or name it as CORPUS; any text file, .gz or"
                + " .zip will do")
            .formatted(folder, address, reason, NAME),
        cause);
  }

  /** Reads an archive to its last byte. */
  private static String md5OfText(InputStream archive) throws IOException {
    try {
      ZipInputStream zip = new ZipInputStream(archive);
      MessageDigest digest = MessageDigest.getInstance("MD5");
      byte[] block = new byte[BLOCK];
      boolean empty = true;
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        empty = false;
        for (int count = zip.read(block); count >= 0; count = zip.read(block)) {
          digest.update(block, 0, count);
        }
      }
      if (empty) {
        throw new IOException("it has no entry");
      }
      archive.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IOException("this Java has no MD5", e);
    }
  }

  /** Writes elsewhere what is read from it. */
  private static final class Copied extends InputStream {
    private final InputStream in;
    private final OutputStream out;

    Copied(InputStream in, OutputStream out) {
      this.in = in;
      this.out = out;
    }

    @Override
    public int read() throws IOException {
      int value = in.read();
      if (value >= 0) {
        out.write(value);
      }
      return value;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int count = in.read(bytes, offset, length);
      if (count > 0) {
        out.write(bytes, offset, count);
      }
      return count;
    }
  }
}
