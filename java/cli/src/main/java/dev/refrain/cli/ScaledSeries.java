package dev.refrain.cli;

import dev.refrain.cli.csv.HeldOut;
import dev.refrain.cli.csv.SeriesCsv;
import dev.refrain.network.Checkpoint;
import dev.refrain.series.Series;
import dev.refrain.series.StandardScaler;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * The series that {@code refrain train} learns, scaled by the rows that are learnt to a mean of 0
 * and a standard deviation of 1, and what a checkpoint keeps of it.
 */
final class ScaledSeries {
  private static final String DATA = "data";
  private static final String SCALER = "scaler.";

  private final String file;
  private final float[] values;
  private final int learnt;
  private final Map<String, String> remarks = new LinkedHashMap<>();

  private ScaledSeries(String file, double[][] rows, int learnt) {
    this.file = file;
    this.learnt = learnt;
    StandardScaler scaler = StandardScaler.fit(Arrays.copyOf(rows, learnt));
    values = new float[rows.length];
    for (int row = 0; row < rows.length; row++) {
      values[row] = (float) scaler.transform(rows[row][0], 0);
    }
    remarks.put(DATA, digest(rows));
    remarks.put(SCALER + "name", scaler.name());
    scaler.parameters().forEach((name, all) -> remarks.put(SCALER + name, Double.toString(all[0])));
  }

  /**
   * Reads a file.
   *
   * @throws BadInputException if it has no such column, or too few rows
   */
  static ScaledSeries read(String file, TrainOptions options) {
    HeldOut heldOut = new HeldOut(options.validationRows(), "another --validation-rows");
    Series series =
        SeriesCsv.read(file, options.columns(), options.missing(), heldOut, options.decimal());
    long needed = (long) options.window() + options.ahead() + options.validationRows();
    if (series.rows() < needed) {
      throw new BadInputException(
          "'%s' has %d rows; --window %d%s and --ahead %d need %d"
              .formatted(
                  file,
                  series.rows(),
                  options.window(),
                  options.endsEarly() ? ", --validation-rows " + options.validationRows() : "",
                  options.ahead(),
                  needed));
    }
    double[][] rows = series.rows(0, series.rows());
    return new ScaledSeries(file, rows, rows.length - options.validationRows());
  }

  private static String digest(double[][] rows) {
    CRC32C crc = new CRC32C();
    ByteBuffer bytes = ByteBuffer.allocate(Double.BYTES);
    for (double[] row : rows) {
      crc.update(bytes.clear().putDouble(row[0]).flip());
    }
    return String.format(Locale.ROOT, "%d rows, crc32c %08x", rows.length, crc.getValue());
  }

  /** All rows, scaled. */
  float[] all() {
    return values;
  }

  /** Those that are learnt, scaled. */
  float[] learnt() {
    return Arrays.copyOf(values, learnt);
  }

  /** What a checkpoint says of it. */
  Map<String, String> remarks() {
    return remarks;
  }

  /**
   * Refuses to go on with a training of another series.
   *
   * @param kept where its checkpoint lies
   */
  void requireSame(Path kept, Checkpoint checkpoint) {
    String before = checkpoint.config().get(DATA);
    if (!remarks.get(DATA).equals(before)) {
      throw new BadInputException(
          "'%s' is another series (%s) than '%s' was trained on (%s); give that file"
              .formatted(file, remarks.get(DATA), kept, before));
    }
  }
}
