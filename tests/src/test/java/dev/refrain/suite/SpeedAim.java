package dev.refrain.suite;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One of the aims that {@code benchmarks/native/gpu/aims.h} has for a step.
 *
 * @param text as it stands there
 * @param number at least so many, or for a time at most
 * @param unit what of
 */
record SpeedAim(String text, double number, String unit) {
  private static final Pattern AIM =
      Pattern.compile("([0-9.]+) (us|x PyTorch eager|x PyTorch|models/s)");

  /** Steps of a fleet's training, by which a time becomes trained models a second. */
  private static final double STEPS_OF_MODEL = 4000;

  /** Whether it is reached. */
  enum Outcome {
    REACHED,
    MISSED,
    NOT_KNOWN
  }

  /**
   * Microseconds of a step; NaN where they are not known.
   *
   * @param ours the engine's own
   * @param groups that it trains at once
   * @param eager PyTorch's
   * @param graph PyTorch's as a CUDA graph
   * @param wrong whether the engine's result is wrong, which makes its time worth nothing
   */
  record Times(double ours, double groups, double eager, double graph, boolean wrong) {
    /** PyTorch's as who knows it well would run it. */
    double fastest() {
      return Double.isNaN(graph) ? eager : Math.min(eager, graph);
    }
  }

  /** Reads {@code 120 us, 10 x PyTorch eager}; what was measured of it may follow a colon. */
  static List<SpeedAim> read(String cell) {
    List<SpeedAim> aims = new ArrayList<>();
    for (String text : cell.replaceFirst(":.*", "").split(", ", -1)) {
      Matcher aim = AIM.matcher(text.strip());
      if (aim.matches()) {
        aims.add(new SpeedAim(text.strip(), Double.parseDouble(aim.group(1)), aim.group(2)));
      } else if (!text.strip().equals("-")) {
        throw new IllegalArgumentException("the aim '" + text + "' is not understood");
      }
    }
    return aims;
  }

  Outcome judge(Times times) {
    if (times.wrong()) {
      return Outcome.MISSED;
    }
    double margin =
        switch (unit) {
          case "us" -> number / times.ours();
          case "x PyTorch eager" -> times.eager() / times.ours() / number;
          case "x PyTorch" -> times.fastest() / times.ours() / number;
          default -> times.groups() / (STEPS_OF_MODEL * 1e-6 * times.ours()) / number;
        };
    if (Double.isNaN(margin)) {
      return Outcome.NOT_KNOWN;
    }
    return margin >= 1 ? Outcome.REACHED : Outcome.MISSED;
  }

  String tell(Times times) {
    return text
        + switch (judge(times)) {
          case REACHED -> ": reached";
          case MISSED -> times.wrong() ? ": missed, the result is wrong" : ": missed";
          case NOT_KNOWN -> ": not known";
        };
  }
}
