package dev.refrain.io;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON as RFC 8259 says, read strictly: no comments, no trailing commas, no key twice, nothing
 * behind the value, at most {@value #MAX_DEPTH} levels. Objects become {@link Map}s that keep their
 * order, arrays {@link List}s, whole numbers within 64 bits {@link Long}s and other numbers {@link
 * Double}s; null stays null.
 */
final class Json {
  static final int MAX_DEPTH = 64;

  private final String text;
  private int position;
  private int depth;

  private Json(String text) {
    this.text = text;
  }

  /** Text that is not JSON; the message says what was found, and where. */
  static final class SyntaxException extends Exception {
    private static final long serialVersionUID = 1L;

    private SyntaxException(String message) {
      super(message);
    }
  }

  /** Reads one value. */
  static Object parse(String text) throws SyntaxException {
    Json json = new Json(text);
    json.skipSpace();
    Object value = json.value();
    json.skipSpace();
    if (json.position < text.length()) {
      throw json.unexpected("the end");
    }
    return value;
  }

  /** A string as JSON writes it, quotes included. */
  static String quote(String value) {
    StringBuilder out = new StringBuilder(value.length() + 2).append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c == '\n') {
        out.append("\\n");
      } else if (c < 0x20 || Character.isSurrogate(c)) {
        // Escaped, so that a lone surrogate survives the way through UTF-8.
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }

  /** The bytes of {@link #quote} in UTF-8, without the quotes. */
  static long escapedBytes(String value) {
    long bytes = 0;
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\' || c == '\n') {
        bytes += 2;
      } else if (c < 0x20 || Character.isSurrogate(c)) {
        bytes += 6;
      } else {
        bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
      }
    }
    return bytes;
  }

  private Object value() throws SyntaxException {
    return switch (peek()) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> string();
      case 't' -> literal("true", true);
      case 'f' -> literal("false", false);
      case 'n' -> literal("null", null);
      default -> number();
    };
  }

  private Map<String, Object> object() throws SyntaxException {
    Map<String, Object> members = new LinkedHashMap<>();
    enter();
    if (!closes('}')) {
      do {
        skipSpace();
        if (peek() != '"') {
          throw unexpected("a key in quotes");
        }
        String key = string();
        if (members.containsKey(key)) {
          throw new SyntaxException("the key " + quote(key) + " stands twice" + where());
        }
        skipSpace();
        expect(':');
        skipSpace();
        members.put(key, value());
      } while (continues('}'));
    }
    depth--;
    return members;
  }

  private List<Object> array() throws SyntaxException {
    List<Object> elements = new ArrayList<>();
    enter();
    if (!closes(']')) {
      do {
        skipSpace();
        elements.add(value());
      } while (continues(']'));
    }
    depth--;
    return elements;
  }

  private void enter() throws SyntaxException {
    position++;
    depth++;
    if (depth > MAX_DEPTH) {
      throw new SyntaxException("more than " + MAX_DEPTH + " levels" + where());
    }
  }

  private boolean closes(char end) throws SyntaxException {
    skipSpace();
    if (peek() == end) {
      position++;
      return true;
    }
    return false;
  }

  private boolean continues(char end) throws SyntaxException {
    skipSpace();
    if (peek() == ',') {
      position++;
      return true;
    }
    if (peek() == end) {
      position++;
      return false;
    }
    throw unexpected("',' or '" + end + "'");
  }

  private String string() throws SyntaxException {
    StringBuilder out = new StringBuilder();
    position++;
    while (peek() != '"') {
      char c = text.charAt(position);
      if (c < 0x20) {
        throw unexpected("an escaped control character");
      }
      position++;
      out.append(c == '\\' ? escaped() : c);
    }
    position++;
    return out.toString();
  }

  private char escaped() throws SyntaxException {
    char c = peek();
    if ("\"\\/bfnrtu".indexOf(c) < 0) {
      throw unexpected("an escape");
    }
    position++;
    return switch (c) {
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> unicode();
      default -> c;
    };
  }

  private char unicode() throws SyntaxException {
    int code = 0;
    for (int i = 0; i < 4; i++) {
      char c = peek();
      int digit = c < 0x80 ? Character.digit(c, 16) : -1;
      if (digit < 0) {
        throw unexpected("a hexadecimal digit");
      }
      code = code * 16 + digit;
      position++;
    }
    return (char) code;
  }

  private Object number() throws SyntaxException {
    int start = position;
    boolean whole = true;
    if (peek() == '-') {
      position++;
    }
    if (peek() == '0') {
      position++;
    } else {
      digits();
    }
    if (position < text.length() && text.charAt(position) == '.') {
      whole = false;
      position++;
      digits();
    }
    if (position < text.length() && (text.charAt(position) | 0x20) == 'e') {
      whole = false;
      position++;
      if (peek() == '+' || peek() == '-') {
        position++;
      }
      digits();
    }
    return number(text.substring(start, position), whole);
  }

  private static Object number(String digits, boolean whole) {
    if (whole) {
      try {
        return Long.valueOf(digits);
      } catch (NumberFormatException tooLong) {
        return Double.valueOf(digits);
      }
    }
    return Double.valueOf(digits);
  }

  private void digits() throws SyntaxException {
    if (peek() < '0' || peek() > '9') {
      throw unexpected("a digit");
    }
    while (position < text.length()
        && text.charAt(position) >= '0'
        && text.charAt(position) <= '9') {
      position++;
    }
  }

  private Object literal(String word, Object value) throws SyntaxException {
    if (!text.startsWith(word, position)) {
      throw unexpected("a value");
    }
    position += word.length();
    return value;
  }

  private void expect(char wanted) throws SyntaxException {
    if (peek() != wanted) {
      throw unexpected("'" + wanted + "'");
    }
    position++;
  }

  private char peek() throws SyntaxException {
    if (position >= text.length()) {
      throw new SyntaxException("the text ends too early, after " + position + " characters");
    }
    return text.charAt(position);
  }

  private void skipSpace() {
    while (position < text.length() && " \t\n\r".indexOf(text.charAt(position)) >= 0) {
      position++;
    }
  }

  private SyntaxException unexpected(String wanted) {
    return new SyntaxException(
        "expected "
            + wanted
            + " but found "
            + quote(text.substring(position, position + 1))
            + where());
  }

  private String where() {
    return " at character " + position;
  }
}
