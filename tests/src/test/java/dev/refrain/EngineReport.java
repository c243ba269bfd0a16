package dev.refrain;

import java.util.Map;
import java.util.TreeMap;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Counts the tests that ran on each engine and prints the counts, so that no run is green on
 * nothing.
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
    StringBuilder report = new StringBuilder("tests per engine:");
    tests.forEach((engine, count) -> report.append(String.format("%n  %-14s %6d", engine, count)));
    TestEngines.missing()
        .forEach(
            (engine, why) -> report.append(String.format("%n  %-14s   none: %s", engine, why)));
    System.out.println(report);
  }
}
