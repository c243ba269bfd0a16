package dev.refrain.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Word2vecModel;
import dev.refrain.kernels.Word2vecModel.Totals;
import dev.refrain.kernels.Word2vecPassage;
import dev.refrain.kernels.Word2vecRule;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class Word2vecParityTest {
  private static final double RATE = 0.05;

  /** Blocks of a grid race: they begin from rows that are a stretch or two older. */
  private static final double RACING = 0.1;

  /** One piece of text, learned in one call or in two. */
  record Case(
      Word2vecRule rule, int vocabulary, int rowStride, int numbers, boolean keepAll, boolean cut)
      implements Operation {

    @Override
    public Runnable prepare(Kernels kernels, Arena arena) {
      long elements = (long) vocabulary * rowStride;
      Numbers numbersOfRows = Numbers.normal(1 / Math.sqrt(rowStride));
      Buffer inputs = arena.flatInOut("inputs", elements, numbersOfRows);
      Buffer outputs = arena.flatInOut("outputs", elements, numbersOfRows);
      IndexBuffer ids = arena.indices("ids", ids());
      IndexBuffer keep = keepAll ? null : arena.indices("keep", keep());
      IndexBuffer noise = arena.indices("noise", noise());
      Word2vecModel model =
          new Word2vecModel(
              vocabulary,
              rowStride,
              inputs,
              outputs,
              keep,
              noise,
              kernels.allocateIndices(Word2vecModel.TOTALS));
      int middle = cut ? Math.min(numbers, 2 * rule.lanes() * rule.stretch()) : numbers;
      return () -> {
        kernels.word2vec(rule, model, text(ids, 0, middle));
        if (cut) {
          kernels.word2vec(rule, model, text(ids, middle, numbers));
        }
      };
    }

    private Word2vecPassage text(IndexBuffer ids, int first, int last) {
      double slope = -RATE / (2 * numbers);
      return new Word2vecPassage(
          ids,
          numbers,
          first,
          last,
          1_000_003,
          2,
          77L << 33 | 5,
          RATE + first * slope,
          slope,
          0.03);
    }

    /** Rare and common words, ends of sentences and numbers that are no word. */
    private int[] ids() {
      Random random = new Random(5);
      int[] ids = new int[numbers];
      for (int i = 0; i < numbers; i++) {
        double u = random.nextDouble();
        ids[i] = u < 0.03 ? -1 : u < 0.04 ? vocabulary + 3 : (int) (vocabulary * u * u);
      }
      return ids;
    }

    private int[] keep() {
      int[] keep = new int[vocabulary];
      for (int i = 0; i < vocabulary; i++) {
        keep[i] = i % 3 == 0 ? -1 : (int) (long) (0x1p32 * (0.1 + 0.8 * i / vocabulary));
      }
      return keep;
    }

    private int[] noise() {
      int[] noise = new int[2 * vocabulary];
      for (int i = 0; i < vocabulary; i++) {
        noise[2 * i] = i * 0x3779B9;
        noise[2 * i + 1] = i % 7 == 2 ? -4 : (i * 31) % vocabulary;
      }
      return noise;
    }

    /** A row takes part in a few hundred updates at most, each a sum over the pairs of a center. */
    double tolerance() {
      return Tolerance.sum(rowStride + 4.0 * numbers * (1 + rule.negatives()));
    }
  }

  private static Word2vecRule rule(
      int window, int negatives, boolean cbow, int lanes, int stretch) {
    return new Word2vecRule(window, negatives, cbow, true, lanes, stretch);
  }

  static Stream<Arguments> cases() {
    return TestEngines.times(
        List.of(
            new Case(rule(1, 1, false, 1, 1), 2, 16, 3, true, false),
            new Case(rule(5, 5, false, 8, 16), 300, 160, 400, false, false),
            new Case(rule(5, 5, false, 3, 7), 67, 48, 200, false, true),
            new Case(rule(2, 7, false, 4, 11), 23, 32, 97, true, false),
            new Case(rule(10, 20, false, 2, 50), 131, 16, 230, false, true),
            new Case(rule(3, 13, true, 4, 9), 50, 48, 150, true, false),
            // wider than what a warp takes at once; a window beyond a block's own memory
            new Case(rule(4, 6, false, 2, 40), 211, 208, 120, false, false),
            new Case(rule(4, 9, false, 2, 40), 211, 400, 120, false, true),
            new Case(rule(90, 11, false, 2, 60), 190, 176, 130, true, false),
            new Case(rule(90, 3, true, 2, 60), 190, 352, 130, true, false),
            new Case(rule(5, 5, true, 2, 32), 300, 112, 250, false, true)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReference(TestEngine engine, Case text) {
    Parity.of(text.toString(), text).within(text.tolerance()).on(engine);
  }

  /** On one thread nothing races. */
  @ParameterizedTest
  @MethodSource("cases")
  void learnsTheSameWithoutLanes(TestEngine engine, Case text) {
    Word2vecRule r = text.rule();
    Word2vecRule racing =
        new Word2vecRule(r.window(), r.negatives(), r.cbow(), false, 1, r.stretch());
    Case same =
        new Case(
            racing, text.vocabulary(), text.rowStride(), text.numbers(), text.keepAll(), false);
    try (Kernels judge = TestEngine.openJudge();
        Kernels kernels = engine.open(1)) {
      Run expected = Run.of(judge, same);
      Run actual = Run.of(kernels, same);
      assertEquals(expected.totals.pairs(), actual.totals.pairs());
      assertEquals(expected.totals.centers(), actual.totals.centers());
      assertTrue(
          text.numbers() < 10 || actual.totals.pairs() > text.numbers() / 3, "too few pairs");
      boolean races = engine.engine().equals("emulated") || engine.engine().equals("cuda");
      double tolerance = races ? RACING : same.tolerance();
      Comparison.assertClose(
          "loss", array(expected.totals.loss()), array(actual.totals.loss()), tolerance);
      if (!races) {
        Comparison.assertClose("inputs", expected.inputs, actual.inputs, same.tolerance());
      }
    }
  }

  /** One stretch is one block's on a GPU, so nothing races there either, whatever stays on chip. */
  @ParameterizedTest
  @MethodSource("cases")
  void learnsOneStretchWithoutLanes(TestEngine engine, Case text) {
    Word2vecRule r = text.rule();
    Word2vecRule racing =
        new Word2vecRule(r.window(), r.negatives(), r.cbow(), false, 1, text.numbers());
    Case whole =
        new Case(
            racing, text.vocabulary(), text.rowStride(), text.numbers(), text.keepAll(), false);
    Parity.of(whole.toString(), whole).within(whole.tolerance()).on(engine);
  }

  private static double[] array(double value) {
    return new double[] {value};
  }

  private static final class Run {
    private final double[] inputs;
    private final Totals totals;

    private Run(double[] inputs, Totals totals) {
      this.inputs = inputs;
      this.totals = totals;
    }

    static Run of(Kernels kernels, Case text) {
      Random random = new Random(9);
      int elements = text.vocabulary() * text.rowStride();
      Buffer inputs = kernels.allocate(elements);
      Buffer outputs = kernels.allocate(elements);
      inputs.write(Numbers.normal(0.2).draw(random, elements));
      outputs.write(Numbers.normal(0.2).draw(random, elements));
      IndexBuffer ids = indices(kernels, text.ids());
      Word2vecModel model =
          new Word2vecModel(
              text.vocabulary(),
              text.rowStride(),
              inputs,
              outputs,
              text.keepAll() ? null : indices(kernels, text.keep()),
              indices(kernels, text.noise()),
              kernels.allocateIndices(Word2vecModel.TOTALS));
      kernels.word2vec(text.rule(), model, text.text(ids, 0, text.numbers()));
      return new Run(inputs.readDoubles(), Totals.of(model.totals()));
    }

    private static IndexBuffer indices(Kernels kernels, int... values) {
      IndexBuffer buffer = kernels.allocateIndices(values.length);
      buffer.write(values);
      return buffer;
    }
  }
}
