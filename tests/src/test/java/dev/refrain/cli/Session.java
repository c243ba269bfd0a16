package dev.refrain.cli;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Commands of the command line in one process of their own, from the jars that were built, each as
 * {@link Refrain#run} runs it but for the log, of which warnings alone are shown. What {@link
 * Refrain#inside} cannot do: all names are relative to the folder, and the log is in {@code err}.
 */
final class Session implements AutoCloseable {
  private final Process process;
  private final Path err;
  private final DataOutputStream commands;
  private final DataInputStream answers;

  /** Begins one in a folder, which all relative names are relative to. */
  static Session in(Path folder) throws IOException {
    return new Session(folder);
  }

  private Session(Path folder) throws IOException {
    Path tests = Path.of(System.getProperty("refrain.root"), "tests/target/test-classes");
    List<String> command =
        Refrain.java(
            List.of("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"),
            tests.toString(),
            Commands.class.getName());
    err = Files.createTempFile(folder, "session-", ".err");
    process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectError(err.toFile()).start();
    commands = new DataOutputStream(process.getOutputStream());
    answers = new DataInputStream(process.getInputStream());
  }

  /** Runs a command to its end. */
  Refrain run(String... words) throws IOException {
    try {
      commands.writeInt(words.length);
      for (String word : words) {
        commands.writeUTF(word);
      }
      commands.flush();
      return new Refrain(answers.readInt(), text(), text());
    } catch (EOFException e) {
      throw new IOException("the process has ended: " + Files.readString(err), e);
    }
  }

  private String text() throws IOException {
    return new String(answers.readNBytes(answers.readInt()), StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
