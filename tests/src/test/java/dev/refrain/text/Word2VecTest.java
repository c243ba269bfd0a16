package dev.refrain.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.io.MalformedFileException;
import dev.refrain.io.SafetensorsFile;
import dev.refrain.io.SafetensorsWriter;
import dev.refrain.kernels.Kernels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class Word2VecTest {
  private static final int TOPICS = 6;
  private static final int WORDS_OF_TOPIC = 20;

  @TempDir Path folder;

  static Stream<TestEngine> engines() {
    return TestEngines.all();
  }

  static Stream<TestEngine> cpuEngines() {
    return TestEngines.all().filter(TestEngine::hasThreads);
  }

  /** Sentences of ten words, each of one topic; words of a topic are alike. */
  static WordSource topics(int sentences) {
    Random random = new Random(17);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < sentences; i++) {
      int topic = random.nextInt(TOPICS);
      for (int j = 0; j < 10; j++) {
        text.append('t').append(topic).append('w').append(random.nextInt(WORDS_OF_TOPIC));
        text.append(j == 9 ? '\n' : ' ');
      }
    }
    return VocabularyTest.text(text.toString());
  }

  private static Word2Vec.Builder small() {
    return Word2Vec.builder().dimensions(24).window(3).negatives(4).sample(0).seed(3);
  }

  private static float[] train(TestEngine engine, int threads, Word2Vec word2vec, WordSource text)
      throws Exception {
    try (Kernels kernels = engine.open(threads);
        Word2VecTraining training = word2vec.start(kernels, text)) {
      assertTrue(training.run(progress -> {}));
      assertEquals(training.totalWords(), training.words());
      return values(training.vectors());
    }
  }

  static float[] values(WordVectors vectors) {
    return vectors.values();
  }

  /** How many of the words' nearest neighbours are of the same topic. */
  static double ofSameTopic(WordVectors vectors) {
    int same = 0;
    for (String word : vectors.words()) {
      String nearest = vectors.nearest(word, 1).get(0).word();
      same += nearest.substring(0, 2).equals(word.substring(0, 2)) ? 1 : 0;
    }
    return (double) same / vectors.size();
  }

  @ParameterizedTest
  @MethodSource("engines")
  void putsWordsOfATopicTogether(TestEngine engine) throws Exception {
    WordSource text = topics(engine.hasThreads() ? 3000 : 800);
    for (boolean cbow : new boolean[] {false, true}) {
      for (boolean exact : new boolean[] {false, true}) {
        Word2Vec word2vec =
            small().cbow(cbow).exact(exact).epochs(3).learningRate(0.1).lanes(2).build();
        try (Kernels kernels = engine.open(2);
            Word2VecTraining training = word2vec.start(kernels, text)) {
          training.run(progress -> {});
          List<Double> losses = training.epochLosses();
          assertEquals(3, losses.size());
          assertTrue(losses.get(2) < losses.get(0), () -> "losses " + losses);
          double same = ofSameTopic(training.vectors());
          // By chance it would be 19 of 119.
          assertTrue(same > 0.95, "cbow %s, exact %s: %f".formatted(cbow, exact, same));
        }
      }
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("cpuEngines")
  void exactIsTheSameOnAnyNumberOfThreads(TestEngine engine) throws Exception {
    WordSource text = topics(4000);
    Word2Vec word2vec = small().exact(true).epochs(2).sample(1e-3).build();
    float[] one = train(engine, 1, word2vec, text);
    assertArrayEquals(one, train(engine, 3, word2vec, text));
    assertArrayEquals(one, train(engine, 8, word2vec, text));
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("cpuEngines")
  void resumingAnExactTrainingGivesTheSameBits(TestEngine engine) throws Exception {
    WordSource text = topics(20_000);
    Word2Vec word2vec = small().dimensions(16).exact(true).epochs(2).build();
    float[] whole = train(engine, 2, word2vec, text);
    Path state = folder.resolve("state.safetensors");
    List<Double> losses;
    try (Kernels kernels = engine.open(2);
        Word2VecTraining training = word2vec.start(kernels, text)) {
      boolean ended = training.run(progress -> Thread.currentThread().interrupt());
      assertTrue(Thread.interrupted());
      assertFalse(ended);
      assertTrue(training.words() > 0 && training.words() < training.totalWords());
      training.save(state);
      training.vectors();
      training.run(progress -> {});
      losses = training.epochLosses();
      assertArrayEquals(whole, values(training.vectors()), "saving changed the training");
    }
    try (Kernels kernels = engine.open(3);
        Word2VecTraining training = Word2Vec.resume(kernels, state, text)) {
      assertTrue(training.run(progress -> {}));
      assertArrayEquals(whole, values(training.vectors()));
      assertEquals(losses.get(1), training.epochLosses().get(1), "loss of the last pass");
      assertEquals(losses.get(0), training.epochLosses().get(0), 1e-12 * losses.get(0));
    }
    try (Kernels kernels = engine.open(1)) {
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> Word2Vec.resume(kernels, state, topics(19_999)).close())
              .getMessage();
      assertTrue(message.contains("not the text"), message);
    }
  }

  /** Where noise came from could once be said, to no effect, of windows as well. */
  @Test
  void goesOnWithAnOlderFileWhoseNoiseHadNoSay() throws Exception {
    Path state = folder.resolve("state.safetensors");
    Path older = folder.resolve("older.safetensors");
    WordSource text = topics(300);
    try (Kernels kernels = new TestEngine("reference").open();
        Word2VecTraining training = small().epochs(1).build().start(kernels, text)) {
      training.save(state);
    }
    try (SafetensorsFile file = SafetensorsFile.open(state)) {
      SafetensorsWriter writer = new SafetensorsWriter();
      Map<String, String> metadata = new HashMap<>(file.metadata());
      metadata.remove("refrain.crc32c");
      metadata.replaceAll((key, value) -> key.endsWith("noise") ? "log-uniform" : value);
      metadata.forEach(writer::metadata);
      for (String name : List.of("vectors", "outputs")) {
        writer.floats(name, file.tensor(name).shape(), file.floats(name));
      }
      long[] counts = file.longs("counts");
      writer.longs("counts", List.of((long) counts.length), counts).write(older);
    }
    try (Kernels kernels = new TestEngine("reference").open();
        Word2VecTraining training = Word2Vec.resume(kernels, state, text);
        Word2VecTraining fromOlder = Word2Vec.resume(kernels, older, text)) {
      training.run(progress -> {});
      fromOlder.run(progress -> {});
      assertArrayEquals(values(training.vectors()), values(fromOlder.vectors()));
    }
    assertEquals("unigram", Word2Vec.settingsOf(older).get("noise"));
  }

  @ParameterizedTest
  @MethodSource("engines")
  void goesOnWithANewText(TestEngine engine) throws Exception {
    Path state = folder.resolve("state.safetensors");
    try (Kernels kernels = engine.open(1);
        Word2VecTraining training = small().epochs(1).build().start(kernels, topics(300))) {
      training.run(progress -> {});
      training.save(state);
      assertArrayEquals(
          values(training.vectors()), values(WordVectors.read(state)), "the file's vectors");
    }
    try (Kernels kernels = engine.open(1);
        Word2VecTraining training = Word2Vec.goOn(kernels, state, topics(500), 2)) {
      assertEquals(2 * 5000, training.totalWords());
      training.run(progress -> {});
      assertEquals(2, training.epochLosses().size());
      assertTrue(training.epochLosses().get(1) < 5 * Math.log(2), "no better than at the start");
    }
    try (Kernels kernels = engine.open(1)) {
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> Word2Vec.resume(kernels, state, VocabularyTest.text("t0w1\nt0w2")).close())
              .getMessage();
      assertTrue(message.contains("not the text"), message);
      assertThrows(
          IllegalArgumentException.class,
          () -> Word2Vec.goOn(kernels, state, VocabularyTest.text("x y z"), 1).close());
    }
  }

  @Test
  void refusesWhatCannotBeTrained() throws Exception {
    try (Kernels kernels = new TestEngine("reference").open()) {
      assertThrows(
          IllegalArgumentException.class,
          () -> small().build().start(kernels, VocabularyTest.text("a b c")).close());
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> small().build().start(kernels, VocabularyTest.text("a a a a a b")).close())
              .getMessage();
      assertTrue(message.contains("only 'a' comes 5 times"), message);
      Path file = Files.writeString(folder.resolve("x.safetensors"), "no tensors");
      assertThrows(
          MalformedFileException.class, () -> Word2Vec.resume(kernels, file, topics(10)).close());
    }
  }

  @Test
  void saysThatItDiverged() throws Exception {
    try (Kernels kernels = new TestEngine("reference").open();
        Word2VecTraining training =
            small().learningRate(1e30).epochs(9).build().start(kernels, topics(300))) {
      String message =
          assertThrows(IllegalStateException.class, () -> training.run(progress -> {}))
              .getMessage();
      assertTrue(message.contains("lower the learning rate"), message);
    }
  }

  /** Eight stretches' changes of the same three rows add up to too much. */
  @Test
  void learnsExactlyFromThreeWords() throws Exception {
    Random random = new Random(5);
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 600; i++) {
      for (int j = 0; j < 8; j++) {
        lines.append("abc".charAt(random.nextInt(3))).append(j == 7 ? '\n' : ' ');
      }
    }
    WordSource text = VocabularyTest.text(lines.toString());
    Path state = folder.resolve("state.safetensors");
    Word2Vec.Builder exact = small().dimensions(4).window(5).epochs(3).exact(true);
    try (Kernels kernels = new TestEngine("reference").open();
        Word2VecTraining training = exact.build().start(kernels, text);
        Word2VecTraining eight = exact.lanes(8).build().start(kernels, text)) {
      training.run(progress -> {});
      double last = training.epochLosses().get(2);
      assertTrue(last < 5 * Math.log(2), "no better than at the start: " + last);
      training.save(state);
      assertEquals("1", Word2Vec.settingsOf(state).get("lanes"));
      assertEquals(training.settings(), Word2Vec.settingsOf(state));
      String message =
          assertThrows(IllegalStateException.class, () -> eight.run(progress -> {})).getMessage();
      assertTrue(message.endsWith("or lanes, which are 8"), message);
    }
  }

  @Test
  void lanesFollowTheText() throws Exception {
    assertEquals(8, lanes(Word2Vec.builder()));
    assertEquals(8, lanes(Word2Vec.builder().sample(0)));
    assertEquals(8, lanes(Word2Vec.builder().sample(0).cbow(true)));
    assertEquals(4, lanes(Word2Vec.builder().sample(0).learningRate(0.05)));
    assertEquals(2, lanes(Word2Vec.builder().sample(0).learningRate(0.1)));
    assertEquals(8, lanes(Word2Vec.builder().sample(0).learningRate(0.1).lanes(8)));
  }

  private static int lanes(Word2Vec.Builder builder) throws Exception {
    try (Kernels kernels = new TestEngine("reference").open();
        Word2VecTraining training =
            builder.dimensions(4).exact(true).build().start(kernels, topics(400))) {
      return Integer.parseInt(training.settings().get("lanes"));
    }
  }

  @Test
  void namesSettingsOutOfTheirRange() {
    assertRefused("window is 0", Word2Vec.builder().window(0));
    assertRefused("window is 129", Word2Vec.builder().window(129));
    assertRefused("dimensions is 0", Word2Vec.builder().dimensions(0));
    assertRefused("negatives is 0", Word2Vec.builder().negatives(0));
    assertRefused("epochs is 0", Word2Vec.builder().epochs(0));
    assertRefused("minCount is 0", Word2Vec.builder().minCount(0));
    assertRefused("sample is -1.0", Word2Vec.builder().sample(-1));
    assertRefused("sample is NaN", Word2Vec.builder().sample(Double.NaN));
    assertRefused("learningRate is 0.0", Word2Vec.builder().learningRate(0));
    assertRefused("lanes is 65", Word2Vec.builder().lanes(65));
  }

  private static void assertRefused(String words, Word2Vec.Builder builder) {
    String message = assertThrows(IllegalArgumentException.class, builder::build).getMessage();
    assertTrue(message.contains(words), message);
  }
}
