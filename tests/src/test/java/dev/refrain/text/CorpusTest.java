package dev.refrain.text;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.io.MalformedFileException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusTest {
  @TempDir Path folder;

  /** Sentences of words, as strings. */
  static List<List<String>> sentences(WordSource text) throws IOException {
    List<List<String>> sentences = new ArrayList<>();
    List<String> sentence = new ArrayList<>();
    text.read(
        new WordSink() {
          @Override
          public void word(byte[] bytes, int from, int to) {
            sentence.add(new String(bytes, from, to - from, UTF_8));
          }

          @Override
          public void sentenceEnd() {
            sentences.add(List.copyOf(sentence));
            sentence.clear();
          }
        });
    assertEquals(List.of(), sentence, "words behind the last sentence's end");
    return sentences;
  }

  private Path file(String name, byte... content) throws IOException {
    return Files.write(folder.resolve(name), content);
  }

  private Path file(String name, String content) throws IOException {
    return file(name, content.getBytes(UTF_8));
  }

  private String refusal(Path file) {
    String message =
        assertThrows(MalformedFileException.class, () -> sentences(Corpus.of(file))).getMessage();
    assertTrue(message.startsWith(file.toString()), message);
    return message;
  }

  @Test
  void cutsAtWhiteSpaceAndLines() throws IOException {
    Path file = file("a.txt", "\n  the  cat\tsat\r\n\r\n on\u000bthe\fmat, näïve \n\n the end");
    assertEquals(
        List.of(
            List.of("the", "cat", "sat"),
            List.of("on", "the", "mat,", "näïve"),
            List.of("the", "end")),
        sentences(Corpus.of(file)));
  }

  @Test
  void losesNothingAtTheBuffersEdges() throws IOException {
    Random random = new Random(3);
    List<String> words = new ArrayList<>();
    for (int i = 0; i < 300_000; i++) {
      words.add("é".repeat(random.nextInt(4)) + Integer.toString(random.nextInt(100_000), 36));
    }
    Path oneLine = file("line.txt", String.join(" ", words));
    assertTrue(Files.size(oneLine) > 1_000_000);
    assertEquals(List.of(words), sentences(Corpus.of(oneLine)));

    String longWord = "x".repeat(Corpus.MOST_WORD_BYTES);
    assertEquals(
        List.of(List.of("a", longWord, "b")),
        sentences(Corpus.of(file("long.txt", "a " + longWord + " b"))));
  }

  @Test
  void readsArchivesWhateverTheirNames() throws IOException {
    byte[] text = "one two\nthree".getBytes(UTF_8);
    ByteArrayOutputStream gzip = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(gzip)) {
      out.write(text);
    }
    List<List<String>> expected = List.of(List.of("one", "two"), List.of("three"));
    assertEquals(expected, sentences(Corpus.of(file("a.txt", gzip.toByteArray()))));

    ByteArrayOutputStream zip = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(zip)) {
      out.putNextEntry(new ZipEntry("folder/"));
      out.putNextEntry(new ZipEntry("folder/b"));
      out.write(text);
      out.putNextEntry(new ZipEntry("a"));
      out.write("four".getBytes(UTF_8));
    }
    assertEquals(
        List.of(List.of("one", "two"), List.of("three"), List.of("four")),
        sentences(Corpus.of(file("a.bin", zip.toByteArray()))));

    byte[] cut = Arrays.copyOf(gzip.toByteArray(), gzip.size() - 12);
    assertTrue(refusal(file("cut.gz", cut)).contains("cut off"));
    byte[] damaged = zip.toByteArray();
    assertTrue(
        refusal(file("cut.zip", Arrays.copyOf(damaged, damaged.length - 30))).contains("damaged"));
  }

  @Test
  void refusesWhatIsNoText() throws IOException {
    assertTrue(refusal(file("empty")).contains("is empty"));
    assertTrue(refusal(file("blank", " \n\t\n")).contains("only white space"));
    assertTrue(refusal(file("binary", "ELF\0 a".getBytes(UTF_8))).contains("offset 3"));
    assertTrue(refusal(file("utf16", "a text".getBytes(UTF_16))).contains("UTF-16"));
    assertTrue(
        refusal(file("endless", "x".repeat(Corpus.MOST_WORD_BYTES + 1))).contains("longer than"));
    assertTrue(refusal(file("endless2", "y".repeat(2_000_000))).contains("longer than"));
    assertTrue(refusal(folder).contains("folder"));
    Path missing = folder.resolve("missing");
    assertTrue(
        assertThrows(IOException.class, () -> sentences(Corpus.of(missing)))
            .getMessage()
            .contains("no such file"));
  }

  @Test
  void refusesOrReplacesInvalidUtf8() throws IOException {
    byte[] text = "good b?d caf\u00e9\n".getBytes(UTF_8);
    text[6] = (byte) 0xff;
    Path file = file("latin.txt", text);
    String message = refusal(file);
    assertTrue(message.contains("0xff at offset 6"), message);
    assertEquals(
        List.of(List.of("good", "b\ufffdd", "caf\u00e9")),
        sentences(Corpus.of(file).invalidUtf8(InvalidUtf8.REPLACE)));
  }

  @Test
  void knowsUtf8() {
    for (int codePoint = 0x80; codePoint < 0x110000; codePoint += 37) {
      if (codePoint < 0xd800 || codePoint > 0xdfff) {
        byte[] bytes = Character.toString(codePoint).getBytes(UTF_8);
        assertEquals(-1, Utf8.firstInvalid(bytes, 0, bytes.length), "code point " + codePoint);
        assertEquals(0, Utf8.firstInvalid(bytes, 0, bytes.length - 1), "code point " + codePoint);
      }
    }
    int[][] malformed = {
      {0x80},
      {0xc0, 0x80},
      {0xc1, 0xbf},
      {0xe0, 0x9f, 0xbf},
      {0xed, 0xa0, 0x80},
      {0xf0, 0x8f, 0xbf, 0xbf},
      {0xf4, 0x90, 0x80, 0x80},
      {0xf5, 0x80, 0x80, 0x80},
      {0xe2, 0x28, 0xa1}
    };
    for (int[] sequence : malformed) {
      byte[] bytes = new byte[sequence.length];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) sequence[i];
      }
      assertEquals(0, Utf8.firstInvalid(bytes, 0, bytes.length), Arrays.toString(sequence));
    }
  }

  @Test
  void skipsAByteOrderMark() throws IOException {
    assertEquals(List.of(List.of("a", "b")), sentences(Corpus.of(file("bom", "\ufeffa b"))));
  }

  @Test
  void refusesAnArchiveWhoseChecksumDoesNotFit() throws IOException {
    byte[] text = "one two three".getBytes(UTF_8);
    CRC32 crc = new CRC32();
    crc.update(text);
    ZipEntry entry = new ZipEntry("a");
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(text.length);
    entry.setCrc(crc.getValue());
    ByteArrayOutputStream zip = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(zip)) {
      out.putNextEntry(entry);
      out.write(text);
    }
    byte[] bytes = zip.toByteArray();
    assertEquals(1, sentences(Corpus.of(file("a.zip", bytes))).size());
    bytes[new String(bytes, ISO_8859_1).indexOf("two")] = 'T';
    String message = refusal(file("b.zip", bytes));
    assertTrue(message.contains("checksum of 'a'"), message);
  }

  @Test
  void anInterruptedThreadReadsTheTemporaryFile() throws IOException {
    WordSource text = Corpus.of(file("a.txt", "a b c d\n".repeat(50_000)));
    Vocabulary vocabulary = Vocabulary.counting().count(text);
    try (EncodedCorpus encoded = EncodedCorpus.encode(text, vocabulary, 0, folder)) {
      int[] before = encoded.toArray();
      Thread.currentThread().interrupt();
      int[] during = encoded.toArray();
      assertTrue(Thread.interrupted());
      assertArrayEquals(before, during);
      assertArrayEquals(before, EncodedCorpus.encode(text, vocabulary).toArray());
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(1, files.count(), "files left");
    }
  }
}
