package dev.refrain.network;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.GatherArguments;
import dev.refrain.kernels.GatherShape;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.View;
import java.util.Arrays;
import java.util.Objects;

/**
 * Windows of T rows out of series that a {@link Trainer} keeps on the device. A window that starts
 * at row s gives the inputs {@code series[s+t, 0..I)} and the targets {@code series[s+ahead+t,
 * targetColumn..targetColumn+O)}, with I and O those of the network. Starts are drawn anew for
 * every step from each group's seed, all possible ones equally likely, unless they are given.
 *
 * <pre>{@code
 * SeriesWindows windows = SeriesWindows.shared(values, 1, 24, 32).ahead(12);
 * }</pre>
 */
public final class SeriesWindows implements TrainingData {
  private final float[][] series;
  private final boolean shared;
  private final int columns;
  private final int steps;
  private final int batch;
  private final int ahead;
  private final int targetColumn;
  private final int[] starts;

  private SeriesWindows(
      float[][] series,
      boolean shared,
      int columns,
      int steps,
      int batch,
      int ahead,
      int targetColumn,
      int[] starts) {
    this.series = series;
    this.shared = shared;
    this.columns = columns;
    this.steps = steps;
    this.batch = batch;
    this.ahead = ahead;
    this.targetColumn = targetColumn;
    this.starts = starts;
  }

  /**
   * Windows of one series that all groups learn from, with targets one row ahead in column 0.
   *
   * @param values {@code [S, C]}, not copied: leave it as it is until the trainer is built
   * @param columns C
   * @param steps T
   * @param batch N
   */
  public static SeriesWindows shared(float[] values, int columns, int steps, int batch) {
    return checked(new float[][] {values}, true, columns, steps, batch);
  }

  /**
   * Windows of one series for each group, with targets one row ahead in column 0.
   *
   * @param values for each group {@code [S_g, C]}, not copied; they may differ in rows
   * @param columns C
   * @param steps T
   * @param batch N
   */
  public static SeriesWindows perGroup(float[][] values, int columns, int steps, int batch) {
    return checked(values.clone(), false, columns, steps, batch);
  }

  private static SeriesWindows checked(
      float[][] series, boolean shared, int columns, int steps, int batch) {
    if (columns < 1 || steps < 1 || batch < 1) {
      throw new IllegalArgumentException(
          String.format(
              "columns is %d, steps %d and batch %d; all must be at least 1",
              columns, steps, batch));
    }
    for (float[] values : series) {
      Objects.requireNonNull(values, "series");
      if (values.length % columns != 0) {
        throw new IllegalArgumentException(
            "a series of " + values.length + " numbers does not divide into rows of " + columns);
      }
    }
    return new SeriesWindows(series, shared, columns, steps, batch, 1, 0, null);
  }

  /** With targets this many rows ahead of the inputs, at least 0. */
  public SeriesWindows ahead(int newAhead) {
    if (newAhead < 0) {
      throw new IllegalArgumentException("ahead is " + newAhead + "; it must be at least 0");
    }
    return new SeriesWindows(series, shared, columns, steps, batch, newAhead, targetColumn, starts);
  }

  /** With targets from this column on. */
  public SeriesWindows targetColumn(int newColumn) {
    return new SeriesWindows(series, shared, columns, steps, batch, ahead, newColumn, starts);
  }

  /**
   * With given starts {@code [K,G,N]}: step s uses round {@code (s−1) mod K}. One that lies beyond
   * the last row that a window can start at stands for that row.
   *
   * @throws IllegalArgumentException if a start is negative
   */
  public SeriesWindows startingAt(int... newStarts) {
    for (int i = 0; i < newStarts.length; i++) {
      if (newStarts[i] < 0) {
        throw new IllegalArgumentException(
            "start " + i + " is " + newStarts[i] + "; windows start at row 0 or later");
      }
    }
    return new SeriesWindows(
        series, shared, columns, steps, batch, ahead, targetColumn, newStarts.clone());
  }

  /** As they are where starts were given; else with one round of starts, spread over the rows. */
  SeriesWindows spread(int groups) {
    if (starts != null) {
      return this;
    }
    int[] round = new int[groups * batch];
    for (int g = 0; g < groups && (shared || series.length == groups); g++) {
      int rows = series[shared ? 0 : g].length / columns;
      int last = Math.max(0, rows - steps - ahead);
      for (int n = 0; n < batch; n++) {
        round[g * batch + n] = batch == 1 ? last : (int) ((long) n * last / (batch - 1));
      }
    }
    return startingAt(round);
  }

  @Override
  public int steps() {
    return steps;
  }

  @Override
  public int batch() {
    return batch;
  }

  /** Puts the series on the device and says how to cut windows into an unrolled network's input. */
  Gathering upload(DeviceMemory memory, UnrolledNetwork unrolled, View target) {
    NetworkSpec spec = unrolled.network().spec();
    int groups = unrolled.network().groups();
    if (!shared && series.length != groups) {
      throw new IllegalArgumentException(
          "there are " + series.length + " series for " + groups + " groups");
    }
    if (starts != null && (starts.length == 0 || starts.length % (groups * batch) != 0)) {
      throw new IllegalArgumentException(
          "there are %d starts; give one or several rounds of %d groups by %d windows"
              .formatted(starts.length, groups, batch));
    }
    int[] rowsOf = checkedRows();
    long rows = Arrays.stream(rowsOf).max().orElseThrow();
    GatherShape shape =
        GatherShape.ahead(
            groups,
            steps,
            batch,
            spec.inputs(),
            targetColumn,
            spec.outputs(),
            ahead,
            rows,
            columns,
            shared);
    Buffer stored = memory.floats(series.length, rows, columns);
    for (int g = 0; g < series.length; g++) {
      stored.write(g * rows * columns, series[g], 0, series[g].length);
    }
    IndexBuffer rowCounts = shared ? null : uploaded(memory, rowsOf);
    IndexBuffer startRows = starts == null ? null : uploaded(memory, starts);
    return new Gathering(
        shape, new GatherArguments(stored, rowCounts, startRows, unrolled.inputView(), target));
  }

  private static IndexBuffer uploaded(DeviceMemory memory, int[] values) {
    IndexBuffer buffer = memory.indices(values.length);
    buffer.write(values);
    return buffer;
  }

  private int[] checkedRows() {
    int[] rows = new int[series.length];
    for (int g = 0; g < series.length; g++) {
      rows[g] = series[g].length / columns;
      if (rows[g] < steps + ahead) {
        throw new IllegalArgumentException(
            String.format(
                "the series of group %d has %d rows; a window of %d steps with targets %d ahead"
                    + " needs %d",
                g, rows[g], steps, ahead, steps + ahead));
      }
      requireFinite(g);
    }
    return rows;
  }

  /** A number that is none would show as a loss that diverged, and the learning rate be blamed. */
  private void requireFinite(int g) {
    for (int i = 0; i < series[g].length; i++) {
      if (!Float.isFinite(series[g][i])) {
        throw new IllegalArgumentException(
            "row %d, column %d of the series of group %d is %s; a series holds finite numbers only"
                .formatted(i / columns, i % columns, g, series[g][i]));
      }
    }
  }

  /** What {@link dev.refrain.kernels.Kernels#gather} is called with. */
  record Gathering(GatherShape shape, GatherArguments arguments) {}
}
