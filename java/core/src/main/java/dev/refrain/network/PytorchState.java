package dev.refrain.network;

import dev.refrain.io.MalformedFileException;
import dev.refrain.io.NpyArray;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The state of a PyTorch model, on its way into a network: finds the modules that are wanted. */
final class PytorchState {
  private static final Pattern RECURRENT =
      Pattern.compile("(?<prefix>(.*\\.)?)(weight|bias)_(ih|hh|hr)_l\\d+(_reverse)?");

  private static final Pattern LINEAR = Pattern.compile("(?<prefix>(.*\\.)?)weight");
  private static final String WEIGHT = "weight";
  private static final String BIAS = "bias";

  private final Path file;
  private final WeightArrays arrays;
  private final PytorchModules wanted;
  private final Consumer<String> remarks;
  private final String recurrent;

  /** Null until it is found, and where there is none. */
  private String linear;

  /** Names that no part of the network has asked for yet. */
  private final Set<String> untaken;

  /**
   * Finds the recurrent module.
   *
   * @param remarks is told what the file leaves open
   * @throws MalformedFileException if it is not there, or there are several to choose from
   */
  PytorchState(
      Path file, Map<String, NpyArray> state, PytorchModules wanted, Consumer<String> remarks)
      throws MalformedFileException {
    this.file = file;
    this.arrays = new WeightArrays(file, state);
    this.wanted = wanted;
    this.remarks = remarks;
    this.untaken = new TreeSet<>(state.keySet());
    this.recurrent = findRecurrent();
  }

  private String findRecurrent() throws MalformedFileException {
    Set<String> prefixes = new TreeSet<>();
    for (String name : arrays.names()) {
      Matcher matcher = RECURRENT.matcher(name);
      if (matcher.matches()) {
        prefixes.add(matcher.group("prefix"));
      }
    }
    if (prefixes.isEmpty()) {
      throw arrays.malformed(
          "holds no weights of a torch.nn.RNN, LSTM or GRU, such as weight_ih_l0 or"
              + " NAME.weight_ih_l0, but "
              + arrays.names());
    }
    if (wanted.recurrent().isPresent()) {
      String prefix = prefix(wanted.recurrent().get());
      if (!prefixes.contains(prefix)) {
        throw otherModules(
            "has no recurrent module '%s'; it has %s"
                .formatted(wanted.recurrent().get(), modules(prefixes)));
      }
      return prefix;
    }
    if (prefixes.size() > 1) {
      throw otherModules(
          "holds several recurrent modules, %s; name the one to read".formatted(modules(prefixes)));
    }
    return prefixes.iterator().next();
  }

  private static String prefix(String module) {
    return module.isEmpty() || module.endsWith(".") ? module : module + ".";
  }

  /** Names of modules, of their tensors' prefixes. */
  private static List<String> modules(Set<String> prefixes) {
    List<String> modules = new ArrayList<>();
    prefixes.forEach(
        it -> modules.add(it.isEmpty() ? "'' (no prefix)" : it.substring(0, it.length() - 1)));
    return modules;
  }

  boolean has(String ofRecurrent) {
    return arrays.has(recurrent + ofRecurrent);
  }

  int[] matrix(String ofRecurrent) throws MalformedFileException {
    return arrays.matrix(recurrent + ofRecurrent);
  }

  /**
   * Outputs of the linear module that is wanted. One that is not named must have a bias: a matrix
   * alone may as well be an embedding, whose columns are often as many as the hidden units.
   *
   * @param inputs what it must take
   * @return 0 where there is none
   * @throws MalformedFileException if it does not fit, or there are several to choose from
   */
  int findLinear(int inputs) throws MalformedFileException {
    if (!wanted.linearWanted()) {
      return 0;
    }
    if (wanted.linear().isPresent()) {
      linear = prefix(wanted.linear().get());
      int[] sizes = arrays.matrix(linear + WEIGHT);
      if (sizes[1] != inputs) {
        throw arrays.malformed(
            "has a '%s' that takes %d numbers; the recurrent module puts out %d"
                .formatted(linear + WEIGHT, sizes[1], inputs));
      }
      return sizes[0];
    }
    Set<String> fitting = new TreeSet<>();
    for (String name : arrays.names()) {
      Matcher matcher = LINEAR.matcher(name);
      if (matcher.matches()
          && arrays.has(matcher.group("prefix") + BIAS)
          && arrays.isMatrix(name)
          && arrays.matrix(name)[1] == inputs) {
        fitting.add(matcher.group("prefix"));
      }
    }
    if (fitting.size() > 1) {
      throw otherModules(
          "holds several modules that can be the linear one, %s; name the one to read, or say none"
              .formatted(modules(fitting)));
    }
    if (fitting.isEmpty()) {
      return 0;
    }
    linear = fitting.iterator().next();
    return arrays.matrix(linear + WEIGHT)[0];
  }

  /** All parameters of a network, by their names in its {@link ParameterLayout}. */
  Map<String, float[]> parameters(NetworkSpec spec) throws MalformedFileException {
    boolean biased = untaken.stream().anyMatch(it -> it.startsWith(recurrent + BIAS + "_"));
    Map<String, float[]> parameters = new LinkedHashMap<>();
    for (ParameterSlice slice : ParameterLayout.of(spec).slices()) {
      String name = theirs(slice.name());
      boolean isBias = slice.shape().size() == 1;
      boolean absent = isBias && (ofLinear(slice) ? !arrays.has(name) : !biased);
      parameters.put(slice.name(), absent ? new float[(int) slice.size()] : take(name, slice));
    }
    if (!biased) {
      remarks.accept("the recurrent module has no biases: they are zero");
    }
    if (linear != null && !arrays.has(linear + BIAS)) {
      remarks.accept("'%s' has no bias beside it: it is zero".formatted(linear + WEIGHT));
    }
    finish(spec);
    return parameters;
  }

  private static boolean ofLinear(ParameterSlice slice) {
    return slice.name().startsWith(ParameterLayout.OUTPUT_PREFIX);
  }

  private String theirs(String ours) {
    return switch (ours) {
      case ParameterLayout.OUTPUT_WEIGHT -> linear + WEIGHT;
      case ParameterLayout.OUTPUT_BIAS -> linear + BIAS;
      default -> recurrent + PytorchWeights.nameOf(ours);
    };
  }

  private float[] take(String name, ParameterSlice slice) throws MalformedFileException {
    untaken.remove(name);
    return arrays.floats(name, slice.shape());
  }

  /** What is left belongs to other modules, which only a caller who named his may ignore. */
  private void finish(NetworkSpec spec) throws MalformedFileException {
    boolean ofThisModule =
        untaken.stream()
            .anyMatch(it -> it.startsWith(recurrent) && RECURRENT.matcher(it).matches());
    if (untaken.isEmpty()) {
      return;
    }
    if (ofThisModule || !wanted.named()) {
      throw otherModules(
          "holds more arrays than %s takes: %s; leave them out, or name the modules to read"
              .formatted(spec, untaken));
    }
    remarks.accept("passed over, of other modules: " + String.join(", ", untaken));
  }

  private OtherModulesException otherModules(String what) {
    return new OtherModulesException(file, what);
  }

  MalformedFileException malformed(String what) {
    return arrays.malformed(what);
  }
}
