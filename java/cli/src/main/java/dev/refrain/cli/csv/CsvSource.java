package dev.refrain.cli.csv;

import dev.refrain.cli.BadInputException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the bytes of a CSV file come from: a path, or a sample that ships with Refrain.
 *
 * @param name how messages call it
 * @param opener opens it anew
 * @param decimal what its numbers are said to have
 */
record CsvSource(String name, Opener opener, Decimal decimal) {
  /** No series that a person forecasts from one file is larger. */
  static final long MOST_BYTES = 256L << 20;

  /** Opens a stream of bytes. */
  @FunctionalInterface
  interface Opener {
    InputStream open() throws IOException;
  }

  /**
   * A file on disk (or a pipe).
   *
   * @throws BadInputException if it is a folder, may not be read or is too large
   */
  static CsvSource of(Path path) {
    if (Files.isDirectory(path)) {
      throw new BadInputException("'" + path + "' is a folder; name a CSV file in it");
    }
    if (!Files.isReadable(path)) {
      throw new BadInputException("'" + path + "' may not be read; give yourself permission to");
    }
    CsvSource source =
        new CsvSource(path.toString(), () -> Files.newInputStream(path), Decimal.AUTO);
    try {
      if (Files.size(path) > MOST_BYTES) {
        throw source.tooLarge();
      }
    } catch (IOException e) {
      throw source.unreadable(e);
    }
    return source;
  }

  CsvSource with(Decimal newDecimal) {
    return new CsvSource(name, opener, newDecimal);
  }

  /** Opens the bytes; reading more than {@link #MOST_BYTES} of them is refused. */
  InputStream open() throws IOException {
    return new LimitedStream(opener.open(), this);
  }

  /** Refuses the file as a whole. */
  BadInputException refuse(String what) {
    return new BadInputException("'" + name + "' " + what);
  }

  /** Refuses something at a place in the file. */
  BadInputException refuseAt(Place place, String what) {
    return new BadInputException("'" + name + "', " + place + what);
  }

  BadInputException unreadable(IOException e) {
    String reason = e instanceof AccessDeniedException ? "permission denied" : e.getMessage();
    return new BadInputException("'" + name + "' cannot be read: " + reason, e);
  }

  private BadInputException tooLarge() {
    return refuse("is larger than " + (MOST_BYTES >> 20) + " MiB; cut out the rows to learn from");
  }

  /** Ends a stream that is too large to be a series before it fills the memory. */
  private static final class LimitedStream extends FilterInputStream {
    private final CsvSource source;
    private long bytesRead;

    LimitedStream(InputStream in, CsvSource source) {
      super(in);
      this.source = source;
    }

    @Override
    public int read() throws IOException {
      int next = super.read();
      count(next < 0 ? 0 : 1);
      return next;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int read = super.read(bytes, offset, length);
      count(Math.max(read, 0));
      return read;
    }

    private void count(int read) {
      bytesRead += read;
      if (bytesRead > MOST_BYTES) {
        throw source.tooLarge();
      }
    }
  }
}
