package dev.refrain.kernels.reference;

import dev.refrain.kernels.Word2vecModel;
import dev.refrain.kernels.Word2vecPassage;
import dev.refrain.kernels.Word2vecRule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Negative sampling over a piece of text, word2vec.h. */
final class Word2vecReference {
  private final Word2vecRule rule;
  private final Word2vecModel model;
  private final Word2vecPassage text;
  private final int[] ids;
  private final int[] keep;
  private final int[] noise;
  private final int vocabulary;
  private double loss;
  private long pairs;
  private long centers;

  private Word2vecReference(Word2vecRule rule, Word2vecModel model, Word2vecPassage text) {
    this.rule = rule;
    this.model = model;
    this.text = text;
    this.ids = ((ReferenceIndices) text.ids()).data();
    this.keep = model.keep() == null ? null : ((ReferenceIndices) model.keep()).data();
    this.noise = ((ReferenceIndices) model.noise()).data();
    this.vocabulary = (int) model.vocabulary();
  }

  static void learn(Word2vecRule rule, Word2vecModel model, Word2vecPassage text) {
    new Word2vecReference(rule, model, text).learn();
  }

  private void learn() {
    int lanes = rule.exact() ? rule.lanes() : 1;
    for (long round = text.first(); round < text.last(); round += (long) lanes * rule.stretch()) {
      List<Lane> done = new ArrayList<>();
      for (int lane = 0; lane < lanes; lane++) {
        long begin = Math.min(text.last(), round + (long) lane * rule.stretch());
        long end = Math.min(text.last(), begin + rule.stretch());
        if (begin < end) {
          Lane own = new Lane();
          own.learn((int) begin, (int) end);
          done.add(own);
        }
      }
      merge(done, false);
      merge(done, true);
    }
    addTotals();
  }

  private ReferenceBuffer matrix(boolean outputs) {
    return (ReferenceBuffer) (outputs ? model.outputs() : model.inputs());
  }

  private void merge(List<Lane> lanes, boolean outputs) {
    ReferenceBuffer matrix = matrix(outputs);
    double[] data = matrix.data();
    int width = model.rowStride();
    Map<Integer, double[]> sums = new LinkedHashMap<>();
    for (Lane lane : lanes) {
      lane.rows(outputs)
          .forEach(
              (word, copy) -> {
                double[] sum = sums.computeIfAbsent(word, w -> new double[width]);
                for (int d = 0; d < width; d++) {
                  sum[d] += copy.values[d] - data[word * width + d];
                }
              });
    }
    sums.forEach((word, sum) -> matrix.store(word * width, sum, true));
  }

  private void addTotals() {
    int[] totals = ((ReferenceIndices) model.totals()).data();
    put(totals, 0, Double.doubleToRawLongBits(Double.longBitsToDouble(at(totals, 0)) + loss));
    put(totals, 1, at(totals, 1) + pairs);
    put(totals, 2, at(totals, 2) + centers);
  }

  private static long at(int[] words, int i) {
    return Integer.toUnsignedLong(words[2 * i]) | ((long) words[2 * i + 1] << 32);
  }

  private static void put(int[] words, int i, long value) {
    words[2 * i] = (int) value;
    words[2 * i + 1] = (int) (value >>> 32);
  }

  private boolean isWord(int id) {
    return id >= 0 && id < vocabulary;
  }

  private long draw(int stream, long index) {
    long block = index / 4;
    int[] counter = {(int) block, (int) (block >>> 32), text.epoch(), stream};
    int[] words = PhiloxReference.block(counter, (int) text.seed(), (int) (text.seed() >>> 32));
    return Integer.toUnsignedLong(words[(int) (index % 4)]);
  }

  private boolean keeps(int i) {
    return keep == null
        || draw(PhiloxReference.SUBSAMPLE, text.position() + i)
            <= Integer.toUnsignedLong(keep[ids[i]]);
  }

  /** Copies of the rows that one stretch works on. */
  private final class Lane {
    private final Map<Integer, Row> inputs = new LinkedHashMap<>();
    private final Map<Integer, Row> outputs = new LinkedHashMap<>();

    Map<Integer, Row> rows(boolean ofOutputs) {
      return ofOutputs ? outputs : inputs;
    }

    private Row row(int word, boolean ofOutputs) {
      int width = model.rowStride();
      return rows(ofOutputs)
          .computeIfAbsent(
              word,
              w -> {
                Row copy = new Row(width);
                System.arraycopy(matrix(ofOutputs).data(), w * width, copy.values, 0, width);
                return copy;
              });
    }

    void learn(int begin, int end) {
      double rate =
          Math.max(text.rateFloor(), text.rate() + text.rateSlope() * (begin - text.first()));
      for (int i = begin; i < end; i++) {
        if (isWord(ids[i]) && keeps(i)) {
          learnCenter(i, rate);
        }
      }
    }

    private void learnCenter(int center, double rate) {
      long place = (text.position() + center) * (4L * ((1 + rule.negatives() + 3) / 4));
      int half =
          1 + (int) PhiloxReference.below(rule.window(), draw(PhiloxReference.WINDOW, place));
      Map<Integer, Integer> contexts = new LinkedHashMap<>();
      int uses = addContexts(center, -1, half, contexts) + addContexts(center, 1, half, contexts);
      if (uses == 0) {
        return;
      }
      Map<Integer, Integer> targets = new LinkedHashMap<>();
      targets.put(ids[center], 1);
      for (int j = 1; j <= rule.negatives(); j++) {
        int word = noiseWord(draw(PhiloxReference.WINDOW, place + j));
        if (word != ids[center]) {
          targets.merge(word, 1, Integer::sum);
        }
      }
      centers++;
      pairs += rule.cbow() ? 1 : uses;
      if (rule.cbow()) {
        learnMean(contexts, uses, targets, ids[center], rate);
      } else {
        Map<Row, Integer> rows = new LinkedHashMap<>();
        contexts.forEach((word, times) -> rows.put(row(word, false), times));
        learnRows(rows, targets, ids[center], rate);
      }
    }

    private int addContexts(int center, int step, int most, Map<Integer, Integer> contexts) {
      int uses = 0;
      for (int i = center + step;
          i >= 0 && i < text.count() && isWord(ids[i]) && uses < most;
          i += step) {
        if (keeps(i)) {
          contexts.merge(ids[i], 1, Integer::sum);
          uses++;
        }
      }
      return uses;
    }

    private int noiseWord(long number) {
      long r = number * vocabulary;
      int column = (int) (r >>> 32);
      long threshold = Integer.toUnsignedLong(noise[2 * column]);
      int alias = noise[2 * column + 1];
      return (r & 0xFFFFFFFFL) <= threshold || !isWord(alias) ? column : alias;
    }

    private void learnMean(
        Map<Integer, Integer> contexts,
        int uses,
        Map<Integer, Integer> targets,
        int positive,
        double rate) {
      int width = model.rowStride();
      Row mean = new Row(width);
      contexts.forEach(
          (word, times) -> {
            double[] row = row(word, false).values;
            for (int d = 0; d < width; d++) {
              mean.values[d] += times * row[d] / uses;
            }
          });
      double[] before = mean.values.clone();
      learnRows(Map.of(mean, 1), targets, positive, rate);
      contexts.forEach(
          (word, times) -> {
            double[] row = row(word, false).values;
            for (int d = 0; d < width; d++) {
              row[d] = round(row[d] + times * (mean.values[d] - before[d]) / uses);
            }
          });
    }

    private void learnRows(
        Map<Row, Integer> contexts, Map<Integer, Integer> targets, int positive, double rate) {
      contexts.forEach(
          (a, u) ->
              targets.forEach(
                  (word, v) -> {
                    Row b = row(word, true);
                    double score = 0;
                    for (int d = 0; d < a.values.length; d++) {
                      score += a.values[d] * b.values[d];
                    }
                    boolean label = word == positive;
                    double z = label ? -score : score;
                    loss += u * v * (Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))));
                    double error = rate * u * v * ((label ? 1 : 0) - 1 / (1 + Math.exp(-score)));
                    a.add(error, b);
                    b.add(error, a);
                  }));
      contexts.keySet().forEach(this::change);
      targets.keySet().forEach(word -> change(row(word, true)));
    }

    private void change(Row row) {
      for (int d = 0; d < row.values.length; d++) {
        row.values[d] = round(row.values[d] + row.change[d]);
        row.change[d] = 0;
      }
    }

    private double round(double value) {
      return matrix(false).round(value);
    }
  }

  /** A row, and what the center at hand adds to it. */
  private static final class Row {
    private final double[] values;
    private final double[] change;

    Row(int width) {
      values = new double[width];
      change = new double[width];
    }

    void add(double factor, Row other) {
      for (int d = 0; d < values.length; d++) {
        change[d] += factor * other.values[d];
      }
    }
  }
}
