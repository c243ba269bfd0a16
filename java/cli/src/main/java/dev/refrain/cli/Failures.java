package dev.refrain.cli;

import dev.refrain.kernels.EngineUnavailableException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Turns what goes wrong into one sentence on stderr and an exit code: 2 for what the user can mend
 * in the command or its input, 1 for everything else.
 */
public final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {
  /** Exit code of a command that Ctrl-C ended: 128 and the number of SIGINT. */
  public static final int INTERRUPTED = 130;

  /** System property that asks for the stack trace of a failure. */
  private static final String TRACE_PROPERTY = "refrain.trace";

  @Override
  public int handleParseException(ParameterException failure, String[] arguments) {
    CommandLine command = failure.getCommandLine();
    String what =
        failure instanceof UnmatchedArgumentException unmatched
            ? unmatched(unmatched)
            : sentence(failure.getMessage());
    say(command, what + "; try '" + command.getCommandSpec().qualifiedName() + " --help'");
    return ExitCode.USAGE;
  }

  /** Names the first word that is at fault, where picocli names all that follow as well. */
  private static String unmatched(UnmatchedArgumentException failure) {
    List<String> words = failure.getUnmatched();
    Optional<String> option = words.stream().filter(word -> word.startsWith("-")).findFirst();
    List<String> suggestions = failure.getSuggestions();
    return option.map(o -> "unknown option '" + o + "'").orElse("unexpected '" + words.get(0) + "'")
        + (suggestions.isEmpty() ? "" : ", did you mean " + String.join(" or ", suggestions) + "?");
  }

  @Override
  public int handleExecutionException(
      Exception failure, CommandLine command, ParseResult parseResult) {
    trace(failure);
    if (failure instanceof BadInputException || failure instanceof EngineUnavailableException) {
      say(command, failure.getMessage());
      return ExitCode.USAGE;
    }
    if (failure instanceof CommandFailedException) {
      say(command, failure.getMessage());
      return ExitCode.SOFTWARE;
    }
    say(
        command,
        "unexpected %s; run again with REFRAIN_JAVA_OPTS=-D%s=true and report what it prints"
            .formatted(failure, TRACE_PROPERTY));
    return ExitCode.SOFTWARE;
  }

  private static void trace(Exception failure) {
    if (Boolean.getBoolean(TRACE_PROPERTY)) {
      failure.printStackTrace();
    }
  }

  private static void say(CommandLine command, String message) {
    PrintWriter err = command.getErr();
    err.println(command.getCommandSpec().qualifiedName() + ": " + message);
    err.flush();
  }

  /** One of picocli's messages, so that words can go before and follow it. */
  private static String sentence(String message) {
    int end = message.endsWith(".") ? message.length() - 1 : message.length();
    return Character.toLowerCase(message.charAt(0)) + message.substring(1, end);
  }
}
