package dev.refrain.cli;

import dev.refrain.kernels.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** What to say where a command asks for more memory than there is. */
final class MemoryNeeds {
  /** Options that memory grows with. */
  private static final List<String> SIZES =
      List.of(
          "--units",
          "--batch",
          "--layers",
          "--window",
          "--members",
          "--horizon",
          "--ahead",
          "--seeds",
          "--origins");

  private static final double GIGA = 1e9;

  private MemoryNeeds() {}

  /**
   * Refuses what would fill the memory only to fail, or to be ended by the system.
   *
   * @param bytes that one network in training needs, about
   * @throws BadInputException if there are not so many
   */
  static void require(double bytes, Kernels kernels, ParseResult command) {
    long available = kernels.availableBytes();
    if (bytes > available) {
      throw new BadInputException(
          String.format(
              Locale.ROOT,
              "training one such network takes about %s of memory, and %s are available%s; %s",
              amount(bytes),
              amount((double) available),
              isLimited(command) ? " under the memory limit" : "",
              advice(command)));
    }
  }

  private static String amount(double bytes) {
    return bytes < GIGA / 10
        ? String.format(Locale.ROOT, "%.3f MB", bytes / 1e6)
        : String.format(Locale.ROOT, "%.1f GB", bytes / GIGA);
  }

  private static boolean isLimited(ParseResult command) {
    return command.hasMatchedOption("--memory-fraction")
        || command.hasMatchedOption("--memory-limit");
  }

  /** What to say when Java has no more memory. */
  static CommandFailedException full(OutOfMemoryError cause, ParseResult command) {
    return new CommandFailedException(
        String.format(
            Locale.ROOT,
            "Java's memory of %.1f GB is full; %s, or give it more with REFRAIN_JAVA_OPTS=-Xmx8g",
            Runtime.getRuntime().maxMemory() / GIGA,
            advice(command)),
        cause);
  }

  /** Names the sizes that were given, or those that usually matter. */
  private static String advice(ParseResult command) {
    List<String> given = new ArrayList<>();
    for (String name : SIZES) {
      OptionSpec option = command.matchedOption(name);
      if (option != null && !option.originalStringValues().isEmpty()) {
        given.add(name + " " + option.originalStringValues().get(0));
      }
    }
    return "lower " + (given.isEmpty() ? "the sizes asked for" : String.join(" or ", given));
  }
}
