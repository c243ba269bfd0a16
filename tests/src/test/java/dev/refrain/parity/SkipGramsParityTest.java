package dev.refrain.parity;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.SkipGramShape;
import dev.refrain.kernels.StepState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SkipGramsParityTest {

  private record Case(SkipGramShape shape, long step) implements Operation {

    @Override
    public Runnable prepare(Kernels kernels, Arena arena) {
      int copies = shape.sharedText() ? 1 : shape.groups();
      int[] words = new int[(int) (copies * shape.length())];
      Arrays.setAll(words, i -> i * 7919 % 1013);
      IndexBuffer text = arena.indices("text", words);
      int pairs = shape.groups() * shape.batch();
      IndexBuffer inputs = arena.indicesOut("inputs", pairs);
      IndexBuffer labels = arena.indicesOut("labels", pairs);
      StepState state = arena.state(0, Steps.at(step, shape.groups()));
      return () -> kernels.skipGrams(shape, text, inputs, labels, state);
    }
  }

  static Stream<Arguments> cases() {
    List<SkipGramShape> shapes =
        List.of(
            new SkipGramShape(1, 1, 1, 1, 3, true),
            new SkipGramShape(1, 128, 1, 2, 5003, true),
            new SkipGramShape(3, 30, 5, 3, 101, false),
            new SkipGramShape(3, 20, 5, 10, 11, true),
            new SkipGramShape(9, 7 * 64, 32, 64, 67, false));
    List<Case> cases = new ArrayList<>();
    for (SkipGramShape shape : shapes) {
      // before the first step, the first, some way into the text, and round its end many times
      for (long step : new long[] {0, 1, 37, 1_000_003}) {
        cases.add(new Case(shape, step));
      }
    }
    return TestEngines.times(cases);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReference(TestEngine engine, Case pairs) {
    Parity.of("skip grams " + pairs, pairs).within(Tolerance.EXACT).on(engine);
  }
}
