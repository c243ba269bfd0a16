package dev.refrain.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TensorFlowLayoutTest {

  @Test
  void rowsOfTheInputsStandAboveThoseOfTheState() {
    TensorFlowLayout layout = TensorFlowLayout.rnn(1, 2);
    float[] kernel = {
      1, 2, // input
      3, 4, // state 0
      5, 6
    };
    assertArrayEquals(new float[] {1, 2}, layout.w(kernel));
    assertArrayEquals(new float[] {3, 5, 4, 6}, layout.r(kernel));
    assertArrayEquals(new float[] {7, 8}, layout.bias(new float[] {7, 8}));
  }

  /** TensorFlow's i, j, f, o become i, f, g, o with g = j. */
  @Test
  void gatesOfAnLstmChangeOrder() {
    TensorFlowLayout layout = TensorFlowLayout.lstm(1, 1);
    float[] kernel = {
      1, 2, 3, 4, // input: i j f o
      5, 6, 7, 8 // state
    };
    assertArrayEquals(new float[] {1, 3, 2, 4}, layout.w(kernel));
    assertArrayEquals(new float[] {5, 7, 6, 8}, layout.r(kernel));
    assertArrayEquals(new float[] {1, 3, 2, 4}, layout.bias(new float[] {1, 2, 3, 4}));
  }

  @Test
  void theTwoKernelsOfAGruBecomeOne() {
    TensorFlowLayout layout = TensorFlowLayout.gru(1, 1);
    float[] gates = {
      1, 2, // input: r u
      3, 4 // state
    };
    float[] candidate = {5, 6};
    assertArrayEquals(new float[] {1, 2, 5}, layout.w(gates, candidate));
    assertArrayEquals(new float[] {3, 4, 6}, layout.r(gates, candidate));
    assertArrayEquals(new float[] {1, 2, 3}, layout.bias(new float[] {1, 2}, new float[] {3}));
  }

  static Stream<Arguments> layouts() {
    return Stream.of(
        Arguments.of(TensorFlowLayout.rnn(3, 5), List.of(8 * 5), List.of(5)),
        Arguments.of(TensorFlowLayout.lstm(3, 5), List.of(8 * 20), List.of(20)),
        Arguments.of(TensorFlowLayout.lstm(3, 5, 2), List.of(5 * 20), List.of(20)),
        Arguments.of(TensorFlowLayout.gru(3, 5), List.of(8 * 10, 8 * 5), List.of(10, 5)));
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void thereAndBackAgain(TensorFlowLayout layout, List<Integer> kernels, List<Integer> biases) {
    float[][] given = kernels.stream().map(TensorFlowLayoutTest::distinct).toArray(float[][]::new);
    List<float[]> returned = layout.kernels(layout.w(given), layout.r(given));
    float[][] givenBiases =
        biases.stream().map(TensorFlowLayoutTest::distinct).toArray(float[][]::new);
    List<float[]> returnedBiases = layout.biases(layout.bias(givenBiases));
    assertEquals(given.length, returned.size());
    for (int i = 0; i < given.length; i++) {
      assertArrayEquals(given[i], returned.get(i));
      assertArrayEquals(givenBiases[i], returnedBiases.get(i));
    }
  }

  private static float[] distinct(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = i + 1000f * count;
    }
    return values;
  }

  @Test
  void transposes() {
    assertArrayEquals(
        new float[] {1, 4, 2, 5, 3, 6},
        TensorFlowLayout.transpose(new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
  }

  @Test
  void refusesSizesByName() {
    TensorFlowLayout gru = TensorFlowLayout.gru(3, 5);
    refuses("1 kernels are given, this cell has 2", () -> gru.w(new float[80]));
    refuses("kernel 1 has 39", () -> gru.r(new float[80], new float[39]));
    refuses("bias 0 has 5", () -> gru.bias(new float[5], new float[5]));
    refuses("w has 1", () -> gru.kernels(new float[1], new float[75]));
    refuses("hidden 0", () -> TensorFlowLayout.rnn(1, 0));
  }

  private static void refuses(String message, Executable call) {
    String actual = assertThrows(IllegalArgumentException.class, call).getMessage();
    assertTrue(actual.contains(message), actual);
  }
}
