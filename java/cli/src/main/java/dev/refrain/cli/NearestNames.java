package dev.refrain.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Suggests what a mistyped name may have meant. */
public final class NearestNames {
  private static final int MOST_SUGGESTIONS = 3;

  /** One mistake in about this many letters is still the same word. */
  private static final int LETTERS_A_MISTAKE = 3;

  private NearestNames() {}

  /**
   * Ranks the known names that are like a given one.
   *
   * @param name as typed
   * @param known the names there are
   * @return at most three, nearest first; empty if none is like it
   */
  public static List<String> of(String name, Collection<String> known) {
    String typed = name.toLowerCase(Locale.ROOT);
    int most = Math.max(1, name.length() / LETTERS_A_MISTAKE);
    return known.stream()
        .filter(candidate -> distance(typed, candidate) <= most)
        .sorted(Comparator.comparingInt(candidate -> distance(typed, candidate)))
        .limit(MOST_SUGGESTIONS)
        .toList();
  }

  /**
   * Words the suggestion for an error message.
   *
   * @param name as typed
   * @param known the names there are
   * @return such as {@code did you mean 'Passengers'?}, or the list of all names if none is like it
   */
  public static String suggestion(String name, Collection<String> known) {
    List<String> nearest = of(name, known);
    return nearest.isEmpty()
        ? "choose one of " + quoted(known, ", ")
        : "did you mean " + quoted(nearest, " or ") + "?";
  }

  private static String quoted(Collection<String> names, String separator) {
    return names.stream().map(name -> "'" + name + "'").collect(Collectors.joining(separator));
  }

  private static int distance(String typed, String candidate) {
    return editDistance(typed, candidate.toLowerCase(Locale.ROOT));
  }

  /**
   * The number of letters to insert, delete, replace or swap with a neighbour to get from one word
   * to the other (optimal string alignment).
   */
  static int editDistance(String a, String b) {
    int[][] distance = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          distance[i][j] = i + j;
          continue;
        }
        int replaced = distance[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        int nearest = Math.min(replaced, 1 + Math.min(distance[i - 1][j], distance[i][j - 1]));
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        distance[i][j] = swapped ? Math.min(nearest, distance[i - 2][j - 2] + 1) : nearest;
      }
    }
    return distance[a.length()][b.length()];
  }
}
