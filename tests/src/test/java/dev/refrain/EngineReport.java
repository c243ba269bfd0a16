package dev.refrain;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Counts the tests that ran on each engine, so that no run is green on nothing. Prints the counts,
 * or writes them where {@code -Drefrain.counts=FOLDER} says, a file for each JVM, which
 * tests/engine-counts sums up: Surefire runs each class as a plan of its own where it has several
 * JVMs.
 */
public final class EngineReport implements TestExecutionListener {
  private final Map<String, Integer> tests = new TreeMap<>();

  @Override
  public void executionStarted(TestIdentifier identifier) {
    if (identifier.isTest()) {
      TestEngine.takeOpened();
    }
  }

  @Override
  public void executionFinished(TestIdentifier identifier, TestExecutionResult result) {
    if (identifier.isTest() && result.getStatus() != TestExecutionResult.Status.ABORTED) {
      TestEngine.takeOpened().forEach(engine -> tests.merge(engine, 1, Integer::sum));
    }
  }

  @Override
  public void testPlanExecutionFinished(TestPlan plan) {
    StringBuilder report = new StringBuilder();
    tests.forEach((engine, count) -> report.append(String.format("  %-16s %6d%n", engine, count)));
    TestEngines.missing()
        .forEach(
            (engine, why) -> report.append(String.format("  %-16s   none: %s%n", engine, why)));
    String folder = System.getProperty("refrain.counts", "");
    if (folder.isEmpty()) {
      System.out.print("tests per engine:" + System.lineSeparator() + report);
      return;
    }
    try {
      Files.createDirectories(Path.of(folder));
      Files.writeString(Path.of(folder, ProcessHandle.current().pid() + ".txt"), report);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
