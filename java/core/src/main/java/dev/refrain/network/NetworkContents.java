package dev.refrain.network;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.Kernels;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Networks of one kind in a file, in the memory of the host.
 *
 * @param groups how many there are
 * @param parameters for each name {@code [G, ...]}
 * @param slots the optimizer's arrays {@code [G,P]}; none where no training was saved
 */
record NetworkContents(
    NetworkSpec spec, int groups, Map<String, double[]> parameters, List<double[]> slots) {

  /** New networks with these parameters, for the caller to close. */
  Network network(Kernels kernels) {
    Network network = new Network(kernels, spec, groups);
    try {
      write(network);
    } catch (RuntimeException | Error e) {
      network.close();
      throw e;
    }
    return network;
  }

  /** Parameters {@code [P]} of one group. */
  double[] doubles(int group) {
    Objects.checkIndex(group, groups);
    ParameterLayout layout = ParameterLayout.of(spec);
    double[] all = new double[Math.toIntExact(layout.size())];
    for (ParameterSlice slice : layout.slices()) {
      int count = (int) slice.size();
      System.arraycopy(
          parameters.get(slice.name()), group * count, all, (int) slice.offset(), count);
    }
    return all;
  }

  /** As {@link #doubles}, rounded to float32. */
  float[] floats(int group) {
    double[] doubles = doubles(group);
    float[] floats = new float[doubles.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) doubles[i];
    }
    return floats;
  }

  /** Writes the parameters into networks of the same kind. */
  void write(Network network) {
    long size = network.layout().size();
    for (ParameterSlice slice : network.layout().slices()) {
      double[] values = parameters.get(slice.name());
      int count = (int) slice.size();
      for (int g = 0; g < groups; g++) {
        network.values().writeDoubles(g * size + slice.offset(), values, g * count, count);
      }
    }
  }

  /** Writes the optimizer's arrays into as many. */
  void write(List<Buffer> into) {
    for (int i = 0; i < into.size(); i++) {
      into.get(i).writeDoubles(slots.get(i));
    }
  }
}
