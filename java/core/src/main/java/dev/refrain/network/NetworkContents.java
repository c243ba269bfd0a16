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
  float[] parameters(int group) {
    Objects.checkIndex(group, groups);
    ParameterLayout layout = ParameterLayout.of(spec);
    float[] all = new float[Math.toIntExact(layout.size())];
    for (ParameterSlice slice : layout.slices()) {
      double[] values = parameters.get(slice.name());
      int count = (int) slice.size();
      for (int i = 0; i < count; i++) {
        all[(int) slice.offset() + i] = (float) values[group * count + i];
      }
    }
    return all;
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
