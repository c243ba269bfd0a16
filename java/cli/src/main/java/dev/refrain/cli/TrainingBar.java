package dev.refrain.cli;

import dev.refrain.network.TrainingListener;
import dev.refrain.network.TrainingProgress;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressState;

/**
 * Shows how training goes: steps, loss, speed and time left. On a terminal that is one line, drawn
 * anew a few times a second; in a log or a pipe it is a plain line now and then, and at the end.
 */
final class TrainingBar implements TrainingListener, AutoCloseable {
  private static final int UPDATE_MILLIS = 200;
  private static final int DEFAULT_WIDTH = 80;
  private static final int BAR_WIDTH = 20;

  /** Seconds of training from one plain line to the next. */
  private static final double PLAIN_SECONDS = 2;

  private final String label;
  private final long most;

  /** What is counted. */
  private final String unit;

  /** Null where no line can be drawn anew. */
  private final ProgressBar bar;

  /** Null if nothing is shown. */
  private final PrintStream out;

  // Written by the training thread, read by the library's drawing one.
  private volatile String loss = "";
  private volatile double stepsPerSecond;

  private long steps;
  private double seconds;
  private double secondsAtPlainLine;

  /**
   * Writes to stderr.
   *
   * @param most training steps there will be, at least 1
   * @param wanted whether anything is to be shown at all
   */
  TrainingBar(long most, boolean wanted) {
    this("training", most, wanted);
  }

  /**
   * Writes to stderr.
   *
   * @param label what is going on, in a word
   * @param most training steps there will be, at least 1
   * @param wanted whether anything is to be shown at all
   */
  TrainingBar(String label, long most, boolean wanted) {
    this(label, most, wanted, "steps");
  }

  /**
   * Writes to stderr.
   *
   * @param label what is going on, in a word
   * @param most of what is counted
   * @param wanted whether anything is to be shown at all
   * @param unit what is counted, such as {@code words}
   */
  TrainingBar(String label, long most, boolean wanted, String unit) {
    this(
        label,
        most,
        wanted ? System.err : null,
        wanted && isTerminal() ? terminalWidth() : 0,
        canDrawBlocks(),
        unit);
  }

  /**
   * Writes to a stream.
   *
   * @param most training steps there will be, at least 1
   * @param out where to, or null for nowhere
   * @param width of the line that is drawn anew, or 0 for plain lines
   * @param blocks whether the stream can show block characters
   */
  TrainingBar(long most, PrintStream out, int width, boolean blocks) {
    this("training", most, out, width, blocks, "steps");
  }

  private TrainingBar(
      String label, long most, PrintStream out, int width, boolean blocks, String unit) {
    this.label = label;
    this.most = most;
    this.unit = unit;
    this.out = out;
    this.bar =
        out == null || width == 0
            ? null
            : new ProgressBarBuilder()
                .setInitialMax(most)
                .setUpdateIntervalMillis(UPDATE_MILLIS)
                .setRenderer((state, length) -> padded(line(state, blocks ? '█' : '#'), length))
                .setConsumer(new Line(out, width))
                .build();
  }

  @Override
  public void onProgress(TrainingProgress progress) {
    seconds += (progress.step() - steps) / progress.stepsPerSecond();
    steps = progress.step();
    stepsPerSecond = steps / seconds;
    loss = String.format(Locale.ROOT, "loss %.4g", progress.loss());
    if (bar != null) {
      bar.stepTo(steps);
    } else if (out != null && (steps == most || seconds >= secondsAtPlainLine + PLAIN_SECONDS)) {
      secondsAtPlainLine = seconds;
      out.println(label + ": " + figures(steps));
    }
  }

  /** Mean over all steps so far; 0 before the first. */
  double stepsPerSecond() {
    return stepsPerSecond;
  }

  /** Draws the last line and ends it. */
  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      out.println();
    }
  }

  /**
   * A line of known width, so that the library does not look for the terminal's; and ended by
   * {@link #close()} alone, since the library forgets to end a line that was drawn once only.
   */
  private static final class Line extends ConsoleProgressBarConsumer {
    Line(PrintStream out, int width) {
      super(out, width);
    }

    @Override
    public void close() {}
  }

  private String line(ProgressState state, char block) {
    int filled = (int) Math.round(BAR_WIDTH * Math.min(1, state.getNormalizedProgress()));
    return "|"
        + String.valueOf(block).repeat(filled)
        + " ".repeat(BAR_WIDTH - filled)
        + "| "
        + figures(state.getCurrent());
  }

  private String figures(long current) {
    return String.format(
        Locale.ROOT,
        "%d/%d  %s  %.0f %s/s  %s",
        current,
        most,
        loss,
        stepsPerSecond,
        unit,
        timeLeft(most - current));
  }

  /** Covers what a longer line before has left. */
  private static String padded(String line, int length) {
    return line + " ".repeat(Math.max(0, length - line.length()));
  }

  private String timeLeft(long stepsLeft) {
    if (stepsPerSecond == 0) {
      return "";
    }
    Duration left = Duration.ofSeconds((long) Math.ceil(stepsLeft / stepsPerSecond));
    return left.toHours() == 0
        ? String.format(Locale.ROOT, "%d:%02d left", left.toMinutes(), left.toSecondsPart())
        : String.format(
            Locale.ROOT,
            "%d:%02d:%02d left",
            left.toHours(),
            left.toMinutesPart(),
            left.toSecondsPart());
  }

  /**
   * Java can tell whether stdin and stdout are terminals, but not stderr: so the system's own test
   * is asked. A system that has none is taken to have no terminal.
   */
  private static boolean isTerminal() {
    try {
      Process test =
          new ProcessBuilder("test", "-t", "2")
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      return test.waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static int terminalWidth() {
    String columns = System.getenv("COLUMNS");
    return columns != null && columns.matches("[1-9]\\d{0,3}")
        ? Integer.parseInt(columns)
        : DEFAULT_WIDTH;
  }

  private static boolean canDrawBlocks() {
    String encoding =
        System.getProperty("stderr.encoding", System.getProperty("sun.stderr.encoding"));
    Charset charset = encoding == null ? Charset.defaultCharset() : Charset.forName(encoding);
    return charset.newEncoder().canEncode('█');
  }
}
