package dev.refrain.cli;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/**
 * Runs command after command in one process, which spares each the start of a Java: for tests of
 * what a command says and writes, where neither a signal nor the end of the process is under test.
 * Reads the words of each from stdin, and answers on stdout with exit code, output and errors.
 */
final class Commands {
  private Commands() {}

  public static void main(String[] arguments) throws IOException {
    DataInputStream in = new DataInputStream(System.in);
    DataOutputStream answers = new DataOutputStream(System.out);
    while (true) {
      String[] words;
      try {
        words = new String[in.readInt()];
      } catch (EOFException e) {
        return;
      }
      for (int i = 0; i < words.length; i++) {
        words[i] = in.readUTF();
      }
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ByteArrayOutputStream err = new ByteArrayOutputStream();
      // What does not go through the command's own writers, such as the log, is theirs as well.
      System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
      System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
      PrintWriter said = new PrintWriter(out, true, StandardCharsets.UTF_8);
      PrintWriter complained = new PrintWriter(err, true, StandardCharsets.UTF_8);
      int code = Main.commandLine().setOut(said).setErr(complained).execute(words);
      said.flush();
      complained.flush();
      answers.writeInt(code);
      answer(answers, out);
      answer(answers, err);
      answers.flush();
    }
  }

  private static void answer(DataOutputStream answers, ByteArrayOutputStream text)
      throws IOException {
    answers.writeInt(text.size());
    text.writeTo(answers);
  }
}
