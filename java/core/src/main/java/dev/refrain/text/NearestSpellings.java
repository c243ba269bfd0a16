package dev.refrain.text;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Finds the words that a mistyped one may have meant. */
public final class NearestSpellings {
  private static final int MOST_SUGGESTIONS = 3;

  /** One mistake in about this many letters is still the same word. */
  private static final int LETTERS_A_MISTAKE = 3;

  private NearestSpellings() {}

  /**
   * Ranks the known words that are like a given one; upper and lower case are the same.
   *
   * @param word as typed
   * @param known the words there are; of equally near ones the first are taken
   * @return at most three, nearest first; empty if none is like it
   */
  public static List<String> of(String word, Collection<String> known) {
    String typed = word.toLowerCase(Locale.ROOT);
    int most = Math.max(1, word.length() / LETTERS_A_MISTAKE);
    return known.stream()
        .filter(candidate -> Math.abs(candidate.length() - typed.length()) <= most)
        .map(candidate -> new Candidate(candidate, distance(typed, candidate)))
        .filter(candidate -> candidate.distance <= most)
        .sorted(Comparator.comparingInt(Candidate::distance))
        .limit(MOST_SUGGESTIONS)
        .map(Candidate::word)
        .toList();
  }

  private record Candidate(String word, int distance) {}

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
