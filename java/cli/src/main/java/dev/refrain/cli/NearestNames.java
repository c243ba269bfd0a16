package dev.refrain.cli;

import dev.refrain.text.NearestSpellings;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/** Suggests what a mistyped name may have meant. */
public final class NearestNames {
  private NearestNames() {}

  /**
   * Ranks the known names that are like a given one.
   *
   * @param name as typed
   * @param known the names there are
   * @return at most three, nearest first; empty if none is like it
   */
  public static List<String> of(String name, Collection<String> known) {
    return NearestSpellings.of(name, known);
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
}
