package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** What bash offers for the words of a command line, asked of the completion function itself. */
class CompletionTest {
  /** How options refuse a word that is none of theirs. */
  private static final Pattern CLOSED = Pattern.compile("is not one of ([a-z0-9_, -]+)");

  /** Calls the function for each line of words, of which the last is being typed. */
  private static final String ASK =
      """
      source "$1"
      while IFS= read -r line; do
        IFS=' ' read -r -a COMP_WORDS <<<"$line"
        if [[ $line == *' ' ]]; then COMP_WORDS+=(""); fi
        COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
        COMPREPLY=()
        _complete_refrain >/dev/null 2>&1
        printf '%s\\n' "${COMPREPLY[*]}"
      done
      """;

  @TempDir private Path folder;

  /** Every option of every command whose words have an end, by the line that asks for them. */
  private static Map<String, List<String>> closedOptions() {
    Map<String, List<String>> all = new LinkedHashMap<>();
    collect(List.of(), Main.commandLine(), all);
    return all;
  }

  private static void collect(
      List<String> path, CommandLine command, Map<String, List<String>> closedOptions) {
    for (OptionSpec option : command.getCommandSpec().options()) {
      Matcher refusal = CLOSED.matcher(refusal(path, option, "?"));
      if (refusal.find()) {
        List<String> words = new ArrayList<>(Arrays.asList(refusal.group(1).split(", ")));
        if (!words.contains("auto") && !refusal(path, option, "auto").contains("'auto'")) {
          words.add("auto");
        }
        String line = "refrain " + String.join(" ", with(path, option.longestName())) + " ";
        closedOptions.put(line, words);
      }
    }
    command
        .getSubcommands()
        .forEach((name, subcommand) -> collect(with(path, name), subcommand, closedOptions));
  }

  /** What a command says of a word behind an option; empty if it takes it. */
  private static String refusal(List<String> path, OptionSpec option, String word) {
    if (option.arity().max() == 0) {
      return "";
    }
    try {
      Main.commandLine()
          .parseArgs(with(with(path, option.longestName()), word).toArray(String[]::new));
      return "";
    } catch (CommandLine.ParameterException e) {
      return e.getMessage();
    }
  }

  private static List<String> with(List<String> words, String another) {
    List<String> more = new ArrayList<>(words);
    more.add(another);
    return more;
  }

  @Test
  void bashOffersTheWordsThatEachOptionTakes() throws Exception {
    Map<String, List<String>> expected = closedOptions();
    assertTrue(expected.size() > 20, "only " + expected.keySet());
    Map<String, List<String>> offered = ask(List.copyOf(expected.keySet()));
    expected.forEach(
        (line, words) ->
            assertEquals(new TreeSet<>(words), new TreeSet<>(offered.get(line)), line));
  }

  @Test
  void whatIsOfferedIsWhatTheHelpSays() throws Exception {
    Map<String, String> expected = new LinkedHashMap<>();
    expected.put("refrain forecast --activation ", "tanh relu sigmoid identity softsign elu");
    expected.put("refrain forecast --cell ", "rnn lstm gru");
    expected.put("refrain train --loss ", "mse rmse mae huber");
    expected.put("refrain train --loss m", "mse mae");
    expected.put("refrain backtest --device ", "auto cuda cpu reference");
    expected.put("refrain forecast --device c", "cuda cpu");
    expected.put("refrain forecast --missing ", "error interpolate drop");
    expected.put("refrain tutorial milk --cell ls", "lstm lstm-relu");
    expected.put("refrain import --layout ", "pytorch tensorflow1");
    expected.put("refrain train --cell gru --precision ", "fp32 tf32 bf16 fp64");
    expected.put("refrain tutorial mil", "milk");
    expected.put("refrain fore", "forecast");
    Map<String, List<String>> offered = ask(List.copyOf(expected.keySet()));
    expected.forEach(
        (line, words) -> assertEquals(words, String.join(" ", offered.get(line)), line));
    List<String> transforms =
        ask(List.of("refrain forecast --transform ")).values().iterator().next();
    assertTrue(transforms.contains("auto"), transforms.toString());
    assertFalse(transforms.contains("AUTO"), transforms.toString());
  }

  private Map<String, List<String>> ask(List<String> lines) throws Exception {
    Path bash = Path.of("/bin/bash");
    assumeTrue(Files.isExecutable(bash), "there is no /bin/bash to complete words in");
    Path script = folder.resolve("completion.sh");
    Files.writeString(script, completion());
    Process process =
        new ProcessBuilder(bash.toString(), "-c", ASK, "bash", script.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var in = process.getOutputStream()) {
      in.write((String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
    }
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), printed);
    String[] replies = printed.split("\n", -1);
    assertEquals(lines.size() + 1, replies.length, printed);
    Map<String, List<String>> offered = new LinkedHashMap<>();
    for (int i = 0; i < lines.size(); i++) {
      offered.put(lines.get(i), List.of(replies[i].trim().split("\\s+")));
    }
    return offered;
  }

  private static String completion() throws IOException {
    StringWriter out = new StringWriter();
    assertEquals(0, Main.commandLine().setOut(new PrintWriter(out)).execute("completion"));
    return out.toString();
  }
}
