package dev.refrain.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

  @Test
  void readsEveryKindOfValue() throws Json.SyntaxException {
    Map<?, ?> value =
        (Map<?, ?>)
            Json.parse(
                " {\"a\" : [1, -2.5e1, 0, true,\tfalse, null],\r\n"
                    + " \"b\":{}, \"c\":[ ], \"d\":\"\"} ");
    assertEquals(Arrays.asList(1L, -25.0, 0L, true, false, null), value.get("a"));
    assertEquals(Map.of(), value.get("b"));
    assertEquals(List.of(), value.get("c"));
    assertEquals("", value.get("d"));
    assertEquals(List.of("a", "b", "c", "d"), new ArrayList<>(value.keySet()));
  }

  @Test
  void wholeNumbersAreWholeAsFarAsTheyFit() throws Json.SyntaxException {
    assertEquals(Long.MAX_VALUE, Json.parse("9223372036854775807"));
    assertEquals(Long.MIN_VALUE, Json.parse("-9223372036854775808"));
    assertEquals(0x1p63, Json.parse("9223372036854775808"));
    assertEquals(1.0, Json.parse("1.0"));
    assertEquals(100.0, Json.parse("1E+2"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "plain", "\"\\/\b\f\n\r\t\u0001", "größer, 模型, 🐄", "lone \ud83d surrogate"})
  void stringsComeBack(String text) throws Json.SyntaxException {
    assertEquals(text, Json.parse(Json.quote(text)));
  }

  @Test
  void readsEscapes() throws Json.SyntaxException {
    assertEquals(
        "\"\\/\b\f\n\r\té🐄", Json.parse("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00E9\\uD83D\\udc04\""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "\"a",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{,}",
        "{\"a\":1,}",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\" 1}",
        "{a:1}",
        "{1:1}",
        "'a'",
        "tru",
        "True",
        "nul",
        "nan",
        "NaN",
        "Infinity",
        "+1",
        "-",
        "01",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x1",
        "--1",
        "1 1",
        "{} {}",
        "[]]",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\u+123\"",
        "\"\n\"",
        "\"\u0000\"",
        "// no\n1",
        "1 /**/",
        "\ufeff1",
        "\u00a01",
        "{\"a\":1,\"a\":2}",
        "[\"\\\"]",
        "undefined",
        "\"\\u\uff11\uff11\uff11\uff11\""
      })
  void refusesWhatIsNotJson(String text) {
    assertThrows(Json.SyntaxException.class, () -> Json.parse(text));
  }

  @Test
  void saysWhatWasFoundAndWhere() {
    String message =
        assertThrows(Json.SyntaxException.class, () -> Json.parse("{\"a\":[1;2]}")).getMessage();
    assertTrue(message.contains("\";\"") && message.contains("character 7"), message);
  }

  @Test
  void depthIsBounded() throws Json.SyntaxException {
    int most = Json.MAX_DEPTH;
    Json.parse("[".repeat(most) + "]".repeat(most));
    assertThrows(
        Json.SyntaxException.class, () -> Json.parse("[".repeat(most + 1) + "]".repeat(most + 1)));
    assertThrows(Json.SyntaxException.class, () -> Json.parse("[".repeat(1_000_000)));
  }
}
