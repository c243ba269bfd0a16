package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One run of the command line, as a rule as a process of its own, from the jars that were built.
 *
 * @param exitCode of the process
 * @param out what it wrote to stdout
 * @param err what it wrote to stderr
 */
record Refrain(int exitCode, String out, String err) {
  private static final int LONGEST_SECONDS = 300;
  private static final int FIRST_JAVA_THAT_ASKS_FOR_NATIVE_ACCESS = 22;
  private static final String JAVACPP_CACHE = "org.bytedeco.javacpp.cachedir";

  /** A run that has begun. */
  record Running(Process process, Path out, Path err) {

    /** Waits for the end. */
    Refrain await() throws IOException, InterruptedException {
      try {
        assertTrue(process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS), "refrain does not end");
        return new Refrain(process.exitValue(), Files.readString(out), Files.readString(err));
      } finally {
        process.destroyForcibly();
      }
    }

    /** Waits until something holds, which must happen while it runs. */
    void until(String what, Condition condition) throws Exception {
      assertTrue(untilItEndsOr(what, condition), () -> "it ended before " + what);
    }

    /** Waits until something holds or it has ended without; returns whether it holds. */
    boolean untilItEndsOr(String what, Condition condition) throws Exception {
      long begun = System.nanoTime();
      while (!condition.holds()) {
        if (!process.isAlive()) {
          return condition.holds();
        }
        long seconds = (System.nanoTime() - begun) / 1_000_000_000;
        assertTrue(seconds < LONGEST_SECONDS, () -> "it does not come to " + what);
        Thread.sleep(10);
      }
      return true;
    }

    /** Presses Ctrl-C; a run that has ended meanwhile does not hear it. */
    void interrupt() throws IOException, InterruptedException {
      String pid = Long.toString(process.pid());
      int code = new ProcessBuilder("kill", "-INT", pid).inheritIO().start().waitFor();
      assertTrue(code == 0 || !process.isAlive(), () -> "kill ends with " + code);
    }
  }

  /** What a test waits for. */
  @FunctionalInterface
  interface Condition {
    boolean holds() throws Exception;
  }

  /** Runs a command in a folder to its end. */
  static Refrain run(Path folder, String... words) throws IOException, InterruptedException {
    return start(folder, List.of(), words).await();
  }

  /**
   * Runs a command to its end in this process, which takes no second to begin. Files that it is
   * told of lie in the folder; a default that names one does not. What it logs is not in {@code
   * err}.
   */
  static Refrain inside(Path folder, String... words) {
    return inside(folder, new StringWriter(), new StringWriter(), words);
  }

  /** As above, and does something on its thread as soon as it has said some words. */
  static Refrain insideUntil(Path folder, String said, Runnable then, String... words) {
    return inside(folder, new Watch(said, then), new Watch(said, then), words);
  }

  /** As above, and does what Ctrl-C does to it. */
  static Refrain interruptedInside(Path folder, String said, String... words) {
    try {
      return insideUntil(folder, said, Thread.currentThread()::interrupt, words).endedWith(130);
    } finally {
      Thread.interrupted();
    }
  }

  private static Refrain inside(Path folder, StringWriter out, StringWriter err, String... words) {
    int code =
        Main.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .registerConverter(Path.class, folder::resolve)
            .execute(words);
    return new Refrain(code, out.toString(), err.toString());
  }

  /** Waits for words. */
  private static final class Watch extends StringWriter {
    private final String said;
    private final Runnable then;
    private boolean done;

    Watch(String said, Runnable then) {
      this.said = said;
      this.then = then;
    }

    @Override
    public void flush() {
      if (!done && toString().contains(said)) {
        done = true;
        then.run();
      }
    }
  }

  /**
   * Begins to run a command that heeds Ctrl-C also where the tests run in the background of a
   * shell, which lets them ignore it; skips the test where that cannot be had.
   */
  static Running startHeedingInterrupts(Path folder, String... words) throws Exception {
    assumeTrue(envCanRestoreSignals(), "env --default-signal is not to be had here");
    return start(folder, List.of("env", "--default-signal=INT"), words);
  }

  private static boolean envCanRestoreSignals() throws IOException, InterruptedException {
    return new ProcessBuilder("env", "--default-signal=INT", "true")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor()
        == 0;
  }

  /**
   * Begins to run a command in a folder.
   *
   * @param launcher words to put before java
   */
  static Running start(Path folder, List<String> launcher, String... words) throws IOException {
    List<String> command = new ArrayList<>(launcher);
    command.addAll(java(List.of(), "", "dev.refrain.cli.Main"));
    command.addAll(Arrays.asList(words));
    Path out = Files.createTempFile(folder, "refrain-", ".out");
    Path err = Files.createTempFile(folder, "refrain-", ".err");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    process.getOutputStream().close();
    return new Running(process, out, err);
  }

  /**
   * The words that begin a Java with the jars that were built.
   *
   * @param options of Java itself
   * @param classes folder of more classes; empty for none
   * @param main class to run
   */
  static List<String> java(List<String> options, String classes, String main) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    if (Runtime.version().feature() >= FIRST_JAVA_THAT_ASKS_FOR_NATIVE_ACCESS) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    if (System.getProperty(JAVACPP_CACHE) != null) {
      command.add("-D" + JAVACPP_CACHE + "=" + System.getProperty(JAVACPP_CACHE));
    }
    command.addAll(options);
    command.add("-cp");
    String jars = Path.of(System.getProperty("refrain.root"), "java/cli/target/lib") + "/*";
    command.add(classes.isEmpty() ? jars : jars + File.pathSeparator + classes);
    command.add(main);
    return command;
  }

  /** Asserts the exit code, and shows stderr if it is another one. */
  Refrain endedWith(int expected) {
    assertEquals(expected, exitCode, () -> "stderr: " + err + "stdout: " + out);
    return this;
  }

  /** What stdout holds, which must be one line of JSON and nothing else. */
  JsonObject json() {
    assertEquals(1, out.lines().count(), out);
    return JsonParser.parseString(out).getAsJsonObject();
  }

  /** The lines on stderr, but for what every command logs where no native engine can be had. */
  List<String> said() {
    return err.lines().filter(line -> !line.startsWith("WARN the reference engine")).toList();
  }

  /** Asserts that it refused its input: exit code 2, one sentence with these words, no trace. */
  void refused(String... fragments) {
    endedWith(2);
    assertEquals("", out);
    assertEquals(1, said().size(), err);
    assertTrue(said().get(0).startsWith("refrain"), err);
    for (String fragment : fragments) {
      assertTrue(err.contains(fragment), () -> "'" + fragment + "' is missing in: " + err);
    }
  }
}
