package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReportCommandTest {
  @TempDir private Path folder;

  @Test
  void aRunsFolderBecomesOnePage() throws Exception {
    Refrain.run(folder, "tutorial milk --iterations 101 --neurons 5 --out m".split(" "))
        .endedWith(0);
    JsonObject object = Refrain.run(folder, "report", "m", "--json").endedWith(0).json();
    assertEquals(3, object.getAsJsonArray("charts").size());
    assertEquals(1, object.getAsJsonArray("tables").size());
    String page = Files.readString(folder.resolve("m/report.html"));
    assertTrue(page.contains("<title>refrain tutorial milk</title>"), "its title");
    assertTrue(page.contains("<th>iterations</th><td>101</td>"), "its configuration");
    assertTrue(page.contains("<th>MAE in pounds, lstm-relu</th>"), "its metrics");
    assertTrue(page.contains("<td class=\"number\">843</td>"), "its table");
    assertTrue(
        page.contains("1 input, LSTM of 5 units (relu, forget bias 1.0), projection to 1"),
        "its network");
    assertTrue(page.lastIndexOf("</svg>") < page.indexOf("generated.csv</h2>"), "charts first");
    assertEquals(3, page.split("<svg ").length - 1);
    assertTrue(page.contains("default-src 'none'"), "no scripts, nothing from elsewhere");
    requireUniqueNames(page);
  }

  /** Charts on one page must not clip each other. */
  private static void requireUniqueNames(String page) {
    Matcher names = Pattern.compile("id=\"([^\"]+)\"").matcher(page);
    Set<String> seen = new HashSet<>();
    while (names.find()) {
      assertTrue(seen.add(names.group(1)), names.group(1) + " is there twice");
    }
    Matcher uses = Pattern.compile("url\\(#([^)]+)\\)").matcher(page);
    while (uses.find()) {
      assertTrue(seen.contains(uses.group(1)), uses.group(1) + " is not there");
    }
  }

  @Test
  void whatIsInAFolderIsNotTrusted() throws Exception {
    Path run = Files.createDirectory(folder.resolve("r"));
    Files.writeString(
        run.resolve("run.json"),
        "{\"command\":\"<script>alert(1)</script>\",\"device\":\"<b>\",\"configuration\":"
            + "{\"<i>\":\"&\"},\"metrics\":{},\"losses\":{},\"files\":[]}");
    Files.writeString(run.resolve("bad.svg"), "<svg onload=\"alert(1)\"></svg>");
    Files.writeString(run.resolve("worse.svg"), "<svg><image href=\"http://x/y\"/></svg>");
    Files.writeString(run.resolve("t.csv"), "a,b\n<script>,\"x\"\n");
    Refrain.run(folder, "report", "r", "--html", "page.html").endedWith(0);
    String page = Files.readString(folder.resolve("page.html"));
    assertFalse(page.contains("<script"), page);
    assertFalse(page.contains("onload"), page);
    assertFalse(page.contains("http://x"), page);
    assertTrue(page.contains("&lt;script&gt;"), page);
    assertTrue(page.contains("bad.svg is left out"), page);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<svg><meta http-equiv=\"refresh\" content=\"0;http:x\"/></svg>",
        "<svg><a href='http://evil'><text>x</text></a></svg>",
        "<svg><path href='evil'/></svg>",
        "<svg><form action=\"evil\"/></svg>",
        "<svg></figure><h2>x</h2></svg>",
        "<svg></svg><h2>x</h2>",
        "<svg></svg><svg></svg>",
        "<svg><style>*{display:none}</style></svg>",
        "<svg><g style=\"fill:url(evil)\"/></svg>",
        "<svg><g ONclick=\"evil()\"/></svg>",
        "<svg><h:g xmlns:h=\"evil\"/></svg>",
        "<!DOCTYPE svg [<!ENTITY e SYSTEM \"/etc/passwd\">]><svg><text>&e;</text></svg>",
        "<g/>",
        "words"
      })
  void picturesOfMoreThanShapesAndWordsAreLeftOut(String svg) throws Exception {
    assertEquals(Optional.empty(), PlainSvg.of(svg, "p-"));
    Files.writeString(folder.resolve("bad.svg"), svg);
    String page = ReportPage.of(folder).html();
    assertTrue(page.contains("bad.svg is left out"), page);
    assertFalse(page.contains("<svg"), page);
  }

  @Test
  void picturesHoldOnlyWhatTheParserFound() {
    assertEquals(
        Optional.of(
            "<svg viewBox=\"0 0 9 8\" width=\"9\" height=\"8\"><g id=\"p-a\""
                + " style=\"clip-path:url(#p-b)\"><text>&lt;script&gt;</text></g></svg>"),
        PlainSvg.of(
            "<?xml version='1.0'?><!DOCTYPE svg><svg width='9' height='8'><!--> <script/> -->"
                + "<g id='a' style='clip-path:url(#b)'><text><![CDATA[<script>]]></text></g></svg>",
            "p-"));
  }

  @Test
  void ofLongTextsTheBeginningIsShown() throws Exception {
    Files.writeString(folder.resolve("words.txt"), "one\n".repeat(60) + "two\n".repeat(7));
    String page = ReportPage.of(folder).html();
    assertFalse(page.contains("two"), page);
    assertTrue(page.contains("<p>7 more lines in the file.</p>"), page);
  }

  @Test
  void onlyFilesOfTheRecordedRunAreShown() throws Exception {
    Files.writeString(
        folder.resolve("run.json"),
        "{\"command\":\"c\",\"device\":\"d\",\"configuration\":{},\"metrics\":{},"
            + "\"files\":[\"mine.txt\"]}");
    Files.writeString(folder.resolve("mine.txt"), "of this run");
    Files.writeString(folder.resolve("other.txt"), "of another run");
    Files.writeString(folder.resolve("model.safetensors"), "no model");
    String page = ReportPage.of(folder).html();
    assertTrue(page.contains("of this run"), page);
    assertFalse(page.contains("of another run"), page);
  }

  @Test
  void numbersOfAColumnAreShownAlike() throws Exception {
    Files.writeString(
        folder.resolve("t.csv"),
        """
        name,value,small,mixed,whole
        a,832.96694799,1e-9,1,834.0
        b,-1009.329774,0.25,x,12
        c,,0.5,2.123456789,7.0
        """);
    String page = ReportPage.of(folder).html();
    for (String shown :
        List.of(
            "<th class=\"number\">value</th>",
            "<td class=\"number\">832.97</td>",
            "<td class=\"number\">-1009.33</td>",
            "<td class=\"number\"></td>",
            "<td class=\"number\">1.000e-09</td>",
            "<td class=\"number\">0.250000</td>",
            "<td>2.123456789</td>",
            "<td class=\"number\">834</td>")) {
      assertTrue(page.contains(shown), () -> shown + " is not in " + page);
    }
  }

  @Test
  void filesThatAreNoTextAreLeftOutByName() throws Exception {
    Files.write(folder.resolve("a.txt"), new byte[] {(byte) 0xFF, 1});
    Files.write(folder.resolve("b.svg"), new byte[] {(byte) 0xFF, 1});
    Files.writeString(folder.resolve("c.txt"), "words");
    String page = ReportPage.of(folder).html();
    assertTrue(page.contains("a.txt is left out: it is no text in UTF-8"), page);
    assertTrue(page.contains("b.svg is left out: it is no text in UTF-8"), page);
    assertTrue(page.contains("<pre>words</pre>"), page);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"command\":\"c\",\"device\":\"d\",\"configuration\":[],\"metrics\":{}}",
        "{\"command\":null,\"device\":\"d\",\"configuration\":{},\"metrics\":{}}",
        "{}",
        "[]",
        "\u0000"
      })
  void recordsOfAnotherShapeAreRefused(String record) throws Exception {
    Files.writeString(folder.resolve("run.json"), record);
    BadInputException refused = assertThrows(BadInputException.class, () -> ReportPage.of(folder));
    assertTrue(refused.getMessage().contains("no record"), refused.getMessage());
  }

  @Test
  void namesThatLookLikeNumbersStayAsTheyAre() throws Exception {
    Files.writeString(folder.resolve("a.csv"), "series,code,value\n1e5,007,1e3\n2,010,2\n");
    String page = ReportPage.of(folder).html();
    for (String field : List.of("1e5", "007", "010", "1000")) {
      assertTrue(page.contains(">" + field + "</td>"), field + " is not in " + page);
    }
  }

  @Test
  void theRootFolderHasNoName() {
    Path root = folder.toAbsolutePath().getRoot();
    assertDoesNotThrow(() -> ReportPage.of(root));
  }

  @Test
  void numbersEndInADigit() {
    assertEquals("2", ReportPage.number(2.0000001));
    assertEquals("10", ReportPage.number(9.99999999));
    assertEquals("2.5", ReportPage.number(2.5));
    assertEquals("100", ReportPage.number(100));
  }

  @Test
  void foldersWithoutARunAreRefused() throws Exception {
    Refrain.run(folder, "report", "absent").refused("absent", "no folder");
    Files.createDirectory(folder.resolve("empty"));
    Refrain.run(folder, "report", "empty").refused("empty", "nothing to report");
    Files.writeString(Files.createDirectory(folder.resolve("b")).resolve("run.json"), "[1,");
    Refrain.run(folder, "report", "b").refused("run.json", "no record");
  }
}
