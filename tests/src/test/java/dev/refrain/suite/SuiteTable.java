package dev.refrain.suite;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import java.util.regex.Pattern;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/**
 * What became of the tests: a table by class, why tests were skipped, and what failed. No folder of
 * the machine shows in it.
 */
final class SuiteTable implements TestExecutionListener {
  private static final Pattern PATH = Pattern.compile("(?:/[A-Za-z0-9._+-]+){2,}/?");
  private static final int NOTHING_RAN = 3;
  private static final int MOST_FAILURES = 40;
  private static final int MOST_CHARACTERS = 600;

  private static final class Row {
    int passed;
    int failed;
    int skipped;
    long nanos;
  }

  private final String part;
  private final Consumer<String> soFar;
  private final long begin = System.nanoTime();
  private final Map<String, Row> rows = new TreeMap<>();
  private final Map<String, Integer> reasons = new TreeMap<>();
  private final List<String> failures = new ArrayList<>();
  private final Map<String, Long> started = new TreeMap<>();
  private String running = "nothing";

  /**
   * An empty one.
   *
   * @param part what is run
   * @param soFar told the table after each class: the machine may be taken away at any time
   */
  SuiteTable(String part, Consumer<String> soFar) {
    this.part = part;
    this.soFar = soFar;
  }

  @Override
  public synchronized void executionStarted(TestIdentifier test) {
    started.put(test.getUniqueId(), System.nanoTime());
    if (test.isTest()) {
      running = className(test) + " " + test.getDisplayName();
    } else if (test.getSource().filter(ClassSource.class::isInstance).isPresent()) {
      // where a test hangs, this line says where
      System.out.println("running " + className(test));
    }
  }

  @Override
  public synchronized void executionSkipped(TestIdentifier test, String reason) {
    row(test).skipped++;
    reasons.merge(reason, 1, Integer::sum);
  }

  @Override
  public synchronized void executionFinished(TestIdentifier test, TestExecutionResult result) {
    if (test.isTest()) {
      count(test, result);
    } else if (result.getStatus() == TestExecutionResult.Status.FAILED) {
      row(test).failed++;
      tell(test, result);
    } else if (result.getStatus() == TestExecutionResult.Status.ABORTED) {
      row(test).skipped++;
      reasons.merge(message(result), 1, Integer::sum);
    }
    if (test.getSource().filter(ClassSource.class::isInstance).isPresent()) {
      soFar.accept("Not ended:\n\n" + text());
    }
  }

  private void count(TestIdentifier test, TestExecutionResult result) {
    Row row = row(test);
    row.nanos += System.nanoTime() - started.getOrDefault(test.getUniqueId(), System.nanoTime());
    running = "nothing";
    switch (result.getStatus()) {
      case SUCCESSFUL -> row.passed++;
      case ABORTED -> {
        row.skipped++;
        reasons.merge(message(result), 1, Integer::sum);
      }
      case FAILED -> {
        row.failed++;
        tell(test, result);
      }
    }
  }

  private void tell(TestIdentifier test, TestExecutionResult result) {
    String where = className(test) + ", " + test.getDisplayName();
    System.out.println("FAILED " + where);
    result.getThrowable().ifPresent(cause -> cause.printStackTrace(System.out));
    failures.add(withoutPaths(where + ": " + message(result)));
  }

  private Row row(TestIdentifier test) {
    return rows.computeIfAbsent(className(test), name -> new Row());
  }

  private static String className(TestIdentifier test) {
    return test.getSource()
        .map(
            source ->
                source instanceof MethodSource method
                    ? method.getClassName()
                    : source instanceof ClassSource type ? type.getClassName() : null)
        .map(name -> name.replaceFirst("^dev\\.refrain\\.", ""))
        .orElse(test.getDisplayName());
  }

  private static String message(TestExecutionResult result) {
    Optional<Throwable> cause = result.getThrowable();
    return cause.map(Throwable::getMessage).orElse(cause.map(Throwable::toString).orElse("-"));
  }

  private static String withoutPaths(String text) {
    String oneLine = PATH.matcher(text).replaceAll("PATH").replaceAll("\\s+", " ").strip();
    return oneLine.length() <= MOST_CHARACTERS
        ? oneLine
        : oneLine.substring(0, MOST_CHARACTERS) + "...";
  }

  private int sum(ToIntFunction<Row> count) {
    return rows.values().stream().mapToInt(count).sum();
  }

  /** 0: tests ran and none failed; 1: some failed; 3: none ran. */
  synchronized int exitCode() {
    if (!failures.isEmpty()) {
      return 1;
    }
    return sum(row -> row.passed) > 0 ? 0 : NOTHING_RAN;
  }

  private String verdict() {
    return switch (exitCode()) {
      case 0 -> "ok";
      case NOTHING_RAN -> "NOTHING RAN";
      default -> "FAILED";
    };
  }

  /** One line. */
  synchronized String summary() {
    return String.format(
        Locale.ROOT,
        "%s: %d passed, %d failed, %d skipped in %.0f s: %s",
        part,
        sum(row -> row.passed),
        sum(row -> row.failed),
        sum(row -> row.skipped),
        (System.nanoTime() - begin) * 1e-9,
        verdict());
  }

  /** The table of a run that was ended from outside. */
  synchronized String cutOff() {
    String end = "cut off while running " + withoutPaths(running);
    failures.add(end);
    System.out.println(summary() + ", " + end);
    return text();
  }

  /** The whole table. */
  synchronized String text() {
    StringBuilder text = new StringBuilder();
    text.append(summary()).append("\n\n");
    text.append("| tests of | passed | failed | skipped | seconds |\n|---|---|---|---|---|\n");
    rows.forEach(
        (name, row) ->
            text.append(
                String.format(
                    Locale.ROOT,
                    "| %s | %d | %d | %d | %.1f |%n",
                    name,
                    row.passed,
                    row.failed,
                    row.skipped,
                    row.nanos * 1e-9)));
    if (!reasons.isEmpty()) {
      text.append("\nSkipped:\n\n");
      reasons.forEach(
          (reason, count) ->
              text.append("* ")
                  .append(count)
                  .append(" times: ")
                  .append(withoutPaths(reason))
                  .append('\n'));
    }
    if (!failures.isEmpty()) {
      text.append("\nFailed:\n\n");
      failures.stream()
          .limit(MOST_FAILURES)
          .forEach(each -> text.append("* ").append(each).append('\n'));
      if (failures.size() > MOST_FAILURES) {
        text.append("* and ").append(failures.size() - MOST_FAILURES).append(" more\n");
      }
    }
    return text.toString();
  }
}
