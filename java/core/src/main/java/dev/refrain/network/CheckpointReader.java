package dev.refrain.network;

import dev.refrain.io.MalformedFileException;
import dev.refrain.io.SafetensorsFile;
import dev.refrain.io.SafetensorsWriter;
import dev.refrain.io.TensorInfo;
import dev.refrain.io.TensorType;
import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.Optimizer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads a checkpoint; checks everything that the header says before it reads any numbers. */
final class CheckpointReader {
  private final SafetensorsFile file;
  private final Map<String, String> metadata;
  private final Set<String> unclaimed = new HashSet<>();

  CheckpointReader(SafetensorsFile file) {
    this.file = file;
    this.metadata = file.metadata();
    file.tensors().forEach(tensor -> unclaimed.add(tensor.name()));
  }

  /** The caller's remarks, of a file of any format. */
  Map<String, String> readConfig() throws MalformedFileException {
    requireAnyFormat();
    return config();
  }

  /** The engine of a file of any format; empty where it says none. */
  String readEngine() throws MalformedFileException {
    requireAnyFormat();
    return engine();
  }

  private void requireAnyFormat() throws MalformedFileException {
    String format = metadata.get(CheckpointContents.FORMAT_KEY);
    requireFormat(CheckpointFormat.of(format).orElse(CheckpointFormat.NETWORKS));
  }

  private String engine() {
    return metadata.getOrDefault(CheckpointContents.ENGINE_KEY, "");
  }

  /** The header of networks of one kind: where their tensors are and what they must be. */
  private record Part(String prefix, NetworkSpec spec, ParameterLayout layout, int groups) {}

  CheckpointContents read(CheckpointFormat format, List<String> prefixes) throws IOException {
    requireFormat(format);
    List<Part> parts = new ArrayList<>();
    for (String prefix : prefixes) {
      parts.add(claimPart(prefix));
    }
    int groups = parts.get(0).groups();
    for (Part part : parts) {
      if (part.groups() != groups) {
        throw malformed(
            "holds %d of one network and %d of another".formatted(groups, part.groups()));
      }
    }
    Optimizer optimizer = metadata.containsKey(OptimizerText.RULE) ? optimizer() : null;
    int slots = 0;
    if (optimizer != null) {
      for (Part part : parts) {
        slots = claimSlots(part);
      }
      claimState(groups);
    }
    Part best = claimBest(parts.get(0));
    if (!unclaimed.isEmpty()) {
      throw malformed("holds tensors that do not belong to its network: " + unclaimed);
    }
    List<NetworkContents> networks = new ArrayList<>();
    for (Part part : parts) {
      networks.add(read(part, slots));
    }
    List<GroupState> states = optimizer == null ? List.of() : states(groups);
    return new CheckpointContents(
        file.file(),
        List.copyOf(networks),
        config(),
        optimizer,
        states,
        optimizer == null ? List.of() : history(states),
        best == null ? null : read(best, 0),
        metadata.getOrDefault(CheckpointContents.CHOICES_KEY, ""),
        engine());
  }

  private void requireFormat(CheckpointFormat expected) throws MalformedFileException {
    String format = metadata.get(CheckpointContents.FORMAT_KEY);
    if (!expected.text().equals(format)) {
      throw malformed(expected.refusal(format));
    }
    if (!metadata.containsKey(SafetensorsWriter.CHECKSUM)) {
      throw malformed(
          "has lost its checksum ("
              + SafetensorsWriter.CHECKSUM
              + "): take the copy that Refrain wrote");
    }
  }

  private Part claimPart(String prefix) throws MalformedFileException {
    NetworkSpec spec = spec(prefix);
    ParameterLayout layout = layout(spec);
    int groups = groups(prefix + layout.slices().get(0).name());
    for (ParameterSlice slice : layout.slices()) {
      claimNumbers(prefix + slice.name(), CheckpointContents.shape(groups, slice));
    }
    return new Part(prefix, spec, layout, groups);
  }

  /** The best networks so far, of the same kind; null where none were saved. */
  private Part claimBest(Part of) throws MalformedFileException {
    String prefix = CheckpointContents.BEST_PREFIX + of.prefix();
    if (file.tensor(prefix + of.layout().slices().get(0).name()) == null) {
      return null;
    }
    for (ParameterSlice slice : of.layout().slices()) {
      claimNumbers(prefix + slice.name(), CheckpointContents.shape(of.groups(), slice));
    }
    return new Part(prefix, of.spec(), of.layout(), of.groups());
  }

  private NetworkContents read(Part part, int slots) throws IOException {
    Map<String, double[]> parameters = new LinkedHashMap<>();
    for (ParameterSlice slice : part.layout().slices()) {
      parameters.put(slice.name(), file.doubles(part.prefix() + slice.name()));
    }
    List<double[]> arrays = new ArrayList<>();
    for (int i = 0; i < slots; i++) {
      arrays.add(file.doubles(part.prefix() + CheckpointContents.slotName(i)));
    }
    return new NetworkContents(part.spec(), part.groups(), parameters, arrays);
  }

  private NetworkSpec spec(String prefix) throws MalformedFileException {
    Map<String, String> described = new LinkedHashMap<>();
    metadata.forEach(
        (key, value) -> {
          if (key.startsWith(prefix)) {
            described.put(key.substring(prefix.length()), value);
          }
        });
    try {
      return SpecText.read(described);
    } catch (IllegalArgumentException e) {
      throw new MalformedFileException(
          file.file(), "describes a network that this version cannot build: " + e.getMessage(), e);
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

  private int groups(String first) throws MalformedFileException {
    TensorInfo info = required(first);
    if (info.shape().isEmpty() || info.shape().get(0) < 1 || info.shape().get(0) > (1 << 30)) {
      throw malformed("tensor '" + first + "' has the shape " + info.shape() + ", without groups");
    }
    return Math.toIntExact(info.shape().get(0));
  }

  /** Returns the number of the optimizer's arrays. */
  private int claimSlots(Part part) throws MalformedFileException {
    int slots = 0;
    while (file.tensor(part.prefix() + CheckpointContents.slotName(slots)) != null) {
      claimNumbers(
          part.prefix() + CheckpointContents.slotName(slots),
          List.of((long) part.groups(), part.layout().size()));
      slots++;
    }
    return slots;
  }

  private void claimState(long groups) throws MalformedFileException {
    claim(
        CheckpointContents.COUNTERS,
        List.of(groups, (long) CheckpointContents.COUNTERS_PER_GROUP),
        TensorType.I64);
    claim(
        CheckpointContents.NUMBERS,
        List.of(groups, (long) CheckpointContents.NUMBERS_PER_GROUP),
        TensorType.F64);
    List<Long> history = required(CheckpointContents.HISTORY).shape();
    long count = history.size() == 2 ? history.get(1) : 0;
    claim(CheckpointContents.HISTORY, List.of(groups, count), TensorType.F64);
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

  private void claim(String name, List<Long> shape, TensorType type) throws MalformedFileException {
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
          if (key.startsWith(CheckpointContents.CONFIG_PREFIX)) {
            config.put(key.substring(CheckpointContents.CONFIG_PREFIX.length()), value);
          }
        });
    return Map.copyOf(config);
  }

  private List<GroupState> states(int groups) throws IOException {
    long[] counters = file.longs(CheckpointContents.COUNTERS);
    double[] numbers = file.doubles(CheckpointContents.NUMBERS);
    List<GroupState> states = new ArrayList<>();
    for (int g = 0; g < groups; g++) {
      int c = g * CheckpointContents.COUNTERS_PER_GROUP;
      int n = g * CheckpointContents.NUMBERS_PER_GROUP;
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
    double[] all = file.doubles(CheckpointContents.HISTORY);
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
