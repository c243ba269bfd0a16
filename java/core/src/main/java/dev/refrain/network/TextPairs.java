package dev.refrain.network;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Values in the metadata of a file. What cannot be read throws {@link IllegalArgumentException}
 * with the key, the value and what is wanted.
 */
final class TextPairs {
  private final Map<String, String> pairs;

  TextPairs(Map<String, String> pairs) {
    this.pairs = pairs;
  }

  String value(String key) {
    String value = pairs.get(key);
    if (value == null) {
      throw new IllegalArgumentException("'" + key + "' is missing");
    }
    return value;
  }

  int whole(String key) {
    try {
      return Integer.parseInt(value(key));
    } catch (NumberFormatException e) {
      throw unusable(key, value(key), "a whole number");
    }
  }

  double number(String key) {
    try {
      return Double.parseDouble(value(key));
    } catch (NumberFormatException e) {
      throw unusable(key, value(key), "a number");
    }
  }

  boolean flag(String key) {
    return switch (value(key)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw unusable(key, value(key), "true or false");
    };
  }

  <E extends Enum<E>> E constant(String key, E[] constants) {
    return Arrays.stream(constants)
        .filter(constant -> text(constant).equals(value(key)))
        .findFirst()
        .orElseThrow(() -> unusable(key, value(key), "one of " + texts(constants)));
  }

  static String text(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private static String texts(Enum<?>[] constants) {
    return List.of(constants).stream().map(TextPairs::text).collect(Collectors.joining(", "));
  }

  static IllegalArgumentException unusable(String key, String value, String wanted) {
    return new IllegalArgumentException("'" + key + "' is '" + value + "', not " + wanted);
  }
}
