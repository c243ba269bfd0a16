package dev.refrain;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/**
 * Programs in Python that results are held against. The interpreter is the system's, which has the
 * modules where Debian's packages are installed; {@code -Drefrain.python=PROGRAM} takes another.
 */
public final class Python {
  private static final String PROGRAM = System.getProperty("refrain.python", "/usr/bin/python3");

  /** Whether these modules, together, can be imported. */
  private static final Map<List<String>, Boolean> IMPORTED = new HashMap<>();

  private Python() {}

  /** Skips the test, and prints why, where a module cannot be imported. */
  public static void require(String... modules) throws IOException, InterruptedException {
    if (!imports(List.of(modules))) {
      String reason =
          "not held against Python: %s has not all of %s; on Debian, install %s"
              .formatted(
                  PROGRAM,
                  String.join(", ", modules),
                  Stream.of(modules).map(m -> "python3-" + m).collect(Collectors.joining(" ")));
      System.out.println(reason);
      throw new TestAbortedException(reason);
    }
  }

  /** Tried once for all tests: PyTorch alone takes longer to import than most tests take. */
  private static boolean imports(List<String> modules) throws IOException, InterruptedException {
    synchronized (IMPORTED) {
      Boolean known = IMPORTED.get(modules);
      if (known == null) {
        String program = modules.stream().map(m -> "import " + m).collect(Collectors.joining("; "));
        known = Files.isExecutable(Path.of(PROGRAM)) && start(program).exitCode == 0;
        IMPORTED.put(modules, known);
      }
      return known;
    }
  }

  /** Runs a program with arguments and returns the lines it printed; it must succeed. */
  public static List<String> run(String program, Object... arguments)
      throws IOException, InterruptedException {
    Outcome outcome = start(program, arguments);
    assertEquals(0, outcome.exitCode, outcome.output);
    return outcome.output.lines().toList();
  }

  private record Outcome(int exitCode, String output) {}

  private static Outcome start(String program, Object... arguments)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of(PROGRAM, "-W", "ignore", "-c", program));
    Stream.of(arguments).map(Object::toString).forEach(words::add);
    ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
    // Threads that wait spinning take minutes for seconds of work where cores are shared.
    builder.environment().put("OMP_NUM_THREADS", "1");
    builder.environment().put("OPENBLAS_NUM_THREADS", "1");
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Outcome(process.waitFor(), output);
  }
}
