package dev.refrain.series;

import dev.refrain.kernels.KernelException;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;

/** How networks are spread over launches: as many at once as fit, and fewer where they do not. */
final class Launches {
  /** Floats of activations that the networks of a launch may take: 512 MiB. */
  private static final long MOST_FLOATS = 128L << 20;

  private static final int MOST_GROUPS = 1_024;

  private final ForecastSettings settings;
  private final FrameShape shape;

  Launches(ForecastSettings settings, FrameShape shape) {
    this.settings = settings;
    this.shape = shape;
  }

  /** Cuts a list so that the networks of each part fit a launch. */
  <T> List<List<T>> cut(List<T> all, int window, Function<T, Integer> groups) {
    int most = most(window);
    List<List<T>> launches = new ArrayList<>();
    List<T> current = new ArrayList<>();
    long taken = 0;
    for (T each : all) {
      int more = groups.apply(each);
      if (!current.isEmpty() && taken + more > most) {
        launches.add(current);
        current = new ArrayList<>();
        taken = 0;
      }
      current.add(each);
      taken += more;
    }
    if (!current.isEmpty()) {
      launches.add(current);
    }
    return launches;
  }

  /** Networks that a launch takes. */
  int most(int window) {
    long floatsPerGroup = settings.activations(shape, window);
    return (int) Math.max(1, Math.min(MOST_GROUPS, MOST_FLOATS / Math.max(1, floatsPerGroup)));
  }

  /** Puts the halves of a launch that failed, as too large a one does, in the place of it. */
  static <T> void halve(
      List<T> launch,
      Deque<List<T>> waiting,
      StageProgress progress,
      int steps,
      KernelException e) {
    if (launch.size() < 2 || progress.begun()) {
      throw e;
    }
    int half = launch.size() / 2;
    waiting.push(List.copyOf(launch.subList(half, launch.size())));
    waiting.push(List.copyOf(launch.subList(0, half)));
    progress.more(steps);
  }
}
