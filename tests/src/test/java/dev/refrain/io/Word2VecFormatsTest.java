package dev.refrain.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class Word2VecFormatsTest {
  private static final WordMatrix MATRIX =
      new WordMatrix(
          List.of("the", "größe", "\uD83D\uDE00", "tab\there"),
          3,
          new float[] {
            1, -2.5f, 3, 0.1f, -0f, 1e-30f, Float.MAX_VALUE, Float.MIN_VALUE, 16777217, 1, 2, 3
          });

  @TempDir private Path folder;

  @Test
  void binaryComesBackBitForBit() throws IOException {
    Path file = folder.resolve("x.bin");
    Word2VecBinary.write(file, MATRIX);
    assertSame(MATRIX, Word2VecBinary.read(file));
    assertEquals(List.of("the", "größe"), Word2VecBinary.read(file, 2).words());
  }

  @Test
  void textComesBackBitForBit() throws IOException {
    Path file = folder.resolve("x.txt");
    WordMatrix plain = new WordMatrix(List.of("a", "größe"), 3, values(6));
    Word2VecText.write(file, plain);
    assertSame(plain, Word2VecText.read(file));
    WordMatrix first = Word2VecText.read(file, 1);
    assertEquals(List.of("a"), first.words());
    assertArrayEquals(values(3), first.values());
  }

  /** As the original program, gensim and fastText write them. */
  @Test
  void variantsOfOtherProgramsAreRead() throws IOException {
    byte[] numbers = {0, 0, (byte) 0x80, 0x3F, 0, 0, 0, 0x40};
    byte[] withEnds = bytes("2 2\n", "a ", numbers, "\nb ", numbers, "\n");
    byte[] withoutEnds = bytes("2 2\n", "a ", numbers, "b ", numbers);
    for (byte[] content : List.of(withEnds, withoutEnds)) {
      WordMatrix read = Word2VecBinary.read(file(content));
      assertEquals(List.of("a", "b"), read.words());
      assertArrayEquals(new float[] {1, 2, 1, 2}, read.values());
    }
    for (String text :
        List.of("2 2\na 1 2\nb 1 2\n", "2 2\na 1 2 \nb 1 2 ", "2\t2\r\na 1.0 2e0\r\nb +1  2\r\n")) {
      WordMatrix read = Word2VecText.read(file(bytes(text)));
      assertEquals(List.of("a", "b"), read.words());
      assertArrayEquals(new float[] {1, 2, 1, 2}, read.values());
    }
  }

  @Test
  void numbersThatDoNotFitTheSizeAreRefusedBeforeTakingMemory() throws IOException {
    for (String counts :
        List.of(
            "2147483647 2147483647",
            "1 999999999999999999",
            "999999999999999999 1",
            "100000 300",
            "3 2",
            "1 9")) {
      bothSay("do not fit the", bytes(counts + "\n", "a 1 2\nb 1 2"));
    }
    bothSay("at least 1", bytes("-5 3\na"));
    bothSay("at least 1", bytes("5 -3\na"));
    bothSay("at least 1", bytes("0 3\n"));
    bothSay("at least 1", bytes("3 0\na"));
    bothSay("begins with ''", bytes(""));
    bothSay("begins with 'the 0.1 0.2'", bytes("the 0.1 0.2\n"));
    bothSay("begins with '99999999999999999999 3'", bytes("99999999999999999999 3\n"));
    bothSay("begins with '????", bytes("\0\1\2\u0003".repeat(1000)));
  }

  @Test
  void moreThanOneMatrixHoldsIsRefusedWithAnAdvice() throws IOException {
    // 300,000 words of 8,000 dimensions; a file of zeros that takes no room on the disk.
    Path file = folder.resolve("sparse.bin");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.write(bytes("300000 8000\na "));
      sparse.setLength(10_000_000_000L);
    }
    String message =
        assertThrows(MalformedFileException.class, () -> Word2VecBinary.read(file)).getMessage();
    assertTrue(message.contains("read its first 268435 words"), message);
    WordMatrix first = Word2VecBinary.read(file, 1);
    assertArrayEquals(new float[8000], first.values());
    Files.delete(file);
  }

  @Test
  void binaryRowsThatAreWrongAreRefused() throws IOException {
    byte[] number = {0, 0, (byte) 0x80, 0x3F};
    binarySays("is cut off", bytes("2 1\n", "abcdefgh ", number, "b"));
    binarySays("bytes follow the last row", bytes("1 1\n", "a ", number, "b ", number));
    binarySays("no word in row 2", bytes("2 1\n", "a ", number, " ", number, "  "));
    binarySays("not UTF-8", bytes("1 1\n", new byte[] {(byte) 0xC3, ' '}, number));
    binarySays("more than 1048576 bytes", bytes("1 1\n", "a".repeat(1_100_000)));
  }

  @Test
  void textRowsThatAreWrongAreRefusedWithTheirPlace() throws IOException {
    textSays("'x' in row 2 (line 3), number 2", bytes("2 2\na 1 2\nb 1 x\n"));
    textSays("'nan' in row 1", bytes("1 1\na nan\n"));
    textSays("'1f' in row 1", bytes("1 1\na 1f\n"));
    textSays("'1.2.3' in row 1", bytes("1 1\na 1.2.3\n"));
    textSays("has 1 numbers in row 1 (line 2)", bytes("1 2\na 1\n    "));
    textSays("has 0 numbers in row 1", bytes("1 1\nabc\n"));
    textSays("more than 1 numbers in row 1", bytes("1 1\na 1 2\n"));
    textSays("more rows than its header says", bytes("1 1\na 1\nb 2\n"));
    textSays("ends after 1 of 2 rows", bytes("2 1\nabcdefghijk 1\n"));
    textSays("no word in row 1", bytes("1 1\n 1 2\n"));
    textSays("not UTF-8", bytes("1 1\n", new byte[] {(byte) 0xFF}, " 1\n"));
  }

  @Test
  void wordsThatCannotBeKeptAreRefusedAndNothingIsWritten() {
    for (String word : List.of("", "two words", "line\nend")) {
      WordMatrix matrix = new WordMatrix(List.of(word), 1, new float[] {1});
      Path file = folder.resolve("never");
      assertThrows(IllegalArgumentException.class, () -> Word2VecText.write(file, matrix));
      assertThrows(IllegalArgumentException.class, () -> Word2VecBinary.write(file, matrix));
      assertFalse(Files.exists(file));
    }
  }

  private static float[] values(int count) {
    return Arrays.copyOf(new float[] {0.1f, -1e-30f, Float.MAX_VALUE, -0f, 3, 7}, count);
  }

  private static void assertSame(WordMatrix expected, WordMatrix actual) {
    assertEquals(expected.words(), actual.words());
    assertEquals(expected.dimensions(), actual.dimensions());
    assertArrayEquals(expected.values(), actual.values());
  }

  private static byte[] bytes(Object... parts) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (Object part : parts) {
      bytes.writeBytes(
          part instanceof byte[] raw ? raw : part.toString().getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  private Path file(byte[] content) throws IOException {
    return Files.write(folder.resolve("file"), content);
  }

  private void bothSay(String message, byte[] content) throws IOException {
    binarySays(message, content);
    textSays(message, content);
  }

  private void binarySays(String message, byte[] content) throws IOException {
    Path file = file(content);
    refused(message, file, () -> Word2VecBinary.read(file));
  }

  private void textSays(String message, byte[] content) throws IOException {
    Path file = file(content);
    refused(message, file, () -> Word2VecText.read(file));
  }

  private static void refused(String message, Path file, Executable read) {
    String actual = assertThrows(MalformedFileException.class, read).getMessage();
    assertTrue(actual.contains(message), actual);
    assertTrue(actual.startsWith(file.toString()), actual);
  }
}
