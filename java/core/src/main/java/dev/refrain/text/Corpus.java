package dev.refrain.text;

import dev.refrain.io.MalformedFileException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * A text file: words between white space (blank, tab, line ends, vertical tab, form feed), in UTF-8
 * without regard to case or punctuation, a line a sentence. One line may be the whole file, as in
 * text8. A gzip file or a zip archive (all its files, in their order) is read as what it holds,
 * whatever its name. The file streams through a buffer of fixed size, nothing of it is left out.
 *
 * <p>Refused with a {@link MalformedFileException}: a file without a word, one with a zero byte or
 * in UTF-16 (no text in UTF-8 has one), a word longer than {@value #MOST_WORD_BYTES} bytes, a
 * damaged archive, and, unless they are to be replaced, bytes that are not UTF-8 ({@link
 * InvalidUtf8Exception}).
 */
public final class Corpus implements WordSource {
  /** A longer word is a sign that the file holds no text. */
  public static final int MOST_WORD_BYTES = 1 << 16;

  private static final int BUFFER_BYTES = 1 << 18;

  private final Path file;
  private final InvalidUtf8 invalidUtf8;

  private Corpus(Path file, InvalidUtf8 invalidUtf8) {
    this.file = Objects.requireNonNull(file, "file");
    this.invalidUtf8 = Objects.requireNonNull(invalidUtf8, "invalidUtf8");
  }

  /** A file whose words must be UTF-8. Nothing is read yet. */
  public static Corpus of(Path file) {
    return new Corpus(file, InvalidUtf8.REFUSE);
  }

  /** The same file with a policy for bytes that are not UTF-8. */
  public Corpus invalidUtf8(InvalidUtf8 policy) {
    return new Corpus(file, policy);
  }

  /** Which file. */
  public Path file() {
    return file;
  }

  @Override
  public void read(WordSink sink) throws IOException {
    if (Files.isDirectory(file)) {
      throw new MalformedFileException(file, "is a folder; give a text file, .gz or .zip");
    }
    WordCutter cutter = new WordCutter(sink);
    try {
      read(cutter);
    } catch (NoSuchFileException e) {
      throw new IOException(file + ": there is no such file", e);
    } catch (EOFException e) {
      throw new MalformedFileException(
          file, "is cut off: its compressed data end too early; take another copy of the file", e);
    } catch (ZipException e) {
      throw new MalformedFileException(
          file, "is damaged: " + e.getMessage() + "; take another copy of the file", e);
    }
    if (cutter.words == 0) {
      throw new MalformedFileException(
          file, cutter.position == 0 ? "is empty; give a text" : "holds no word, only white space");
    }
  }

  private void read(WordCutter cutter) throws IOException {
    byte[] magic = new byte[4];
    int length;
    try (InputStream in = Files.newInputStream(file)) {
      length = in.readNBytes(magic, 0, magic.length);
    }
    if (length >= 2 && magic[0] == (byte) 0x1f && magic[1] == (byte) 0x8b) {
      try (InputStream in = new GZIPInputStream(Files.newInputStream(file), BUFFER_BYTES)) {
        cutter.cut(in);
      }
    } else if (length == 4 && Arrays.equals(magic, new byte[] {'P', 'K', 3, 4})) {
      readArchive(cutter);
    } else {
      try (InputStream in = Files.newInputStream(file)) {
        cutter.cut(in);
      }
    }
  }

  private void readArchive(WordCutter cutter) throws IOException {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      List<ZipEntry> entries = new ArrayList<>();
      for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements(); ) {
        ZipEntry entry = all.nextElement();
        if (!entry.isDirectory()) {
          entries.add(entry);
        }
      }
      for (ZipEntry entry : entries) {
        // ZipFile itself does not hold the checksum against what it unpacks.
        CRC32 crc = new CRC32();
        try (InputStream in =
            new BufferedInputStream(
                new CheckedInputStream(zip.getInputStream(entry), crc), BUFFER_BYTES)) {
          cutter.cut(in);
        }
        if (entry.getCrc() >= 0 && entry.getCrc() != crc.getValue()) {
          throw new MalformedFileException(
              file,
              "is damaged: the checksum of '%s' in it does not fit; take another copy of the file"
                  .formatted(entry.getName()));
        }
      }
    }
  }

  @Override
  public String toString() {
    return file.toString();
  }

  /** Cuts bytes into words; a word may begin in one buffer and end in the next. */
  private final class WordCutter {
    private final WordSink sink;
    private byte[] buffer = new byte[BUFFER_BYTES];
    private long position; // of buffer[0] in the text
    private long words;

    WordCutter(WordSink sink) {
      this.sink = sink;
    }

    void cut(InputStream in) throws IOException {
      int kept = 0;
      boolean first = true;
      boolean sentence = false;
      while (true) {
        int count = in.readNBytes(buffer, kept, buffer.length - kept);
        int end = kept + count;
        int start = first ? byteOrderMark(end) : 0;
        first = false;
        int from = start;
        for (int i = start; i < end; i++) {
          byte b = buffer[i];
          if (b > ' ' || b < 0) {
            continue;
          }
          if (b == 0) {
            throw binary("has a zero byte at offset " + (position + i));
          }
          if (b != ' ' && (b < '\t' || b > '\r')) {
            continue;
          }
          if (i > from) {
            word(from, i);
            sentence = true;
          }
          from = i + 1;
          if (sentence && (b == '\n' || b == '\r')) {
            sink.sentenceEnd();
            sentence = false;
          }
        }
        if (count == 0) {
          if (end > from) {
            word(from, end);
            sentence = true;
          }
          position += end;
          break;
        }
        kept = end - from;
        if (kept > MOST_WORD_BYTES) {
          throw tooLong(from);
        }
        System.arraycopy(buffer, from, buffer, 0, kept);
        position += from;
      }
      if (sentence) {
        sink.sentenceEnd();
      }
    }

    private int byteOrderMark(int end) throws MalformedFileException {
      int a = end > 0 ? buffer[0] & 0xff : 0;
      int b = end > 1 ? buffer[1] & 0xff : 0;
      if ((a == 0xff && b == 0xfe) || (a == 0xfe && b == 0xff)) {
        throw binary("begins with the mark of UTF-16");
      }
      return a == 0xef && b == 0xbb && end > 2 && (buffer[2] & 0xff) == 0xbf ? 3 : 0;
    }

    private void word(int from, int to) throws IOException {
      if (to - from > MOST_WORD_BYTES) {
        throw tooLong(from);
      }
      words++;
      int invalid = Utf8.firstInvalid(buffer, from, to);
      if (invalid < 0) {
        sink.word(buffer, from, to);
        return;
      }
      if (invalidUtf8 == InvalidUtf8.REFUSE) {
        throw new InvalidUtf8Exception(file, buffer[invalid] & 0xff, position + invalid);
      }
      byte[] replaced =
          new String(buffer, from, to - from, StandardCharsets.UTF_8)
              .getBytes(StandardCharsets.UTF_8);
      sink.word(replaced, 0, replaced.length);
    }

    private MalformedFileException binary(String sign) {
      return new MalformedFileException(file, sign + "; it is no text in UTF-8");
    }

    private MalformedFileException tooLong(int from) {
      return new MalformedFileException(
          file,
          "the word at offset "
              + (position + from)
              + " is longer than "
              + MOST_WORD_BYTES
              + " bytes; it is no text");
    }
  }
}
