package dev.refrain.text;

import dev.refrain.io.MalformedFileException;
import dev.refrain.io.SafetensorsFile;
import dev.refrain.io.SafetensorsWriter;
import dev.refrain.io.TensorInfo;
import dev.refrain.kernels.GroupState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@link SkipGramNce} goes on with: a safetensors file with the raw rows of both tables, the
 * step up to which each is updated, and the state.
 *
 * @param textName what tells the text from another
 * @param lossSum of the steps that no mean was taken of yet
 * @param lossSteps how many they are
 * @param tables embeddings and weights, values and moments of a row one behind the other
 * @param lastSteps of both
 */
record SkipGramState(
    SkipGramSettings settings,
    String textName,
    GroupState state,
    double lossSum,
    long lossSteps,
    List<float[]> tables,
    List<int[]> lastSteps) {
  private static final String FORMAT_KEY = "refrain.format";
  private static final String FORMAT = "skip-gram state 1";
  private static final String SETTINGS = "settings";
  private static final String TEXT = "text";
  private static final List<String> TABLES = List.of("embeddings", "weights");
  private static final String LAST = ".last";
  private static final String COUNTERS = "state.counters";
  private static final String NUMBERS = "state.numbers";

  void write(Path file) throws IOException {
    SafetensorsWriter writer =
        new SafetensorsWriter()
            .metadata(FORMAT_KEY, FORMAT)
            .metadata(SETTINGS, settings.toString())
            .metadata(TEXT, textName)
            .longs(COUNTERS, List.of(3L), state.step(), state.seed(), lossSteps)
            .doubles(
                NUMBERS,
                List.of(6L),
                state.baseLearningRate(),
                state.learningRate(),
                state.beta1Power(),
                state.beta2Power(),
                state.loss(),
                lossSum);
    for (int i = 0; i < TABLES.size(); i++) {
      long words = settings.words();
      float[] table = tables.get(i);
      writer
          .floats(TABLES.get(i), List.of(words, table.length / words), table)
          .ints(TABLES.get(i) + LAST, List.of(words), lastSteps.get(i));
    }
    writer.write(file);
  }

  static SkipGramState read(Path path, SkipGramSettings settings, String textName)
      throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      require(file, FORMAT_KEY, FORMAT, "is no state of a skip-gram training");
      require(file, SETTINGS, settings.toString(), "was trained with other settings");
      require(file, TEXT, textName, "was trained on another text");
      long[] counters = file.longs(required(file, COUNTERS));
      double[] numbers = file.doubles(required(file, NUMBERS));
      List<float[]> tables = new ArrayList<>();
      List<int[]> lastSteps = new ArrayList<>();
      for (int i = 0; i < TABLES.size(); i++) {
        int columns = settings.dimensions() + i;
        long stride = 3 * ((columns + 15L) / 16 * 16);
        tables.add(file.floats(required(file, TABLES.get(i), settings.words() * stride)));
        lastSteps.add(file.ints(required(file, TABLES.get(i) + LAST, settings.words())));
      }
      if (counters.length != 3 || numbers.length != 6) {
        throw new MalformedFileException(path, "has a state of another size");
      }
      requireSteps(path, counters[0], lastSteps);
      GroupState state =
          new GroupState(
              counters[0],
              counters[1],
              numbers[0],
              numbers[1],
              numbers[2],
              numbers[3],
              numbers[4],
              0,
              1,
              GroupState.Status.RUNNING);
      return new SkipGramState(
          settings, textName, state, numbers[5], counters[2], tables, lastSteps);
    }
  }

  /** The seed alone. */
  static long readSeed(Path path) throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      require(file, FORMAT_KEY, FORMAT, "is no state of a skip-gram training");
      return file.longs(required(file, COUNTERS, 3))[1];
    }
  }

  private static void requireSteps(Path path, long step, List<int[]> lastSteps)
      throws MalformedFileException {
    if (step < 0 || step > Integer.MAX_VALUE) {
      throw new MalformedFileException(path, "says that it is after step " + step);
    }
    for (int[] rows : lastSteps) {
      for (int last : rows) {
        if (last < 0 || last > step) {
          throw new MalformedFileException(
              path, "has a row updated up to step %d, but is after step %d".formatted(last, step));
        }
      }
    }
  }

  private static void require(SafetensorsFile file, String key, String wanted, String otherwise)
      throws MalformedFileException {
    String found = file.metadata().get(key);
    if (!wanted.equals(found)) {
      throw new MalformedFileException(
          file.file(), "%s: its %s is '%s', not '%s'".formatted(otherwise, key, found, wanted));
    }
  }

  private static String required(SafetensorsFile file, String name) throws IOException {
    if (file.tensor(name) == null) {
      throw new MalformedFileException(file.file(), "lacks the tensor '" + name + "'");
    }
    return name;
  }

  private static String required(SafetensorsFile file, String name, long count) throws IOException {
    TensorInfo info = file.tensor(required(file, name));
    long found = info.shape().stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
    if (found != count) {
      throw new MalformedFileException(
          file.file(), "has %d numbers in '%s', not %d".formatted(found, name, count));
    }
    return name;
  }
}
