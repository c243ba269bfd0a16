package dev.refrain.golden;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LogUniform;
import dev.refrain.kernels.Philox;
import dev.refrain.kernels.StepState;
import dev.refrain.parity.Comparison;
import dev.refrain.parity.Tolerance;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/**
 * TensorFlow's candidate sampler: classes of given uniform numbers, and how often they are
 * expected. An engine draws its uniform numbers itself, so its classes are judged by the formula
 * that the file confirms.
 */
class LogUniformGoldenTest {
  private static final long STREAM = 0x4C000000L;
  private static final long SEED = 0x0123_4567_89ab_cdefL;

  @TestFactory
  Stream<DynamicNode> equalsTensorFlows() {
    return GoldenTests.of("log_uniform", LogUniformGoldenTest::check);
  }

  private static void check(GoldenFile file, Kernels kernels, boolean exact) {
    int classes = (int) file.number("V");
    double[] uniforms = file.numbers("u");
    assertArrayEquals(
        file.integers("k"), Arrays.stream(uniforms).mapToInt(u -> classOf(u, classes)).toArray());
    for (long step : new long[] {1, 2, 200_001}) {
      checkDraws(kernels, new LogUniform(classes, 64), step);
    }
    checkExpected(file, kernels, classes, exact);
  }

  private static int classOf(double uniform, int classes) {
    return (int) (((long) Math.exp(uniform * Math.log1p(classes)) - 1) % classes);
  }

  private static double uniform(long step, long draw) {
    int[] words = new int[Philox.BLOCK_WORDS];
    Philox.block(SEED, STREAM << 32 | step, draw / 2, words);
    int first = (int) (draw % 2) * 2;
    long bits = Integer.toUnsignedLong(words[first]) | (words[first + 1] & 0xfffffL) << 32;
    return bits / 0x1p52;
  }

  private static void checkDraws(Kernels kernels, LogUniform sampler, long step) {
    StepState state = kernels.allocateState(1, 0);
    state.write(0, new GroupState(step, SEED, 0, 0, 1, 1, 0, 0, 1, GroupState.Status.RUNNING));
    IndexBuffer sampled = kernels.allocateIndices(sampler.samples());
    IndexBuffer tries = kernels.allocateIndices(1);
    kernels.logUniform(sampler, 1, sampled, tries, state);
    Set<Integer> expected = new LinkedHashSet<>();
    int draws = 0;
    while (expected.size() < sampler.samples()) {
      expected.add(classOf(uniform(step, draws++), sampler.classes()));
    }
    assertArrayEquals(
        expected.stream().mapToInt(Integer::intValue).toArray(), sampled.read(), "step " + step);
    assertEquals(draws, tries.read()[0]);
  }

  private static void checkExpected(GoldenFile file, Kernels kernels, int classes, boolean exact) {
    int[] ids = file.integers("classes");
    IndexBuffer buffer = kernels.allocateIndices(ids.length);
    buffer.write(ids);
    IndexBuffer tries = kernels.allocateIndices(1);
    tries.write((int) file.number("tries"));
    Buffer logExpected = kernels.allocate(ids.length);
    kernels.logUniformExpected(
        new LogUniform(classes, 64), 1, ids.length, buffer, tries, logExpected);
    double[] expected = Arrays.stream(file.numbers("Q")).map(Math::log).toArray();
    Comparison.assertClose(
        "log Q",
        expected,
        logExpected.readDoubles(),
        exact ? GoldenTolerance.FLOAT64 : 2 * Tolerance.EPSILON);
    // as many tries as candidates: S P
    LogUniform all = new LogUniform(classes, (int) file.number("tries"));
    kernels.logUniformExpected(all, 1, ids.length, buffer, tries, logExpected);
    double[] proportional =
        Arrays.stream(file.numbers("P")).map(p -> Math.log(p * all.samples())).toArray();
    Comparison.assertClose(
        "log S P",
        proportional,
        logExpected.readDoubles(),
        exact ? GoldenTolerance.FLOAT64 : 2 * Tolerance.EPSILON);
  }
}
