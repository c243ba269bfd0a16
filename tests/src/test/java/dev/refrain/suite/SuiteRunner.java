package dev.refrain.suite;

import static org.junit.platform.engine.discovery.ClassNameFilter.excludeClassNamePatterns;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectPackage;
import static org.junit.platform.launcher.TagFilter.excludeTags;
import static org.junit.platform.launcher.TagFilter.includeTags;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs a part of the tests where there is no Maven, and writes a table of them.
 *
 * <p>Arguments: the file of the table, then {@code gpu} for all tests with that tag, or the names
 * of packages or classes, whose tests without it are run. Tests that need sources or a JDK are left
 * out. Exits with 0 when tests ran and none failed, with 3 when none ran; a run that is cut off
 * (SIGTERM) still writes its table.
 */
public final class SuiteRunner {
  private static final String GPU = "gpu";
  private static final String ROOT = "dev.refrain";

  /** These read the checkout, compile Java or draw pictures. */
  private static final String[] ELSEWHERE = {
    "dev\\.refrain\\.build\\..*", "dev\\.refrain\\.house\\..*", "dev\\.refrain\\.cli\\..*"
  };

  private SuiteRunner() {}

  /** See the class. */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length < 2) {
      System.err.println("usage: SuiteRunner TABLE gpu | SuiteRunner TABLE PACKAGE|CLASS ...");
      System.exit(2);
    }
    Path table = Path.of(arguments[0]);
    List<String> parts = List.of(arguments).subList(1, arguments.length);
    SuiteTable results = new SuiteTable(String.join(" ", parts), text -> write(table, text));
    Thread cutOff = new Thread(() -> write(table, results.cutOff()));
    Runtime.getRuntime().addShutdownHook(cutOff);
    Launcher launcher = LauncherFactory.create();
    for (String part : parts) {
      launcher.execute(request(part), results);
    }
    Runtime.getRuntime().removeShutdownHook(cutOff);
    write(table, results.text());
    System.out.println(results.summary());
    System.exit(results.exitCode());
  }

  private static LauncherDiscoveryRequest request(String part) {
    LauncherDiscoveryRequestBuilder builder =
        LauncherDiscoveryRequestBuilder.request().filters(excludeClassNamePatterns(ELSEWHERE));
    return part.equals(GPU)
        ? builder.selectors(selectPackage(ROOT)).filters(includeTags(GPU)).build()
        : builder.selectors(selector(part)).filters(excludeTags(GPU)).build();
  }

  private static DiscoverySelector selector(String name) {
    boolean isClass = Character.isUpperCase(name.charAt(name.lastIndexOf('.') + 1));
    return isClass ? selectClass(name) : selectPackage(name);
  }

  private static void write(Path table, String text) {
    try {
      Files.writeString(table, text);
    } catch (IOException e) {
      System.err.println("the table of the tests cannot be written: " + e);
    }
  }
}
