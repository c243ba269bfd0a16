package dev.refrain.build;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What a program did.
 *
 * @param exitCode of the process
 * @param output standard output and error, as they came
 */
record Command(int exitCode, String output) {

  /** Runs a program to its end, in a folder and with variables added to the environment. */
  static Command run(Path folder, Map<String, String> environment, List<String> words)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(words).directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Command(process.waitFor(), output);
  }

  /** Runs a program that must succeed. */
  static Command succeed(Path folder, String... words) throws IOException, InterruptedException {
    Command command = run(folder, Map.of(), List.of(words));
    if (command.exitCode != 0) {
      throw new AssertionError(
          String.join(" ", words) + " ended with " + command.exitCode + ":\n" + command.output);
    }
    return command;
  }

  /** Whether one of the folders of PATH holds a program of this name. */
  static boolean isInstalled(String program) {
    return Arrays.stream(System.getenv("PATH").split(":", -1))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }
}
