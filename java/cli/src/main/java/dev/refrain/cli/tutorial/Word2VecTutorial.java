package dev.refrain.cli.tutorial;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import dev.refrain.cli.BadInputException;
import dev.refrain.cli.RunRecord;
import dev.refrain.cli.chart.EmbeddingChart;
import dev.refrain.cli.chart.Figure;
import dev.refrain.cli.chart.LineChart;
import dev.refrain.io.AtomicFiles;
import dev.refrain.io.Npy;
import dev.refrain.io.NpyArray;
import dev.refrain.kernels.RowsAdam;
import dev.refrain.projection.Projection;
import dev.refrain.projection.Tsne;
import dev.refrain.text.Neighbour;
import dev.refrain.text.SkipGramNce;
import dev.refrain.text.SkipGramSettings;
import dev.refrain.text.WordVectors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/** The job of the word2vec tutorial. */
final class Word2VecTutorial {
  static final int NEGATIVES = 64;

  private static final int VALIDATION_WORDS = 16;

  /** The words of the validation are among so many most frequent ones. */
  private static final int VALIDATION_RANGE = 100;

  private static final int NEAREST = 8;

  /** Nearest words are printed with every second loss. */
  private static final int LOSSES_TO_NEAREST = 2;

  private static final int MAPPED_WORDS = 500;

  private final TutorialSession session;
  private final Word2VecText text;
  private final long steps;
  private final long printEvery;
  private final SkipGramSettings settings;
  private final List<String> words;
  private final List<String> validation;
  private final List<List<Number>> losses = new ArrayList<>();
  private SkipGramNce training;
  private double seconds;
  private long timedSteps;

  /** Of the last printed interval that was whole, or else of the last. */
  private String lastMeanOf = "";

  private double lastMean = Double.NaN;

  Word2VecTutorial(
      TutorialSession session,
      Word2VecText text,
      long steps,
      long printEvery,
      long seed,
      RowsAdam.Mode rows) {
    this.session = session;
    this.text = text;
    this.steps = steps;
    this.printEvery = printEvery;
    SkipGramSettings usual = SkipGramSettings.tutorial(text.vocabulary().size(), seed);
    settings =
        new SkipGramSettings(
            usual.words(),
            usual.dimensions(),
            usual.batch(),
            usual.window(),
            usual.skips(),
            NEGATIVES,
            usual.learningRate(),
            rows,
            seed);
    words = text.vocabulary().words();
    List<String> frequent =
        new ArrayList<>(words.subList(0, Math.min(VALIDATION_RANGE, words.size())));
    Collections.shuffle(frequent, new Random(seed));
    validation = List.copyOf(frequent.subList(0, Math.min(VALIDATION_WORDS, frequent.size())));
  }

  /** Records how it trains, by the names of the options where there are such. */
  void configure(RunRecord record) {
    record
        .configured("steps", steps)
        .configured("print-every", printEvery)
        .configured("seed", settings.seed())
        .configured("rows", settings.rows().name().toLowerCase(Locale.ROOT))
        .configured("vocabulary", settings.words())
        .configured("words of the text", text.ids().length)
        .configured("dimensions", settings.dimensions())
        .configured("window", settings.window())
        .configured("pairs of a word", settings.skips())
        .configured("batch", settings.batch())
        .configured("negatives", settings.negatives())
        .configured("learning-rate", settings.learningRate());
  }

  /**
   * Trains.
   *
   * @param state of an earlier run to go on with; null: from the beginning
   * @return whether it came to its end; otherwise the thread was interrupted
   */
  boolean train(Path state) throws IOException {
    training =
        state == null
            ? new SkipGramNce(session.kernels(), settings, text.ids())
            : SkipGramNce.resume(
                session.kernels(), settings, text.ids(), state, text.fingerprint());
    if (training.step() > steps) {
      long step = training.step();
      training.close();
      throw new BadInputException(
          "the training in %s is after step %d already; give --steps of at least that"
              .formatted(state, step));
    }
    if (state != null) {
      session.say("Going on after step %d.%n", training.step());
    }
    if (training.step() == 0 && advanceTo(1)) {
      session.say("Loss of the first step: %.1f%n", training.lastLoss());
    }
    while (training.step() < steps) {
      long next = Math.min(steps, (training.step() / printEvery + 1) * printEvery);
      if (!advanceTo(next)) {
        return false;
      }
      if (next % printEvery == 0) {
        report(next);
      }
    }
    if (Thread.currentThread().isInterrupted()) {
      return false;
    }
    if (training.stepsOfMeanLoss() > 0) {
      report(steps);
    }
    return true;
  }

  private boolean advanceTo(long step) {
    long before = training.step();
    long started = System.nanoTime();
    training.run(step - before);
    seconds += (System.nanoTime() - started) * 1e-9;
    timedSteps += training.step() - before;
    return training.step() == step;
  }

  private void report(long step) {
    // Of more or fewer steps than usual, if a run with another interval was taken up.
    long first = step - training.stepsOfMeanLoss() + 1;
    // The last one may be of fewer steps: a run with more of them goes on with that mean.
    boolean whole = step % printEvery == 0;
    double loss = whole ? training.takeMeanLoss() : training.meanLoss();
    losses.add(List.of(step, loss));
    session.record().loss("nce", step, (float) loss);
    if (whole || lastMeanOf.isEmpty()) {
      lastMeanOf = "mean loss of steps %d to %d".formatted(first, step);
      lastMean = loss;
    }
    if (first == step) {
      session.say("Loss of step %d: %.2f%n", step, loss);
    } else {
      session.say("Mean loss of steps %d to %d: %.2f%n", first, step, loss);
    }
    if (session.out() != null && whole && step / printEvery % LOSSES_TO_NEAREST == 0) {
      nearest(vectors())
          .forEach((word, near) -> session.say("  %s: %s%n", word, String.join(", ", near)));
    }
  }

  private WordVectors vectors() {
    return new WordVectors(words, settings.dimensions(), training.embeddings());
  }

  private Map<String, List<String>> nearest(WordVectors vectors) {
    Map<String, List<String>> nearest = new LinkedHashMap<>();
    List<List<Neighbour>> found = vectors.nearest(validation, NEAREST);
    for (int i = 0; i < validation.size(); i++) {
      nearest.put(validation.get(i), found.get(i).stream().map(Neighbour::word).toList());
    }
    return nearest;
  }

  /** Steps taken. */
  long step() {
    return training.step();
  }

  /** Keeps what a resumed run needs. */
  void save(Path file) throws IOException {
    training.save(file, text.fingerprint());
  }

  /** Writes vectors, nearest words and pictures. */
  Map<String, Object> finish() throws IOException {
    WordVectors vectors = vectors().normalized();
    measure();
    Map<String, List<String>> nearest = nearest(vectors);
    session
        .folder()
        .write(
            "embeddings.npy",
            file ->
                Npy.write(
                    file,
                    NpyArray.floats(
                        List.of((long) words.size(), (long) settings.dimensions()),
                        vectors.values())));
    session
        .folder()
        .write(
            "embeddings.words.txt",
            file -> AtomicFiles.writeString(file, String.join("\n", words) + "\n"));
    session.folder().write("nearest.csv", file -> writeNearest(file, nearest));
    drawLosses();
    draw(vectors);
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("losses", losses);
    report.put("stepsPerSecond", seconds == 0 ? 0 : timedSteps / seconds);
    report.put("nearest", nearest);
    training.close();
    return report;
  }

  /** What the record keeps; the times are of this run, not of one that it goes on with. */
  private void measure() {
    if (!lastMeanOf.isEmpty()) {
      session.record().measured(lastMeanOf, lastMean);
    }
    if (timedSteps > 0) {
      double stepsPerSecond = timedSteps / seconds;
      session.say("%.0f steps/s%n", stepsPerSecond);
      session
          .record()
          .measured("minutes of training", seconds / 60)
          .measured("steps per second", stepsPerSecond)
          .measured("words per second", stepsPerSecond * settings.batch() / settings.skips());
    }
  }

  private static void writeNearest(Path file, Map<String, List<String>> nearest)
      throws IOException {
    AtomicFiles.write(
        file,
        out -> {
          CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(out);
          List<String> head = new ArrayList<>(List.of("word"));
          for (int i = 1; i <= NEAREST; i++) {
            head.add("nearest " + i);
          }
          csv.writeRecord(head);
          nearest.forEach(
              (word, near) -> {
                List<String> row = new ArrayList<>(List.of(word));
                row.addAll(near);
                csv.writeRecord(row);
              });
          csv.flush();
        });
  }

  /** Of whole intervals: the mean of a step or two says nothing. */
  private void drawLosses() {
    double[][] points =
        losses.stream()
            .filter(loss -> loss.get(0).longValue() % printEvery == 0)
            .map(loss -> new double[] {loss.get(0).doubleValue(), loss.get(1).doubleValue()})
            .toArray(double[][]::new);
    if (points.length > 1) {
      session
          .folder()
          .write(
              "losses",
              new Figure(
                  new LineChart(
                          String.format(Locale.ROOT, "Mean loss of %,d steps", printEvery),
                          "step",
                          "NCE loss")
                      .logarithmic()
                      .add(
                          "training",
                          LineChart.Role.ALTERNATIVE,
                          Arrays.stream(points).mapToDouble(point -> point[0]).toArray(),
                          Arrays.stream(points).mapToDouble(point -> point[1]).toArray())));
    }
  }

  private void draw(WordVectors vectors) throws IOException {
    int count = Math.min(MAPPED_WORDS, words.size());
    float[] points = Arrays.copyOf(vectors.values(), count * settings.dimensions());
    Tsne tsne = new Tsne();
    Projection plane =
        (count > 90 ? tsne : tsne.perplexity(Math.max(1, count / 4.0)))
            .project(points, settings.dimensions());
    session.say("t-SNE of %d words: KL %.3f%n", count, plane.klDivergence());
    EmbeddingChart chart =
        new EmbeddingChart("The most frequent words", words.subList(0, count), plane);
    session.folder().write("words.png", chart::writePng);
    session.folder().write("words.svg", chart::writeSvg);
    if (!chart.leftOut().isEmpty()) {
      session.say("No room in the picture for: %s%n", String.join(" ", chart.leftOut()));
    }
  }
}
