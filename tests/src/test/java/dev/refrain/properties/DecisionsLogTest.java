package dev.refrain.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.refrain.TestEngine;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LstmCell;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Decisions reach the log that an application sees, slf4j-simple's, which reads its levels when a
 * JVM makes its first logger: hence one of its own.
 */
class DecisionsLogTest {
  private static final String CUDA_KERNELS = "dev.refrain.TestEngines#cudaKernels";
  private static final String LEVEL =
      "-Dorg.slf4j.simpleLogger.log.dev.refrain.kernels.decisions=debug";
  private static final List<String> PASSED_ON =
      List.of("refrain.emulated.library", "org.bytedeco.javacpp.cachedir");

  /** A program that runs a layer twice on the engine that its arguments name. */
  static final class Program {
    private Program() {}

    public static void main(String... arguments) {
      LayerRun layer = LayerRun.random(new LstmCell(Activation.TANH), 1, 6, 5, 3, 61);
      TestEngine engine = new TestEngine(arguments[0], arguments[1]);
      try (Kernels kernels = engine.open(EngineOptions.DEFAULT.libraries(Set.of()))) {
        layer.on(kernels);
        layer.on(kernels);
      }
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource(CUDA_KERNELS)
  void eachIsLoggedOnceWhereTheLogHears(TestEngine engine) throws Exception {
    List<String> lines = run(engine, LEVEL);
    assertEquals(1, count(lines, "DEBUG lstm G=1 T=6 N=5 I=3 H=61 "), lines::toString);
    assertEquals(1, count(lines, "DEBUG product m=30 n=244 k=3 "), lines::toString);
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource(CUDA_KERNELS)
  void noneIsLoggedWhereItDoesNot(TestEngine engine) throws Exception {
    List<String> lines = run(engine, "-Dnothing=asked");
    assertEquals(0, count(lines, " G=1 T=6 "), lines::toString);
    assertEquals(0, count(lines, "product m="), lines::toString);
  }

  private static long count(List<String> lines, String words) {
    return lines.stream().filter(line -> line.contains(words)).count();
  }

  private static List<String> run(TestEngine engine, String option) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add(option);
    for (String name : PASSED_ON) {
      if (System.getProperty(name) != null) {
        command.add("-D" + name + "=" + System.getProperty(name));
      }
    }
    String classPath = System.getProperty("java.class.path");
    command.add("-cp");
    command.add(System.getProperty("surefire.test.class.path", classPath));
    command.addAll(List.of(Program.class.getName(), engine.engine(), engine.variant()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output.lines().toList();
  }
}
