package dev.refrain.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.io.SafetensorsFile;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.RowsAdam;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Word2Vec} in batches: every objective with every optimizer. */
class Word2VecBatchesTest {
  @TempDir Path folder;

  static Stream<TestEngine> engines() {
    return TestEngines.all();
  }

  static Stream<TestEngine> cpuEngines() {
    return TestEngines.all().filter(TestEngine::hasThreads);
  }

  /** Those that are held against the reference. */
  static Stream<TestEngine> heldEngines() {
    return TestEngines.all().filter(engine -> !engine.isReference());
  }

  /**
   * The emulated engine takes minutes for what these learn, and the reference learns what they do.
   */
  static Stream<TestEngine> fastEngines() {
    return heldEngines().filter(engine -> !engine.engine().equals("emulated"));
  }

  /** What the reference learns by each method, in their order; the same for all other engines. */
  private static final List<float[]> LEARNT = new ArrayList<>();

  private static Word2Vec.Builder small() {
    return Word2Vec.builder().dimensions(20).window(3).negatives(12).batch(32).sample(0).seed(3);
  }

  /** Adam's usual rate is for texts of more steps than these have. */
  private static Word2Vec.Builder small(Word2VecObjective objective, Word2VecOptimizer optimizer) {
    Word2Vec.Builder builder = small().objective(objective).optimizer(optimizer);
    return optimizer == Word2VecOptimizer.ADAM ? builder.learningRate(0.01) : builder;
  }

  /** All that is learned in batches. */
  private static List<Word2Vec.Builder> methods() {
    List<Word2Vec.Builder> methods = new ArrayList<>();
    for (Word2VecObjective objective : Word2VecObjective.values()) {
      for (RowsAdam.Mode rows : RowsAdam.Mode.values()) {
        methods.add(small(objective, Word2VecOptimizer.ADAM).rows(rows));
      }
      if (objective != Word2VecObjective.NEGATIVE_SAMPLING) {
        methods.add(small(objective, Word2VecOptimizer.SGD));
        methods.add(small(objective, Word2VecOptimizer.SGD).noise(Word2VecNoise.UNIGRAM));
      }
    }
    methods.add(
        small(Word2VecObjective.NEGATIVE_SAMPLING, Word2VecOptimizer.ADAM)
            .noise(Word2VecNoise.LOG_UNIFORM));
    return methods;
  }

  private static float[] train(TestEngine engine, int threads, Word2Vec word2vec, WordSource text)
      throws Exception {
    try (Kernels kernels = engine.open(threads);
        Word2VecTraining training = word2vec.start(kernels, text)) {
      assertTrue(training.run(progress -> {}));
      assertEquals(training.totalWords(), training.words());
      return Word2VecTest.values(training.vectors());
    }
  }

  private static float[] learnt(int method, Word2Vec word2vec, WordSource text) throws Exception {
    if (method == LEARNT.size()) {
      LEARNT.add(train(new TestEngine("reference"), 1, word2vec, text));
    }
    return LEARNT.get(method);
  }

  /** So do all engines learn the same where the reference learns anything. */
  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("heldEngines")
  void learnsWhatTheReferenceLearns(TestEngine engine) throws Exception {
    WordSource text = Word2VecTest.topics(30);
    int next = 0;
    for (Word2Vec.Builder method : methods()) {
      Word2Vec word2vec = method.epochs(2).minCount(1).build();
      float[] expected = learnt(next++, word2vec, text);
      float largest = 0;
      for (float value : expected) {
        largest = Math.max(largest, Math.abs(value));
      }
      // some 80 steps of float32, whose rounding errors feed on themselves
      assertArrayEquals(
          expected,
          train(engine, 1, word2vec, text),
          2e-4f * largest,
          () -> word2vec.settings().toString());
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("fastEngines")
  void putsWordsOfATopicTogether(TestEngine engine) throws Exception {
    WordSource text = Word2VecTest.topics(2000);
    for (Word2Vec.Builder method : methods()) {
      Word2Vec word2vec = method.epochs(3).build();
      try (Kernels kernels = engine.open(2);
          Word2VecTraining training = word2vec.start(kernels, text)) {
        training.run(progress -> {});
        List<Double> losses = training.epochLosses();
        assertEquals(3, losses.size());
        assertTrue(losses.get(2) < losses.get(0), () -> word2vec.settings() + ": " + losses);
        double same = Word2VecTest.ofSameTopic(training.vectors());
        // By chance it would be 19 of 119.
        assertTrue(same > 0.9, () -> word2vec.settings() + ": " + same);
      }
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("cpuEngines")
  void theBitsDependOnTheSeedAlone(TestEngine engine) throws Exception {
    WordSource text = Word2VecTest.topics(300);
    for (Word2Vec.Builder method : methods()) {
      Word2Vec word2vec = method.epochs(2).sample(1e-2).build();
      float[] one = train(engine, 1, word2vec, text);
      assertArrayEquals(one, train(engine, 3, word2vec, text), word2vec.settings().toString());
      float[] other = train(engine, 1, method.seed(4).build(), text);
      assertFalse(Arrays.equals(one, other), "the seed changes nothing");
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("cpuEngines")
  void resumingGivesTheSameBits(TestEngine engine) throws Exception {
    WordSource text = Word2VecTest.topics(1500);
    for (Word2Vec.Builder method : methods()) {
      Word2Vec word2vec = method.epochs(3).build();
      Path state = folder.resolve("state.safetensors");
      float[] whole;
      List<Double> losses;
      try (Kernels kernels = engine.open(2);
          Word2VecTraining training = word2vec.start(kernels, text)) {
        int[] pieces = new int[1];
        assertFalse(
            training.run(
                progress -> {
                  if (++pieces[0] == 6) {
                    Thread.currentThread().interrupt();
                  }
                }));
        assertTrue(Thread.interrupted());
        assertTrue(training.words() > 0 && training.words() < training.totalWords());
        training.save(state);
        assertArrayEquals(
            Word2VecTest.values(training.vectors()),
            Word2VecTest.values(WordVectors.read(state)),
            "the file's vectors");
        training.run(progress -> {});
        losses = training.epochLosses();
        whole = Word2VecTest.values(training.vectors());
      }
      String what = word2vec.settings().toString();
      assertArrayEquals(whole, train(engine, 1, word2vec, text), what);
      try (Kernels kernels = engine.open(3);
          Word2VecTraining training = Word2Vec.resume(kernels, state, text)) {
        assertTrue(training.epochsDone() < 3);
        assertTrue(training.run(progress -> {}));
        assertArrayEquals(whole, Word2VecTest.values(training.vectors()), what);
        assertEquals(losses.get(2), training.epochLosses().get(training.epochLosses().size() - 1));
      }
    }
  }

  /** What waits is caught up to what would have been done at once. */
  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("cpuEngines")
  void deferredIsDense(TestEngine engine) throws Exception {
    WordSource text = Word2VecTest.topics(600);
    Word2Vec.Builder method = small(Word2VecObjective.NCE, Word2VecOptimizer.ADAM).epochs(1);
    float[] dense = train(engine, 2, method.rows(RowsAdam.Mode.DENSE).build(), text);
    float[] deferred = train(engine, 2, method.rows(RowsAdam.Mode.DEFERRED).build(), text);
    float[] lazy = train(engine, 2, method.rows(RowsAdam.Mode.LAZY).build(), text);
    double largest = 0;
    double apart = 0;
    for (int i = 0; i < dense.length; i++) {
      largest = Math.max(largest, Math.abs(dense[i]));
      apart = Math.max(apart, Math.abs(dense[i] - lazy[i]));
    }
    // A closed loop drifts: 800 steps of rounding errors that feed on themselves.
    assertArrayEquals(dense, deferred, (float) (1e-3 * largest));
    assertTrue(apart > 0.05 * largest, "lazy is not another thing: " + apart);
  }

  @ParameterizedTest
  @MethodSource("engines")
  void keepsWhatTheOptimizerHasAndGoesOnWithANewText(TestEngine engine) throws Exception {
    Path state = folder.resolve("state.safetensors");
    Word2Vec word2vec = small(Word2VecObjective.NCE, Word2VecOptimizer.ADAM).epochs(1).build();
    try (Kernels kernels = engine.open(1);
        Word2VecTraining training = word2vec.start(kernels, Word2VecTest.topics(300))) {
      training.run(progress -> {});
      training.save(state);
    }
    long steps;
    try (SafetensorsFile file = SafetensorsFile.open(state)) {
      for (String name : List.of("vectors.m", "outputs.v", "biases", "biases.m", "biases.v")) {
        float sum = 0;
        for (float value : file.floats(name)) {
          sum += Math.abs(value);
        }
        assertTrue(sum > 0, name);
      }
      steps = Long.parseLong(file.metadata().get("word2vec.training.steps"));
      assertTrue(steps > 3000 * 3 / 32, "steps " + steps);
    }
    try (Kernels kernels = engine.open(1);
        Word2VecTraining training =
            Word2Vec.goOn(kernels, state, Word2VecTest.topics(200), 2, 99L)) {
      training.run(progress -> {});
      assertEquals(2, training.epochLosses().size());
      training.save(state);
    }
    assertEquals("99", Word2Vec.settingsOf(state).get("seed"));
    assertEquals("nce", Word2Vec.settingsOf(state).get("objective"));
    try (SafetensorsFile file = SafetensorsFile.open(state)) {
      assertTrue(Long.parseLong(file.metadata().get("word2vec.training.steps")) > 2 * steps);
    }
  }

  /** Steps of gradient descent were saved with powers of decays that they do not have. */
  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("cpuEngines")
  void gradientDescentKeepsNoMomentsAndGoesOnWithOlderFiles(TestEngine engine) throws Exception {
    WordSource text = Word2VecTest.topics(600);
    Word2Vec word2vec =
        small(Word2VecObjective.SAMPLED_SOFTMAX, Word2VecOptimizer.SGD).epochs(2).build();
    Path state = folder.resolve("state.safetensors");
    Path older = folder.resolve("older.safetensors");
    try (Kernels kernels = engine.open(1);
        Word2VecTraining training = word2vec.start(kernels, text)) {
      training.run(progress -> Thread.currentThread().interrupt());
      assertTrue(Thread.interrupted());
      training.save(state);
    }
    try (SafetensorsFile file = SafetensorsFile.open(state)) {
      for (String name : List.of("vectors", "outputs", "biases")) {
        assertTrue(file.tensor(name) != null, name);
        assertTrue(file.tensor(name + ".m") == null && file.tensor(name + ".v") == null, name);
      }
    }
    Word2VecState now = Word2VecState.read(state);
    new Word2VecState(
            now.settings(),
            now.vocabulary(),
            now.arrays(),
            now.cursor(),
            new Word2VecState.Steps(now.steps().count(), 0, 0),
            now.text())
        .write(older);
    assertArrayEquals(ended(engine, state, text), ended(engine, older, text));
  }

  private static float[] ended(TestEngine engine, Path state, WordSource text) throws Exception {
    try (Kernels kernels = engine.open(1);
        Word2VecTraining training = Word2Vec.resume(kernels, state, text)) {
      training.run(progress -> {});
      return Word2VecTest.values(training.vectors());
    }
  }

  /** At the lower rate the loss is huge, but finite for the whole of the training. */
  @ParameterizedTest
  @ValueSource(doubles = {1e30, 1e3})
  void saysThatItDiverged(double rate) throws Exception {
    try (Kernels kernels = new TestEngine("reference").open();
        Word2VecTraining training =
            small(Word2VecObjective.NCE, Word2VecOptimizer.SGD)
                .learningRate(rate)
                .build()
                .start(kernels, Word2VecTest.topics(300))) {
      String message =
          assertThrows(IllegalStateException.class, () -> training.run(progress -> {}))
              .getMessage();
      assertTrue(message.contains("lower the learning rate, which is " + rate), message);
    }
  }

  @Test
  void refusesWhatDoesNotGoTogether() throws Exception {
    Word2VecOptimizer adam = Word2VecOptimizer.ADAM;
    assertRefused("hogwild", Word2Vec.builder().optimizer(adam).exact(false));
    assertRefused("CBOW", Word2Vec.builder().optimizer(adam).cbow(true));
    assertRefused("rows is LAZY", Word2Vec.builder().rows(RowsAdam.Mode.LAZY));
    assertRefused("batch is 7", Word2Vec.builder().batch(7));
    assertRefused("batch is 0", Word2Vec.builder().optimizer(adam).batch(0));
    assertRefused("negatives is 200", Word2Vec.builder().negatives(200));
    assertRefused(
        "noisePower is 0.5",
        Word2Vec.builder().objective(Word2VecObjective.NCE).optimizer(adam).noisePower(0.5));
    try (Kernels kernels = new TestEngine("reference").open()) {
      Word2Vec word2vec = small(Word2VecObjective.NCE, adam).negatives(500).build();
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> word2vec.start(kernels, Word2VecTest.topics(300)).close())
              .getMessage();
      assertTrue(message.contains("500 different words of noise"), message);
    }
  }

  private static void assertRefused(String words, Word2Vec.Builder builder) {
    String message = assertThrows(IllegalArgumentException.class, builder::build).getMessage();
    assertTrue(message.contains(words), message);
  }
}
