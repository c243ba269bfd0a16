package dev.refrain.network;

import dev.refrain.io.MalformedFileException;
import dev.refrain.io.SafetensorsFile;
import dev.refrain.io.SafetensorsWriter;
import dev.refrain.io.TensorInfo;
import dev.refrain.io.TensorType;
import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.Optimizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;

/**
 * What a {@link Checkpoint} file holds, in the memory of the host.
 *
 * @param parameters for each name {@code [G, ...]}
 * @param optimizer of the training; null, and what follows empty, where none was saved
 * @param slots the optimizer's arrays {@code [G,P]}
 * @param history for each group its last losses, equally many, oldest first
 * @param choices what the engine had found by timing; empty where it timed nothing
 * @param engine that the training ran on; empty where none was saved or the file does not say
 */
record CheckpointContents(
    NetworkSpec spec,
    int groups,
    Map<String, String> config,
    Map<String, double[]> parameters,
    Optimizer optimizer,
    List<double[]> slots,
    List<GroupState> states,
    List<double[]> history,
    String choices,
    String engine) {

  static final String FORMAT_KEY = "refrain.format";
  static final String FORMAT = "checkpoint 1";
  static final String CHOICES_KEY = "engine.choices";
  static final String ENGINE_KEY = "engine.name";
  static final String CONFIG_PREFIX = "config.";

  static final String COUNTERS = "state.counters";
  static final int COUNTERS_PER_GROUP = 3;
  static final String NUMBERS = "state.numbers";
  static final int NUMBERS_PER_GROUP = 7;
  static final String HISTORY = "state.history";

  static String slotName(int slot) {
    return "optimizer." + slot;
  }

  /** Shape of a parameter tensor with all groups in front. */
  static List<Long> shape(int groups, ParameterSlice slice) {
    List<Long> shape = new ArrayList<>();
    shape.add((long) groups);
    slice.shape().forEach(size -> shape.add((long) size));
    return shape;
  }

  static LongStream counters(GroupState state) {
    return LongStream.of(state.step(), state.seed(), state.status().ordinal());
  }

  static DoubleStream numbers(GroupState state) {
    return DoubleStream.of(
        state.baseLearningRate(),
        state.learningRate(),
        state.beta1Power(),
        state.beta2Power(),
        state.loss(),
        state.gradientNorm(),
        state.clipFactor());
  }

  /** Reads and checks a file. */
  static CheckpointContents read(Path path) throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      return new Reader(file).read();
    }
  }

  /** Checks everything that the header says before it reads any numbers. */
  private static final class Reader {
    private final SafetensorsFile file;
    private final Map<String, String> metadata;
    private final Set<String> unclaimed = new HashSet<>();

    Reader(SafetensorsFile file) {
      this.file = file;
      this.metadata = file.metadata();
      file.tensors().forEach(tensor -> unclaimed.add(tensor.name()));
    }

    CheckpointContents read() throws IOException {
      requireFormat();
      NetworkSpec spec = spec();
      ParameterLayout layout = layout(spec);
      int groups = groups(layout);
      for (ParameterSlice slice : layout.slices()) {
        claimNumbers(slice.name(), shape(groups, slice));
      }
      Optimizer optimizer = metadata.containsKey(OptimizerText.RULE) ? optimizer() : null;
      int slots = optimizer == null ? 0 : claimTraining(groups, layout.size());
      if (!unclaimed.isEmpty()) {
        throw malformed("holds tensors that do not belong to its network: " + unclaimed);
      }
      Map<String, double[]> parameters = new LinkedHashMap<>();
      for (ParameterSlice slice : layout.slices()) {
        parameters.put(slice.name(), file.doubles(slice.name()));
      }
      List<GroupState> states = optimizer == null ? List.of() : states(groups);
      return new CheckpointContents(
          spec,
          groups,
          config(),
          parameters,
          optimizer,
          slots(slots),
          states,
          optimizer == null ? List.of() : history(states),
          metadata.getOrDefault(CHOICES_KEY, ""),
          metadata.getOrDefault(ENGINE_KEY, ""));
    }

    private void requireFormat() throws MalformedFileException {
      String format = metadata.get(FORMAT_KEY);
      if (!FORMAT.equals(format)) {
        throw malformed(
            format == null
                ? "is a safetensors file but no checkpoint: its metadata lack " + FORMAT_KEY
                : "is a '"
                    + format
                    + "', this version reads '"
                    + FORMAT
                    + "': use a newer Refrain");
      }
      if (!metadata.containsKey(SafetensorsWriter.CHECKSUM)) {
        throw malformed(
            "has lost its checksum ("
                + SafetensorsWriter.CHECKSUM
                + "): take the copy that Refrain wrote");
      }
    }

    private NetworkSpec spec() throws MalformedFileException {
      try {
        return SpecText.read(metadata);
      } catch (IllegalArgumentException e) {
        throw new MalformedFileException(
            file.file(),
            "describes a network that this version cannot build: " + e.getMessage(),
            e);
      }
    }

    private Optimizer optimizer() throws MalformedFileException {
      try {
        return OptimizerText.read(metadata);
      } catch (IllegalArgumentException e) {
        throw new MalformedFileException(
            file.file(),
            "describes an optimizer that this version does not know: " + e.getMessage(),
            e);
      }
    }

    private ParameterLayout layout(NetworkSpec spec) throws MalformedFileException {
      try {
        return ParameterLayout.of(spec);
      } catch (ArithmeticException e) {
        throw new MalformedFileException(
            file.file(), "describes a network that is too large: " + spec, e);
      }
    }

    private int groups(ParameterLayout layout) throws MalformedFileException {
      String first = layout.slices().get(0).name();
      TensorInfo info = required(first);
      if (info.shape().isEmpty() || info.shape().get(0) < 1 || info.shape().get(0) > (1 << 30)) {
        throw malformed(
            "tensor '" + first + "' has the shape " + info.shape() + ", without groups");
      }
      return Math.toIntExact(info.shape().get(0));
    }

    /** Returns the number of the optimizer's arrays. */
    private int claimTraining(int groups, long parameters) throws MalformedFileException {
      int slots = 0;
      while (file.tensor(slotName(slots)) != null) {
        claimNumbers(slotName(slots), List.of((long) groups, parameters));
        slots++;
      }
      claim(COUNTERS, List.of((long) groups, (long) COUNTERS_PER_GROUP), TensorType.I64);
      claim(NUMBERS, List.of((long) groups, (long) NUMBERS_PER_GROUP), TensorType.F64);
      List<Long> history = required(HISTORY).shape();
      long count = history.size() == 2 ? history.get(1) : 0;
      claim(HISTORY, List.of((long) groups, count), TensorType.F64);
      return slots;
    }

    private TensorInfo required(String name) throws MalformedFileException {
      TensorInfo info = file.tensor(name);
      if (info == null) {
        throw malformed("lacks the tensor '" + name + "'");
      }
      return info;
    }

    private void claimNumbers(String name, List<Long> shape) throws MalformedFileException {
      boolean doubles = required(name).type() == TensorType.F64;
      claim(name, shape, doubles ? TensorType.F64 : TensorType.F32);
    }

    private void claim(String name, List<Long> shape, TensorType type)
        throws MalformedFileException {
      TensorInfo info = required(name);
      if (info.type() != type || !info.shape().equals(shape)) {
        throw malformed(
            "tensor '"
                + name
                + "' is "
                + info.type()
                + " "
                + info.shape()
                + ", not "
                + type
                + " "
                + shape
                + " as its network needs");
      }
      unclaimed.remove(name);
    }

    private Map<String, String> config() {
      Map<String, String> config = new LinkedHashMap<>();
      metadata.forEach(
          (key, value) -> {
            if (key.startsWith(CONFIG_PREFIX)) {
              config.put(key.substring(CONFIG_PREFIX.length()), value);
            }
          });
      return Map.copyOf(config);
    }

    private List<double[]> slots(int count) throws IOException {
      List<double[]> slots = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        slots.add(file.doubles(slotName(i)));
      }
      return slots;
    }

    private List<GroupState> states(int groups) throws IOException {
      long[] counters = file.longs(COUNTERS);
      double[] numbers = file.doubles(NUMBERS);
      List<GroupState> states = new ArrayList<>();
      for (int g = 0; g < groups; g++) {
        int c = g * COUNTERS_PER_GROUP;
        int n = g * NUMBERS_PER_GROUP;
        states.add(
            new GroupState(
                step(counters[c]),
                counters[c + 1],
                numbers[n],
                numbers[n + 1],
                numbers[n + 2],
                numbers[n + 3],
                numbers[n + 4],
                numbers[n + 5],
                numbers[n + 6],
                status(counters[c + 2])));
      }
      return states;
    }

    private long step(long stored) throws MalformedFileException {
      if (stored < 0) {
        throw malformed("says that a group is at step " + stored + "; steps count from 0");
      }
      return stored;
    }

    private GroupState.Status status(long ordinal) throws MalformedFileException {
      GroupState.Status[] all = GroupState.Status.values();
      if (ordinal < 0 || ordinal >= all.length) {
        throw malformed("gives a group the status " + ordinal + ", which this version lacks");
      }
      return all[(int) ordinal];
    }

    private List<double[]> history(List<GroupState> states) throws IOException {
      double[] all = file.doubles(HISTORY);
      int groups = states.size();
      int count = all.length / groups;
      long steps = states.stream().mapToLong(GroupState::step).max().orElseThrow();
      if (count > steps) {
        throw malformed("holds " + count + " losses of each group after " + steps + " steps");
      }
      List<double[]> history = new ArrayList<>();
      for (int g = 0; g < groups; g++) {
        history.add(Arrays.copyOfRange(all, g * count, (g + 1) * count));
      }
      return history;
    }

    private MalformedFileException malformed(String what) {
      return new MalformedFileException(file.file(), what);
    }
  }
}
