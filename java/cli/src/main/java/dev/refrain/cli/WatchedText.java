package dev.refrain.cli;

import dev.refrain.text.WordSink;
import dev.refrain.text.WordSource;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/**
 * A text that tells people how far the reading of it is: a line every two seconds, and one when all
 * is read. A text is read several times before anything is trained on it, each time for another
 * purpose.
 */
public final class WatchedText implements WordSource {
  private static final long LINE_NANOS = 2_000_000_000L;

  /** From one look at the clock to the next; a power of two. */
  private static final long LOOK_WORDS = 1 << 14;

  private final WordSource text;
  private final List<String> purposes;
  private final PrintWriter out;
  private int reading;
  private long total;

  /**
   * Watches a text.
   *
   * @param purposes what each reading is for, in order
   * @param out where lines go
   */
  public WatchedText(WordSource text, List<String> purposes, PrintWriter out) {
    this.text = text;
    this.purposes = List.copyOf(purposes);
    this.out = out;
  }

  @Override
  public void read(WordSink sink) throws IOException {
    Watcher watcher = new Watcher(sink, purposes.get(Math.min(reading, purposes.size() - 1)));
    text.read(watcher);
    watcher.end();
    reading++;
    total = watcher.words;
  }

  /** The text's own name, for messages. */
  @Override
  public String toString() {
    return text.toString();
  }

  private final class Watcher implements WordSink {
    private final WordSink sink;
    private final String purpose;
    private final long begun = System.nanoTime();
    private long lineAt = begun;
    private long words;

    Watcher(WordSink sink, String purpose) {
      this.sink = sink;
      this.purpose = purpose;
    }

    @Override
    public void word(byte[] bytes, int from, int to) throws IOException {
      sink.word(bytes, from, to);
      words++;
      if ((words & (LOOK_WORDS - 1)) == 0) {
        long now = System.nanoTime();
        if (now - lineAt >= LINE_NANOS) {
          lineAt = now;
          say(now, false);
        }
      }
    }

    @Override
    public void sentenceEnd() throws IOException {
      sink.sentenceEnd();
    }

    void end() {
      say(System.nanoTime(), true);
    }

    private void say(long now, boolean done) {
      double seconds = (now - begun) * 1e-9;
      String end = "";
      if (done) {
        end = String.format(Locale.ROOT, " in %.1f s", seconds);
      } else if (total > words) {
        end =
            String.format(
                Locale.ROOT,
                " of %,d  %.0f s left",
                total,
                Math.ceil(seconds * (total - words) / words));
      }
      out.printf(Locale.ROOT, "%s: %,d words%s%n", purpose, words, end);
      out.flush();
    }
  }
}
