package dev.refrain.cli;

import dev.refrain.kernels.EngineUnavailableException;
import java.io.PrintWriter;
import java.util.List;
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
final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {
  /** Exit code of a command that Ctrl-C ended: 128 and the number of SIGINT. */
  static final int INTERRUPTED = 130;

  /** System property that asks for the stack trace of a failure. */
  private static final String TRACE_PROPERTY = "refrain.trace";

  @Override
  public int handleParseException(ParameterException failure, String[] arguments) {
    CommandLine command = failure.getCommandLine();
    say(command, sentence(failure.getMessage()) + suggestion(failure) + tryHelp(command));
    return ExitCode.USAGE;
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

  /** Drops the full stop that some of picocli's messages end in, so that words can follow. */
  private static String sentence(String message) {
    return message.endsWith(".") ? message.substring(0, message.length() - 1) : message;
  }

  private static String suggestion(ParameterException failure) {
    if (!(failure instanceof UnmatchedArgumentException unmatched)) {
      return "";
    }
    List<String> suggestions = unmatched.getSuggestions();
    return suggestions.isEmpty() ? "" : "; did you mean " + String.join(" or ", suggestions) + "?";
  }

  private static String tryHelp(CommandLine command) {
    return "; try '" + command.getCommandSpec().qualifiedName() + " --help'";
  }
}
