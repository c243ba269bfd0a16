package dev.refrain.network;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.CellParameters;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LinearParameters;

/**
 * G networks of one specification on a device: parameters {@code [G,P]} and, once asked for, their
 * gradients. The groups are independent of each other, and every operation works on all of them in
 * one call.
 *
 * <p>Lifecycle: create, {@link #unroll}, train or predict, close. Closing gives the memory back but
 * leaves the kernels open. What was unrolled from a network must be closed before it or not be used
 * any more.
 */
public final class Network implements AutoCloseable {
  private final NetworkSpec spec;
  private final ParameterLayout layout;
  private final int groups;
  private final DeviceMemory memory;
  private final Buffer values;
  private Buffer gradients;

  /**
   * Networks whose parameters are all 0, to be written.
   *
   * @param groups G, at least 1
   */
  public Network(Kernels kernels, NetworkSpec spec, int groups) {
    if (groups < 1) {
      throw new IllegalArgumentException("groups is " + groups + "; it must be at least 1");
    }
    this.spec = spec;
    this.layout = ParameterLayout.of(spec);
    this.groups = groups;
    this.memory = new DeviceMemory(kernels);
    this.values = memory.floats(groups, layout.size());
  }

  /**
   * One network for each seed, drawn as the specification's {@link Initialization} says.
   *
   * @throws IllegalArgumentException if there is no seed
   */
  public static Network create(Kernels kernels, NetworkSpec spec, long... seeds) {
    if (seeds.length == 0) {
      throw new IllegalArgumentException("there is no seed; give one for each network");
    }
    Network network = new Network(kernels, spec, seeds.length);
    for (int group = 0; group < seeds.length; group++) {
      network.write(group, spec.initialization().draw(spec, seeds[group]));
    }
    return network;
  }

  /** What these networks are. */
  public NetworkSpec spec() {
    return spec;
  }

  /** Where their tensors lie within P. */
  public ParameterLayout layout() {
    return layout;
  }

  /** G. */
  public int groups() {
    return groups;
  }

  /** Where they run. */
  public Kernels kernels() {
    return memory.kernels();
  }

  /** The parameters {@code [G,P]} on the device. */
  public Buffer values() {
    return values;
  }

  /** The gradients {@code [G,P]} on the device, allocated at the first call. */
  public Buffer gradients() {
    if (gradients == null) {
      gradients = memory.floats(groups, layout.size());
    }
    return gradients;
  }

  /** Copies the parameters {@code [P]} of one group from the device. */
  public float[] read(int group) {
    return read(values, offset(group), layout.size());
  }

  /** Copies one tensor of a group from the device. */
  public float[] read(int group, String name) {
    ParameterSlice slice = layout.slice(name);
    return read(values, offset(group) + slice.offset(), slice.size());
  }

  /**
   * Replaces the parameters {@code [P]} of one group.
   *
   * @throws IllegalArgumentException if there are not P of them
   */
  public void write(int group, float[] parameters) {
    write("the network", offset(group), layout.size(), parameters);
  }

  /**
   * Replaces one tensor of a group.
   *
   * @throws IllegalArgumentException if there is no such tensor or its size differs
   */
  public void write(int group, String name, float[] parameters) {
    ParameterSlice slice = layout.slice(name);
    write(name, offset(group) + slice.offset(), slice.size(), parameters);
  }

  /** Copies the gradient of one tensor of a group from the device. */
  public float[] readGradient(int group, String name) {
    ParameterSlice slice = layout.slice(name);
    return read(gradients(), offset(group) + slice.offset(), slice.size());
  }

  /** As {@link #read(int)}, with all that the precision of the device holds. */
  double[] readDoubles(int group) {
    double[] target = new double[Math.toIntExact(layout.size())];
    values.readDoubles(offset(group), target, 0, target.length);
    return target;
  }

  /** Puts back what {@link #readDoubles} gave, to the same bits. */
  void writeDoubles(int group, double[] parameters) {
    values.writeDoubles(offset(group), parameters, 0, parameters.length);
  }

  /** Begins to lay the networks out over {@code steps} T and {@code batch} N. */
  public UnrolledNetwork.Builder unroll(int steps, int batch) {
    return new UnrolledNetwork.Builder(this, steps, batch);
  }

  @Override
  public void close() {
    memory.close();
  }

  /** Parameters of one direction of a layer, with gradients where {@code trained}. */
  CellParameters cellParameters(int layer, boolean reverse, boolean trained) {
    return new CellParameters(
        values, trained ? gradients() : null, layout.size(), layout.cell(layer, reverse));
  }

  /** Parameters of the output projection, with gradients where {@code trained}. */
  LinearParameters outputParameters(boolean trained) {
    return new LinearParameters(
        values,
        trained ? gradients() : null,
        layout.size(),
        layout.slice(ParameterLayout.OUTPUT_WEIGHT).offset(),
        layout.slice(ParameterLayout.OUTPUT_BIAS).offset());
  }

  private long offset(int group) {
    if (group < 0 || group >= groups) {
      throw new IndexOutOfBoundsException("group is " + group + "; there are " + groups);
    }
    return group * layout.size();
  }

  private static float[] read(Buffer buffer, long offset, long count) {
    float[] target = new float[Math.toIntExact(count)];
    buffer.read(offset, target, 0, target.length);
    return target;
  }

  private void write(String name, long offset, long count, float[] parameters) {
    if (parameters.length != count) {
      throw new IllegalArgumentException(
          name + " has " + count + " parameters, " + parameters.length + " are given");
    }
    values.write(offset, parameters, 0, parameters.length);
  }
}
