package dev.refrain.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpyTest {
  @TempDir private Path folder;

  @Test
  void everyTypeComesBackBitForBit() throws IOException {
    float[] floats = {1.5f, -0f, Float.NaN, Float.POSITIVE_INFINITY, Float.MIN_VALUE, 7};
    assertArrayEquals(floats, through(NpyArray.floats(List.of(2L, 3L), floats)).floats());
    double[] doubles = {Math.PI, Double.MIN_VALUE, -0.0};
    assertArrayEquals(doubles, through(NpyArray.doubles(List.of(3L), doubles)).doubles());
    int[] ints = {Integer.MIN_VALUE, 3};
    assertArrayEquals(ints, through(NpyArray.ints(List.of(2L, 1L), ints)).ints());
    assertArrayEquals(new long[] {-1}, through(NpyArray.longs(List.of(), -1)).longs());
    List<String> texts = List.of("", "größe", "a\uD83D\uDE00b", "longest of all");
    assertEquals(texts, through(NpyArray.texts(List.of(4L), texts)).texts());
    NpyArray empty = through(NpyArray.floats(List.of(0L, 5L)));
    assertEquals(List.of(0L, 5L), empty.shape());
  }

  @Test
  void arraysLongerThanABufferComeBack() throws IOException {
    float[] floats = new float[100_003];
    double[] doubles = new double[100_003];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = i;
      doubles[i] = -i;
    }
    assertArrayEquals(floats, through(NpyArray.floats(List.of(100_003L), floats)).floats());
    assertArrayEquals(doubles, through(NpyArray.doubles(List.of(100_003L), doubles)).doubles());
  }

  /** Byte by byte, as numpy's description of the format has it. */
  @Test
  void theFileIsMagicHeaderAndNumbers() throws IOException {
    Path file = folder.resolve("x.npy");
    Npy.write(file, NpyArray.floats(List.of(2L), 1, -2));
    byte[] bytes = Files.readAllBytes(file);
    assertEquals(128 + 8, bytes.length);
    assertEquals("\u0093NUMPY\1\0v\0", new String(bytes, 0, 10, StandardCharsets.ISO_8859_1));
    String header = new String(bytes, 10, 118, StandardCharsets.ISO_8859_1);
    assertTrue(
        header.matches("\\{'descr': '<f4', 'fortran_order': False, 'shape': \\(2,\\), } *\n"),
        header);
    assertArrayEquals(
        new byte[] {0, 0, (byte) 0x80, 0x3F, 0, 0, 0, (byte) 0xC0},
        Arrays.copyOfRange(bytes, 128, 136));
  }

  @Test
  void refusesWhatIsNotThatKindOfFile() throws IOException {
    says("not in numpy's .npy format", new byte[0]);
    says("not in numpy's .npy format", "\u0093NUMPX\1\0v\0".getBytes(StandardCharsets.ISO_8859_1));
    says("version 9", bytes(9, "{}", 0));
    says("its header would take", new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 9, 9});
    says(
        "its header would take 4294967295 bytes",
        new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0, -1, -1, -1, -1});
    says("not that of a plain array", bytes(1, "{}", 0));
    says("not that of a plain array", header("[('a', '<f4')]", "1", 4));
    says("not that of a plain array", header("'<f4'", "-1,", 4));
    says("type '>f4'", header("'>f4'", "1,", 4));
    says("type '|O'", header("'|O'", "1,", 4));
    says("column by column", bytes(1, dict("'<f4'", "2, 2").replace("False", "True"), 16));
  }

  @Test
  void refusesLyingHeadersBeforeTakingMemory() throws IOException {
    says("is cut off", header("'<f4'", "2,", 7));
    says("more than its header says", header("'<f4'", "2,", 9));
    says("is cut off", header("'<f8'", "100000000000", 8));
    says("too large to be true", header("'<f8'", "4294967296, 4294967296", 8));
    says("cannot be true", header("'<f8'", "99999999999999999999", 8));
    says("no array here holds", header("'<U0'", "1000000000000,", 0));
    says("is cut off", header("'<U999999999'", "5,", 0));
    Path none = Files.write(folder.resolve("none.npy"), header("'<U999999999'", "0,", 0));
    assertEquals(List.of(), Npy.read(none).texts());
    byte[] beyond = header("'<U1'", "1,", 4);
    beyond[beyond.length - 1] = 1;
    says("not Unicode", beyond);
  }

  @Test
  void severalArraysComeBackFromOneFile() throws IOException {
    Map<String, NpyArray> arrays = new LinkedHashMap<>();
    arrays.put("words", NpyArray.texts(List.of(2L), List.of("a", "bc")));
    arrays.put("vectors", NpyArray.floats(List.of(2L, 1L), 1, 2));
    Path file = folder.resolve("x.npz");
    Npz.write(file, arrays);
    Map<String, NpyArray> read = Npz.read(file);
    assertEquals(List.of("words", "vectors"), new ArrayList<>(read.keySet()));
    assertEquals(List.of("a", "bc"), read.get("words").texts());
    assertArrayEquals(new float[] {1, 2}, read.get("vectors").floats());
    Npz.write(folder.resolve("again.npz"), arrays);
    assertEquals(-1, Files.mismatch(file, folder.resolve("again.npz")));
  }

  @Test
  void damagedAndForeignZipsAreRefused() throws IOException {
    Path file = folder.resolve("x.npz");
    assertThrows(IOException.class, () -> Npz.read(file));
    Files.writeString(file, "not a zip");
    refused("no .npz file", file);
    Files.write(file, zip("readme.txt", new byte[3]));
    refused("member 'readme.txt'", file);
    Files.write(file, zip("x.npy", header("'<f4'", "2,", 7)));
    refused("member 'x.npy' is cut off", file);
    Npz.write(file, Map.of("x", NpyArray.longs(List.of(1000L), new long[1000])));
    byte[] bytes = Files.readAllBytes(file);
    // The uncompressed size in the central directory, 22 bytes of end record behind its 46 + 5.
    int at = bytes.length - 22 - 51 + 24;
    bytes[at + 3] = 0x70;
    Files.write(file, bytes);
    refused("which cannot be true", file);
  }

  private NpyArray through(NpyArray array) throws IOException {
    Path file = folder.resolve("x.npy");
    Npy.write(file, array);
    NpyArray read = Npy.read(file);
    assertEquals(array.shape(), read.shape());
    assertEquals(array.type(), read.type());
    return read;
  }

  private static String dict(String descr, String shape) {
    return "{'descr': " + descr + ", 'fortran_order': False, 'shape': (" + shape + ")}";
  }

  private static byte[] header(String descr, String shape, int dataBytes) {
    return bytes(1, dict(descr, shape), dataBytes);
  }

  private static byte[] bytes(int version, String dict, int dataBytes) {
    byte[] bytes = new byte[10 + dict.length() + dataBytes];
    byte[] head =
        ("\u0093NUMPY" + (char) version + "\0" + (char) dict.length() + "\0" + dict)
            .getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(head, 0, bytes, 0, head.length);
    return bytes;
  }

  private static byte[] zip(String name, byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry(name));
      zip.write(content);
    }
    return bytes.toByteArray();
  }

  private void says(String message, byte[] content) throws IOException {
    Path file = Files.write(folder.resolve("bad.npy"), content);
    String actual = assertThrows(MalformedFileException.class, () -> Npy.read(file)).getMessage();
    assertTrue(actual.contains(message), actual);
    assertTrue(actual.startsWith(file.toString()), actual);
  }

  private static void refused(String message, Path file) {
    String actual = assertThrows(MalformedFileException.class, () -> Npz.read(file)).getMessage();
    assertTrue(actual.contains(message), actual);
  }
}
