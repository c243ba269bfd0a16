package dev.refrain.text;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;

/**
 * A text as numbers: the indices of its words, and {@link #SENTENCE_END} after each sentence that
 * has a word left. A text of many words is kept in a temporary file of 4 bytes a word, deleted by
 * {@link #close}, and read in parts; a shorter one in memory.
 */
public final class EncodedCorpus implements AutoCloseable {
  /** Stands behind the last word of a sentence. */
  public static final int SENTENCE_END = -1;

  /** Longer texts go into a file by default: 1 GiB of numbers. */
  public static final long MOST_IN_MEMORY = 1L << 28;

  private static final int BLOCK = 1 << 16;

  private final int[] ids;
  private final TemporaryFile file;
  private final long length;
  private final long words;
  private final long sourceWords;
  private final long checksum;
  private final boolean hasNeighbours;

  private EncodedCorpus(int[] ids, TemporaryFile file, long length, Encoder encoder) {
    this.ids = ids;
    this.file = file;
    this.length = length;
    this.words = encoder.words;
    this.sourceWords = encoder.sourceWords;
    this.checksum = encoder.checksum;
    this.hasNeighbours = encoder.hasNeighbours;
  }

  /**
   * Encodes a text.
   *
   * @throws IllegalArgumentException if none of its words is in the vocabulary
   * @throws IOException if the text cannot be read or the temporary file not be written
   */
  public static EncodedCorpus encode(WordSource text, Vocabulary vocabulary) throws IOException {
    return encode(text, vocabulary, MOST_IN_MEMORY, null);
  }

  /**
   * Encodes a text.
   *
   * @param mostInMemory a text of more numbers goes into a file
   * @param folder where to put that file; null: the system's folder of temporary files
   * @throws IllegalArgumentException if none of its words is in the vocabulary
   * @throws IOException if the text cannot be read or the temporary file not be written
   */
  public static EncodedCorpus encode(
      WordSource text, Vocabulary vocabulary, long mostInMemory, Path folder) throws IOException {
    try (Encoder encoder =
        new Encoder(vocabulary, Math.min(mostInMemory, MOST_IN_MEMORY), folder)) {
      text.read(encoder);
      EncodedCorpus corpus = encoder.finish();
      if (corpus.words == 0) {
        corpus.close();
        throw new IllegalArgumentException(text + ": none of its words is in the vocabulary");
      }
      return corpus;
    }
  }

  /** How many numbers: words and ends of sentences. */
  public long length() {
    return length;
  }

  /** How many words. */
  public long words() {
    return words;
  }

  /** How many words the text itself has, those that were dropped included. */
  public long sourceWords() {
    return sourceWords;
  }

  /** The same for the same numbers; another for others, but for one chance in 2⁶⁴. */
  public long checksum() {
    return checksum;
  }

  /** Whether some sentence has two words, so that one can be learned from the other. */
  boolean hasNeighbours() {
    return hasNeighbours;
  }

  /** Copies the numbers {@code [from, from+count)} to {@code target[offset ..]}. */
  public void read(long from, int[] target, int offset, int count) throws IOException {
    Objects.checkFromIndexSize(from, count, length);
    Objects.checkFromIndexSize(offset, count, target.length);
    if (ids != null) {
      System.arraycopy(ids, (int) from, target, offset, count);
      return;
    }
    byte[] bytes = new byte[Math.min(count, BLOCK) * Integer.BYTES];
    ByteBuffer block = littleEndian(bytes);
    for (int done = 0; done < count; done += block.limit() / Integer.BYTES) {
      block.clear().limit(Math.min(BLOCK, count - done) * Integer.BYTES);
      long at = (from + done) * Integer.BYTES;
      file.read(at, bytes, block.limit());
      block.asIntBuffer().get(target, offset + done, block.limit() / Integer.BYTES);
    }
  }

  /**
   * All words in one array, without the ends of sentences.
   *
   * @throws IllegalStateException if there are more words than an array holds
   */
  public int[] toArray() throws IOException {
    if (words > Integer.MAX_VALUE - 8) {
      throw new IllegalStateException(words + " words are more than an array holds: read parts");
    }
    int[] all = new int[(int) words];
    int[] block = new int[(int) Math.min(length, BLOCK)];
    int filled = 0;
    for (long at = 0; at < length; at += block.length) {
      int count = (int) Math.min(block.length, length - at);
      read(at, block, 0, count);
      for (int i = 0; i < count; i++) {
        if (block[i] != SENTENCE_END) {
          all[filled++] = block[i];
        }
      }
    }
    return all;
  }

  /** Deletes the file, where there is one. */
  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Bytes on disk. Not behind a channel: an interrupt in the midst of a read would close that, and
   * the training could not go on.
   */
  private static final class TemporaryFile implements AutoCloseable {
    private final Path path;
    private final RandomAccessFile bytes;

    private TemporaryFile(Path path, RandomAccessFile bytes) {
      this.path = path;
      this.bytes = bytes;
    }

    /** In a folder, or in the system's for such files if it is null. */
    static TemporaryFile create(Path folder) throws IOException {
      Path path =
          folder == null
              ? Files.createTempFile("refrain-ids-", ".tmp")
              : Files.createTempFile(folder, "refrain-ids-", ".tmp");
      RandomAccessFile bytes;
      try {
        bytes = new RandomAccessFile(path.toFile(), "rw");
      } catch (IOException | UnsupportedOperationException e) {
        Files.deleteIfExists(path);
        throw e;
      }
      if (path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
        // There an open file needs no name, and so is gone even if this process is killed.
        Files.deleteIfExists(path);
      }
      return new TemporaryFile(path, bytes);
    }

    void append(byte[] source, int count) throws IOException {
      bytes.write(source, 0, count);
    }

    synchronized void read(long at, byte[] target, int count) throws IOException {
      bytes.seek(at);
      try {
        bytes.readFully(target, 0, count);
      } catch (EOFException e) {
        throw new IOException("the temporary file of the encoded text became shorter", e);
      }
    }

    @Override
    public void close() throws IOException {
      bytes.close();
      Files.deleteIfExists(path);
    }
  }

  private static final class Encoder implements WordSink, AutoCloseable {
    private final Vocabulary vocabulary;
    private final long mostInMemory;
    private final Path folder;
    private int[] ids = new int[BLOCK];
    private int filled;
    private TemporaryFile file;
    private long inFile;
    private long words;
    private long sourceWords;
    private long checksum = 0xcbf29ce484222325L;
    private boolean open;
    private boolean hasNeighbours;

    Encoder(Vocabulary vocabulary, long mostInMemory, Path folder) {
      this.vocabulary = vocabulary;
      this.mostInMemory = mostInMemory;
      this.folder = folder;
    }

    @Override
    public void word(byte[] text, int from, int to) throws IOException {
      int id = vocabulary.encode(text, from, to);
      sourceWords++;
      if (id >= 0) {
        add(id);
        words++;
        hasNeighbours |= open;
        open = true;
      }
    }

    @Override
    public void sentenceEnd() throws IOException {
      if (open) {
        add(SENTENCE_END);
        open = false;
      }
    }

    private void add(int id) throws IOException {
      if (filled == ids.length) {
        if (file != null || filled >= mostInMemory) {
          flush();
        } else {
          ids = Arrays.copyOf(ids, 2 * filled);
        }
      }
      ids[filled++] = id;
      // FNV-1a by whole numbers; the rotation brings high bits down again
      checksum = Long.rotateLeft((checksum ^ id) * 0x100000001b3L, 23);
    }

    private void flush() throws IOException {
      try {
        append();
      } catch (IOException e) {
        throw new IOException(
            "cannot write the encoded text, a temporary file of 4 bytes a word, in %s: %s; make room there, or have Java take another folder with -Djava.io.tmpdir=FOLDER"
                .formatted(
                    folder == null ? System.getProperty("java.io.tmpdir") : folder, e.getMessage()),
            e);
      }
    }

    private void append() throws IOException {
      if (file == null) {
        file = TemporaryFile.create(folder);
      }
      byte[] bytes = new byte[BLOCK * Integer.BYTES];
      ByteBuffer block = littleEndian(bytes);
      for (int done = 0; done < filled; ) {
        int count = Math.min(BLOCK, filled - done);
        block.clear();
        block.asIntBuffer().put(ids, done, count);
        file.append(bytes, count * Integer.BYTES);
        done += count;
      }
      inFile += filled;
      filled = 0;
    }

    EncodedCorpus finish() throws IOException {
      if (file == null) {
        return new EncodedCorpus(Arrays.copyOf(ids, filled), null, filled, this);
      }
      flush();
      TemporaryFile whole = file;
      file = null;
      return new EncodedCorpus(null, whole, inFile, this);
    }

    @Override
    public void close() throws IOException {
      if (file != null) {
        file.close();
      }
    }
  }
}
