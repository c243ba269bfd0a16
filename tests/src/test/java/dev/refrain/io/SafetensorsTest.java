package dev.refrain.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsTest {
  @TempDir Path folder;

  @Test
  void numbersComeBackBitForBit() throws IOException {
    Path file = folder.resolve("all.safetensors");
    float[] floats = {1.5f, -0f, Float.NaN, Float.NEGATIVE_INFINITY, Float.MIN_VALUE, 16777217};
    double[] doubles = {Math.PI, Double.MIN_VALUE, -0.0};
    new SafetensorsWriter()
        .metadata("größe", "a\"b\\c\n")
        .floats("f", List.of(2L, 3L), floats)
        .doubles("d", List.of(3L), doubles)
        .ints("i", List.of(2L, 1L, 1L), Integer.MIN_VALUE, 7)
        .longs("single", List.of(), Long.MIN_VALUE)
        .floats("empty", List.of(0L, 4L))
        .write(file);
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      assertEquals("a\"b\\c\n", read.metadata().get("größe"));
      assertArrayEquals(floats, read.floats("f"));
      assertArrayEquals(doubles, read.doubles("d"));
      assertArrayEquals(new int[] {Integer.MIN_VALUE, 7}, read.ints("i"));
      assertArrayEquals(new long[] {Long.MIN_VALUE}, read.longs("single"));
      assertEquals(0, read.floats("empty").length);
      assertEquals(List.of(2L, 3L), read.tensor("f").shape());
      assertEquals(TensorType.F32, read.tensor("f").type());
      assertNull(read.tensor("g"));
      assertEquals(5, read.tensors().size());
      assertArrayEquals(new float[] {(float) Math.PI, 0, -0f}, read.floats("d"));
      assertEquals(1.5, read.doubles("f")[0]);
    }
  }

  @Test
  void tensorsLongerThanAChunkComeBack() throws IOException {
    Path file = folder.resolve("long.safetensors");
    float[] floats = new float[100_003];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = i;
    }
    new SafetensorsWriter()
        .longs("before", List.of(1L), 1)
        .floats("f", List.of(100_003L), floats)
        .longs("behind", List.of(1L), 2)
        .write(file);
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      assertArrayEquals(floats, read.floats("f"));
      assertArrayEquals(new long[] {2}, read.longs("behind"));
    }
  }

  /** The layout itself, byte by byte, as the format's description has it. */
  @Test
  void theFileIsLengthHeaderAndNumbers() throws IOException {
    Path file = folder.resolve("x.safetensors");
    new SafetensorsWriter().floats("x", List.of(2L), 1, -2).write(file);
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int length = (int) bytes.getLong();
    byte[] header = new byte[length];
    bytes.get(header);
    String text = new String(header, StandardCharsets.UTF_8);
    assertEquals(0, length % 8);
    assertTrue(
        text.matches(
            "\\{\"__metadata__\":\\{\"refrain.crc32c\":\"[0-9a-f]{8}\"},"
                + "\"x\":\\{\"dtype\":\"F32\",\"shape\":\\[2],\"data_offsets\":\\[0,8]}} *"),
        text);
    assertEquals(1f, bytes.getFloat());
    assertEquals(-2f, bytes.getFloat());
    assertEquals(0, bytes.remaining());
  }

  @Test
  void filesWithoutChecksumAreRead() throws IOException {
    Path file =
        write(
            "{\"b\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[4,8]},"
                + "\"a\":{\"shape\":[1],\"data_offsets\":[0,4],\"dtype\":\"I32\"}}",
            8);
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      assertEquals(List.of("a", "b"), read.tensors().stream().map(TensorInfo::name).toList());
      assertEquals(Map.of(), read.metadata());
      assertArrayEquals(new int[] {0}, read.ints("b"));
    }
  }

  @Test
  void refusesHeadersThatDoNotFitTheirNumbers() throws IOException {
    says("not JSON", "{\"a\":", 0);
    says("not a JSON object", "[]", 0);
    says("not a JSON object", "{\"a\":1}", 0);
    says("not a JSON object", "{\"__metadata__\":[]}", 0);
    says("metadata 'a' is not a string", "{\"__metadata__\":{\"a\":1}}", 0);
    says("stands twice", "{\"a\":1,\"a\":1}", 0);
    says("the keys [dtype, shape]", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4);
    says("the type BF16", tensor("BF16", "[2]", "[0,4]"), 4);
    says("the type F16", tensor("F16", "[2]", "[0,4]"), 4);
    says("is not an array", tensor("F32", "1", "[0,4]"), 4);
    says("holds -1", tensor("F32", "[-1]", "[0,4]"), 4);
    says("holds 1.0", tensor("F32", "[1.0]", "[0,4]"), 4);
    says("holds null", tensor("F32", "[null]", "[0,4]"), 4);
    says("not a begin and an end", tensor("F32", "[1]", "[0]"), 4);
    says("takes 4 bytes", tensor("F32", "[1]", "[0,8]"), 8);
    says("takes 4 bytes", tensor("F32", "[1]", "[4,0]"), 4);
    says("too large", tensor("F32", "[4611686018427387904]", "[0,0]"), 0);
    says("too large", tensor("F32", "[4294967296,4294967296]", "[0,0]"), 0);
    says("begins at byte 4", tensor("F32", "[1]", "[4,8]"), 8);
    says("cut off", tensor("F32", "[2]", "[0,8]"), 4);
    says("more than its header says", tensor("F32", "[1]", "[0,4]"), 5);
    String one = "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}";
    says("begins at byte 0", "{\"a\":" + one + ",\"b\":" + one + "}", 8);
  }

  @Test
  void refusesLengthsThatCannotBe() throws IOException {
    for (long length : new long[] {0, 1, 3, 100_000_001, Long.MAX_VALUE, -1, Long.MIN_VALUE}) {
      Path file = folder.resolve("length");
      ByteBuffer bytes = ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN);
      bytes.putLong(length).put((byte) '{').put((byte) '}');
      Files.write(file, bytes.array());
      String message =
          assertThrows(MalformedFileException.class, () -> SafetensorsFile.open(file)).getMessage();
      assertTrue(message.contains(Long.toUnsignedString(length)), message);
    }
  }

  @Test
  void refusesAHeaderThatIsNotUtf8() throws IOException {
    Path file = folder.resolve("latin");
    byte[] header = "{\"__metadata__\":{\"a\":\"ö\"}}".getBytes(StandardCharsets.ISO_8859_1);
    Files.write(file, withLength(header, 0));
    String message =
        assertThrows(MalformedFileException.class, () -> SafetensorsFile.open(file)).getMessage();
    assertTrue(message.contains("not UTF-8"), message);
  }

  @Test
  void readingAsAnotherTypeIsRefused() throws IOException {
    Path file = folder.resolve("x");
    new SafetensorsWriter().ints("i", List.of(1L), 1).floats("f", List.of(1L), 1).write(file);
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      assertThrows(MalformedFileException.class, () -> read.floats("i"));
      assertThrows(MalformedFileException.class, () -> read.doubles("i"));
      assertThrows(MalformedFileException.class, () -> read.longs("i"));
      assertThrows(MalformedFileException.class, () -> read.ints("f"));
      String message =
          assertThrows(MalformedFileException.class, () -> read.ints("j")).getMessage();
      assertTrue(message.contains("'j'") && message.contains("[i, f]"), message);
    }
  }

  @Test
  void theWriterRefusesWhatDoesNotFit() {
    SafetensorsWriter writer = new SafetensorsWriter().ints("a", List.of(1L), 1);
    assertThrows(IllegalArgumentException.class, () -> writer.ints("a", List.of(1L), 1));
    assertThrows(IllegalArgumentException.class, () -> writer.ints("b", List.of(2L), 1));
    assertThrows(IllegalArgumentException.class, () -> writer.ints("b", List.of(-1L)));
    assertThrows(IllegalArgumentException.class, () -> writer.ints("__metadata__", List.of(0L)));
    assertThrows(
        IllegalArgumentException.class, () -> writer.metadata(SafetensorsWriter.CHECKSUM, "x"));
  }

  private static String tensor(String type, String shape, String offsets) {
    return String.format(
        "{\"a\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}}", type, shape, offsets);
  }

  private void says(String message, String header, int dataBytes) throws IOException {
    Path file = write(header, dataBytes);
    String actual =
        assertThrows(MalformedFileException.class, () -> SafetensorsFile.open(file)).getMessage();
    assertTrue(actual.contains(message), actual);
    assertTrue(actual.startsWith(file.toString()), actual);
  }

  private Path write(String header, int dataBytes) throws IOException {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    return Files.write(folder.resolve("file.safetensors"), withLength(text, dataBytes));
  }

  private static byte[] withLength(byte[] header, int dataBytes) {
    return ByteBuffer.allocate(8 + header.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(header.length)
        .put(header)
        .array();
  }

  @Test
  void refusesToWriteAHeaderThatNoReaderTakes() throws IOException {
    Path file = folder.resolve("long.safetensors");
    SafetensorsWriter writer = new SafetensorsWriter().metadata("words", "\t".repeat(17_000_000));
    String message = assertThrows(IOException.class, () -> writer.write(file)).getMessage();
    assertTrue(message.contains("readers take 100000000"), message);
    assertFalse(Files.exists(file));
    String odd = "\n\t\"\\\\aé€\uD83D\uDE00";
    assertEquals(
        Json.quote(odd).getBytes(StandardCharsets.UTF_8).length - 2,
        SafetensorsWriter.headerBytes(odd));
  }
}
