package dev.refrain.network;

import dev.refrain.io.MalformedFileException;
import dev.refrain.io.NpyArray;
import dev.refrain.io.NpyType;
import dev.refrain.kernels.Kernels;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Arrays that another framework named, on their way into a network: asked for by name and size. */
final class WeightArrays {
  private final Path file;
  private final Map<String, NpyArray> arrays;

  WeightArrays(Path file, Map<String, NpyArray> arrays) {
    this.file = file;
    this.arrays = arrays;
  }

  Set<String> names() {
    return arrays.keySet();
  }

  boolean has(String name) {
    return arrays.containsKey(name);
  }

  /** Whether an array has two sizes, rows and columns, each at least 1. */
  boolean isMatrix(String name) {
    List<Long> shape = arrays.get(name).shape();
    return shape.size() == 2 && shape.stream().allMatch(size -> size >= 1);
  }

  /** Rows and columns of a matrix, each at least 1. */
  int[] matrix(String name) throws MalformedFileException {
    return sizes(name, 2);
  }

  /** Elements of a vector, at least 1. */
  int vector(String name) throws MalformedFileException {
    return sizes(name, 1)[0];
  }

  private int[] sizes(String name, int count) throws MalformedFileException {
    NpyArray array = arrays.get(name);
    if (array == null) {
      throw malformed("lacks the array '%s'; it has %s".formatted(name, names()));
    }
    List<Long> shape = array.shape();
    if (shape.size() != count
        || shape.stream().anyMatch(size -> size < 1 || size > Integer.MAX_VALUE)) {
      throw malformed(
          "has a '%s' of the shape %s, not a %s"
              .formatted(name, shape, count == 1 ? "vector" : "matrix"));
    }
    return shape.stream().mapToInt(Long::intValue).toArray();
  }

  /** The numbers of an array, which must have a shape. */
  float[] floats(String name, List<Integer> shape) throws MalformedFileException {
    NpyArray array = arrays.get(name);
    List<Long> wanted = shape.stream().map(Integer::longValue).toList();
    if (array == null || !array.shape().equals(wanted)) {
      throw malformed(
          "needs an array '%s' of the shape %s, it has %s"
              .formatted(name, wanted, array == null ? "none" : array.shape()));
    }
    if (array.type() != NpyType.F4 && array.type() != NpyType.F8) {
      throw malformed("has a '%s' of the type %s, not of floats".formatted(name, array.type()));
    }
    return array.floats();
  }

  MalformedFileException malformed(String what) {
    return new MalformedFileException(file, what);
  }

  /** One network with these parameters, by their names in its {@link ParameterLayout}. */
  static Network network(Kernels kernels, NetworkSpec spec, Map<String, float[]> parameters) {
    Network network = new Network(kernels, spec, 1);
    try {
      parameters.forEach((name, values) -> network.write(0, name, values));
      return network;
    } catch (RuntimeException e) {
      network.close();
      throw e;
    }
  }
}
