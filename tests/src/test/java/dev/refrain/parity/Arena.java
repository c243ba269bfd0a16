package dev.refrain.parity;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Precision;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.View;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/**
 * The memory of one run of one operation on one engine. Inputs hold the same numbers on every
 * engine; outputs hold a NaN before the operation writes them; whatever lies between and around
 * them holds another NaN, which spoils the result of an engine that reads it and must still be
 * there afterwards, as must the inputs.
 */
public final class Arena {
  private static final float POISON = Float.intBitsToFloat(0x7fc0dead);
  private static final float CANARY = Float.intBitsToFloat(0x7fc0cafe);
  private static final int POISONED_INDEX = 0x7ead_beef;

  private final Kernels kernels;
  private final Layout layout;
  private final List<Block> blocks = new ArrayList<>();
  private final List<Region> results = new ArrayList<>();
  private final List<Indices> indices = new ArrayList<>();
  private final List<WrittenIndices> written = new ArrayList<>();
  private StepState state;

  Arena(Kernels kernels, Layout layout) {
    this.kernels = kernels;
    this.layout = layout;
  }

  /** One buffer, what it held before and after, and which of its elements may change. */
  private static final class Block {
    private final String name;
    private final Buffer buffer;
    private final float[] before;
    private final BitSet writable = new BitSet();
    private double[] after;

    Block(String name, Buffer buffer, float[] before) {
      this.name = name;
      this.buffer = buffer;
      this.before = before;
    }
  }

  /** Elements of a block that are one result. */
  private record Region(
      String name,
      Block block,
      long offset,
      int groups,
      long groupStride,
      long rows,
      long rowStride,
      int columns) {

    int[] places() {
      int[] places = new int[Math.toIntExact(groups * rows * columns)];
      int next = 0;
      for (int g = 0; g < groups; g++) {
        for (long row = 0; row < rows; row++) {
          for (int column = 0; column < columns; column++) {
            places[next++] = (int) (offset + g * groupStride + row * rowStride + column);
          }
        }
      }
      return places;
    }
  }

  private static final class Indices {
    private final String name;
    private final IndexBuffer buffer;
    private final int[] before;

    Indices(String name, IndexBuffer buffer, int[] before) {
      this.name = name;
      this.buffer = buffer;
      this.before = before;
    }
  }

  private static final class WrittenIndices {
    private final String name;
    private final IndexBuffer buffer;
    private final int[] before;
    private final int count;

    WrittenIndices(String name, IndexBuffer buffer, int[] before, int count) {
      this.name = name;
      this.buffer = buffer;
      this.before = before;
      this.count = count;
    }

    double[] read() {
      int[] after = buffer.read();
      assertArrayEquals(
          Arrays.copyOfRange(before, count, before.length),
          Arrays.copyOfRange(after, count, after.length),
          () -> name + ": a border");
      return Arrays.stream(after, 0, count).asDoubleStream().toArray();
    }
  }

  /** A matrix of rows in each group that the operation reads. */
  public View in(String name, int groups, long rows, int columns, Numbers numbers) {
    return matrix(name, groups, rows, columns, numbers, false);
  }

  /** A matrix of rows that all groups read. */
  public View shared(String name, long rows, int columns, Numbers numbers) {
    return matrix(name, 1, rows, columns, numbers, false).shared();
  }

  /** A matrix of rows in each group that the operation writes. */
  public View out(String name, int groups, long rows, int columns) {
    return matrix(name, groups, rows, columns, null, true);
  }

  /** A matrix of rows in each group that the operation reads and writes. */
  public View inOut(String name, int groups, long rows, int columns, Numbers numbers) {
    return matrix(name, groups, rows, columns, numbers, true);
  }

  private View matrix(
      String name, int groups, long rows, int columns, Numbers numbers, boolean writable) {
    long rowStride = (long) columns + layout.betweenRows();
    long groupStride = rows * rowStride + (groups > 1 ? layout.behind() : 0);
    long size = layout.before() + groups * groupStride + layout.behind();
    Block block = block(name, size);
    Region region =
        new Region(name, block, layout.before(), groups, groupStride, rows, rowStride, columns);
    put(region, numbers, writable);
    upload(block);
    return new View(block.buffer, layout.before(), groupStride, rowStride);
  }

  /** An array from the start of a buffer on that the operation reads. */
  public Buffer flatIn(String name, long size, Numbers numbers) {
    return flat(name, size, numbers, false);
  }

  /** An array from the start of a buffer on that the operation writes. */
  public Buffer flatOut(String name, long size) {
    return flat(name, size, null, true);
  }

  /** An array from the start of a buffer on that the operation reads and writes. */
  public Buffer flatInOut(String name, long size, Numbers numbers) {
    return flat(name, size, numbers, true);
  }

  private Buffer flat(String name, long size, Numbers numbers, boolean writable) {
    Block block = block(name, size + layout.behind());
    put(new Region(name, block, 0, 1, size, 1, size, Math.toIntExact(size)), numbers, writable);
    upload(block);
    return block.buffer;
  }

  /** Memory for what forward saves: poisoned, not compared. */
  public Buffer scratch(String name, long size) {
    Block block = block(name, size + layout.behind());
    Arrays.fill(block.before, 0, Math.toIntExact(size), POISON);
    block.writable.set(0, Math.toIntExact(size));
    upload(block);
    return block.buffer;
  }

  /** The parameters of the networks of all groups: a plan of where each tensor lies. */
  public Parameters parameters(int groups) {
    return new Parameters(groups);
  }

  /** Whole numbers that the operation reads. */
  public IndexBuffer indices(String name, int... values) {
    int[] before = Arrays.copyOf(values, values.length + layout.behind());
    Arrays.fill(before, values.length, before.length, Integer.MIN_VALUE);
    IndexBuffer buffer = kernels.allocateIndices(before.length);
    buffer.write(before);
    indices.add(new Indices(name, buffer, before));
    return buffer;
  }

  /** Whole numbers whose count says something: no border behind them. */
  public IndexBuffer exactIndices(String name, int... values) {
    IndexBuffer buffer = kernels.allocateIndices(values.length);
    buffer.write(values);
    indices.add(new Indices(name, buffer, values.clone()));
    return buffer;
  }

  /** Whole numbers that the operation writes. */
  public IndexBuffer indicesOut(String name, int count) {
    int[] poison = new int[count];
    Arrays.fill(poison, POISONED_INDEX);
    return indicesInOut(name, poison);
  }

  /** Whole numbers that the operation reads and writes. */
  public IndexBuffer indicesInOut(String name, int... values) {
    IndexBuffer buffer = indices(name, values);
    Indices added = indices.remove(indices.size() - 1);
    written.add(new WrittenIndices(name, buffer, added.before, values.length));
    return buffer;
  }

  /** The step state, one group each. */
  public StepState state(int historyLength, GroupState... groups) {
    state = kernels.allocateState(groups.length, historyLength);
    for (int g = 0; g < groups.length; g++) {
      state.write(g, groups[g]);
    }
    return state;
  }

  private Block block(String name, long size) {
    Buffer buffer = kernels.allocate(size);
    float[] before = new float[Math.toIntExact(size)];
    Arrays.fill(before, CANARY);
    Block block = new Block(name, buffer, before);
    blocks.add(block);
    return block;
  }

  private void put(Region region, Numbers numbers, boolean writable) {
    int[] places = region.places();
    float[] values = numbers == null ? null : numbers.draw(random(region.name), places.length);
    for (int i = 0; i < places.length; i++) {
      region.block.before[places[i]] = values == null ? POISON : values[i];
    }
    if (writable) {
      for (int place : places) {
        region.block.writable.set(place);
      }
      results.add(region);
    }
  }

  private static Random random(String name) {
    return new Random(0x5eed0000L + name.hashCode());
  }

  private static void upload(Block block) {
    block.buffer.write(block.before);
  }

  /** Checks that nothing changed but the outputs, and returns these by name. */
  Map<String, double[]> results() {
    kernels.synchronize();
    Map<String, double[]> values = new LinkedHashMap<>();
    for (Block block : blocks) {
      block.after = block.buffer.readDoubles();
      if (kernels.precision() != Precision.FP64) {
        checkUntouched(block);
      }
    }
    for (Region region : results) {
      double[] all = region.block.after;
      values.put(region.name, Arrays.stream(region.places()).mapToDouble(i -> all[i]).toArray());
    }
    indices.forEach(i -> assertArrayEquals(i.before, i.buffer.read(), i.name));
    written.forEach(i -> values.put(i.name, i.read()));
    if (state != null) {
      addState(values);
    }
    return values;
  }

  private static void checkUntouched(Block block) {
    float[] after = block.buffer.read();
    for (int i = 0; i < after.length; i++) {
      int before = Float.floatToRawIntBits(block.before[i]);
      if (!block.writable.get(i) && Float.floatToRawIntBits(after[i]) != before) {
        fail(
            String.format(
                "%s: element %d of the buffer was %s and is now %s, though the operation must not"
                    + " write it",
                block.name, i, describe(block.before[i]), after[i]));
      }
    }
  }

  private static String describe(float value) {
    return Float.floatToRawIntBits(value) == Float.floatToRawIntBits(CANARY)
        ? "a border"
        : Float.toString(value);
  }

  private void addState(Map<String, double[]> values) {
    int groups = state.groups();
    GroupState[] read = new GroupState[groups];
    Arrays.setAll(read, state::read);
    values.put("state.step", field(read, g -> g.step()));
    values.put("state.seed", field(read, g -> g.seed()));
    values.put("state.baseLearningRate", field(read, g -> g.baseLearningRate()));
    values.put("state.learningRate", field(read, g -> g.learningRate()));
    values.put("state.beta1Power", field(read, g -> g.beta1Power()));
    values.put("state.beta2Power", field(read, g -> g.beta2Power()));
    values.put("state.loss", field(read, g -> g.loss()));
    values.put("state.gradientNorm", field(read, g -> g.gradientNorm()));
    values.put("state.clipFactor", field(read, g -> g.clipFactor()));
    values.put("state.status", field(read, g -> g.status().ordinal()));
    long steps = Arrays.stream(read).mapToLong(GroupState::step).max().orElseThrow();
    int kept = (int) Math.min(state.historyLength(), steps);
    if (kept > 0) {
      values.put("state.history", state.readHistory(steps - kept + 1, kept));
    }
  }

  private static double[] field(GroupState[] states, ToDoubleFunction<GroupState> field) {
    return Arrays.stream(states).mapToDouble(field).toArray();
  }

  /** Tensors of all groups' networks, laid out one behind the other within {@code [G,P]}. */
  public final class Parameters {
    private final int groups;
    private final Map<String, long[]> places = new LinkedHashMap<>();
    private final Map<String, Numbers> numbers = new LinkedHashMap<>();
    private long size;

    private Parameters(int groups) {
      this.groups = groups;
      this.size = layout.before();
    }

    /** Adds a tensor and returns its offset within P. */
    public long add(String name, long count, Numbers values) {
      long offset = size;
      places.put(name, new long[] {offset, count});
      numbers.put(name, values);
      size += count + layout.betweenRows();
      return offset;
    }

    /** P. */
    public long size() {
      return size;
    }

    /** The parameters {@code [G,P]}, which the operation reads. */
    public Buffer values() {
      return build("values", groups, "", numbers, false);
    }

    /** The parameters of one network {@code [P]}, for all groups. */
    public Buffer sharedValues() {
      return build("values", 1, "", numbers, false);
    }

    /** Gradients {@code [G,P]} that the operation writes: results {@code d} + name. */
    public Buffer gradients() {
      return build("gradients", groups, "d", Map.of(), true);
    }

    /** Gradients {@code [G,P]} that are there already and that the operation adds to. */
    public Buffer gradientsSoFar() {
      Map<String, Numbers> start = new LinkedHashMap<>();
      places.keySet().forEach(name -> start.put(name, Numbers.normal(0.1)));
      return build("gradients", groups, "d", start, true);
    }

    private Buffer build(
        String name, int copies, String prefix, Map<String, Numbers> start, boolean writable) {
      Block block = block(name, copies * size + layout.behind());
      places.forEach(
          (tensor, place) -> {
            int count = Math.toIntExact(place[1]);
            put(
                new Region(prefix + tensor, block, place[0], copies, size, 1, count, count),
                start.get(tensor),
                writable);
          });
      upload(block);
      return block.buffer;
    }
  }
}
