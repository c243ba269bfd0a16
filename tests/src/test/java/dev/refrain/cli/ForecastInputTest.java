package dev.refrain.cli;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.refrain.kernels.Engine;
import dev.refrain.kernels.Engines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@code refrain forecast} refuses what it cannot work with: exit code 2, and one sentence that
 * names the file or value and the mend.
 */
class ForecastInputTest {
  private static final String MILK = "monthly-milk-production.csv";

  @TempDir private static Path folder;

  private static Session session;

  @BeforeAll
  static void begin() throws IOException {
    session = Session.in(folder);
  }

  @AfterAll
  static void end() {
    session.close();
  }

  static Stream<Arguments> badFiles() {
    String good = "month,sales,costs\n" + rows(1, 30);
    return Stream.of(
        Arguments.of("empty.csv", "", "empty"),
        Arguments.of("header.csv", "month,sales\n", "no rows"),
        Arguments.of("ragged.csv", "t,sales,costs\n" + rows(1, 20) + "21,5\n", "row 21"),
        Arguments.of("binary.csv", "PK\u0003\u0004\u0000\u0001\u0002", "binary.csv"),
        Arguments.of("word.csv", "sales\n1\n2\nmany\n4\n", "row 3"),
        Arguments.of("nan.csv", "sales\n1\n2\n3\nNaN\n", "row 4"),
        Arguments.of("gap.csv", "t,sales\n1,4\n2,\n3,5\n", "row 2"),
        Arguments.of(
            "missing-month.csv", "month,sales\n" + monthsWithoutMay(), "'1960-05' is missing"),
        Arguments.of("short.csv", "sales\n" + "1\n2\n".repeat(10), "8 rows to learn from"),
        Arguments.of("two-columns.csv", good, "--column"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badFiles")
  void badFilesAreRefusedByNameAndPlace(String name, String content, String words)
      throws Exception {
    Files.writeString(folder.resolve(name), content);
    session.run("forecast", name).refused("'" + name + "'", words);
  }

  static Stream<Arguments> badValues() {
    return Stream.of(
        Arguments.of("nowhere.csv", "there is no file 'nowhere.csv'"),
        Arguments.of("monthly-milk-productoin.csv", "did you mean 'monthly-milk-production.csv'"),
        Arguments.of(MILK + " --column Milk+Produktion", "'Milk Production'"),
        Arguments.of(MILK + " --window 0", "'0'"),
        Arguments.of(MILK + " --batch 0", "'--batch'"),
        Arguments.of(MILK + " --batch many", "'many'"),
        Arguments.of(MILK + " --units -3", "'-3'"),
        Arguments.of(MILK + " --window 155", "needs 157"),
        Arguments.of(MILK + " --window 2147483647", "needs 2147483647"),
        Arguments.of(MILK + " --season 500", "--season"),
        Arguments.of(MILK + " --season 2147483647", "--season"),
        Arguments.of(MILK + " --members 2147483647", "layers or members"),
        Arguments.of(MILK + " --units 100000", "fewer units"),
        Arguments.of(MILK + " --layers 200000000", "from 1 to 100"),
        Arguments.of(MILK + " --test-rows 168", "--test-rows"),
        Arguments.of(MILK + " --learning-rate 0", "'--learning-rate'"),
        Arguments.of(MILK + " --cell lsmt", "did you mean lstm"),
        Arguments.of(MILK + " --transform sqrt", "log-difference"),
        Arguments.of(MILK + " --device gpu", "choose one of auto"),
        Arguments.of(MILK + " --device cpu:x", "cpu:x"),
        Arguments.of(MILK + " --device reference --precision bf16", "FP32 or FP64, not in BF16"),
        Arguments.of(MILK + " --precision half", "'half' is not one of fp32, tf32"),
        Arguments.of(MILK + " --memory-fraction 1.5", "'1.5' is not a number above 0"),
        Arguments.of(MILK + " --horizon 2000000000", "at most 100000"),
        Arguments.of(MILK + " --seed 9223372036854775807", "--seed"),
        Arguments.of(MILK + " --out taken", "--out 'taken'"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badValues")
  void badValuesAreRefusedWithTheMend(String options, String words) throws Exception {
    Path taken = folder.resolve("taken");
    if (!Files.exists(taken)) {
      Files.createFile(taken);
    }
    List<String> all = new ArrayList<>(List.of("forecast"));
    Stream.of(options.split(" ")).map(word -> word.replace('+', ' ')).forEach(all::add);
    session.run(all.toArray(String[]::new)).refused(words);
  }

  @Test
  void aFolderThatCannotBeWrittenToIsRefusedBeforeTraining() throws Exception {
    Path locked = Files.createDirectory(folder.resolve("locked"));
    assumeFalse(
        !locked.toFile().setWritable(false) || Files.isWritable(locked),
        "this user may write everywhere");
    session
        .run("forecast", MILK, "--steps", "1000000000", "--out", "locked/results")
        .refused("locked/results", "permission denied");
  }

  @Test
  void aGpuThatIsMissingIsRefusedWithWhatIsMissing() throws Exception {
    assumeFalse(
        Engines.installed().stream()
            .filter(engine -> engine.name().equals("cuda"))
            .map(Engine::availability)
            .anyMatch(Engine.Availability::available),
        "there is a GPU");
    session.run("forecast", MILK, "--device", "cuda").refused("cuda");
  }

  @Test
  void aLogarithmOfNegativeValuesIsRefused() throws Exception {
    Files.writeString(folder.resolve("debts.csv"), "balance\n5\n-2\n" + "3\n4\n".repeat(20));
    session
        .run("forecast", "debts.csv", "--transform", "log")
        .refused("-2.0", "row 2", "--transform");
  }

  private static String rows(int from, int to) {
    StringBuilder rows = new StringBuilder();
    IntStream.rangeClosed(from, to)
        .forEach(row -> rows.append(row).append(',').append(row * row).append(",1\n"));
    return rows.toString();
  }

  private static String monthsWithoutMay() {
    StringBuilder rows = new StringBuilder();
    for (int month = 1; month <= 12; month++) {
      if (month != 5) {
        rows.append(String.format("1960-%02d,%d%n", month, month));
      }
    }
    return rows.toString();
  }
}
