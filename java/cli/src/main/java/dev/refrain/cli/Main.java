package dev.refrain.cli;

import dev.refrain.cli.tutorial.TutorialCommand;
import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.Spec;

/** The command line's entry: {@code refrain COMMAND}. */
@Command(
    name = "refrain",
    header = "Trains and runs recurrent networks and word vectors.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    subcommands = {
      ForecastCommand.class,
      TrainCommand.class,
      BacktestCommand.class,
      ReportCommand.class,
      ExportCommand.class,
      ImportCommand.class,
      GenerateCommand.class,
      CompletionCommand.class,
      DoctorCommand.class,
      TutorialCommand.class,
      NearestCommand.class,
      AnalogyCommand.class,
      EvaluateCommand.class,
      TsneCommand.class,
      Word2vecCommand.class
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:failed",
      "2:bad usage or input; stderr says what to mend",
      "130:interrupted with Ctrl-C"
    },
    footer = {
      "",
      "Examples:",
      "  refrain forecast monthly-milk-production.csv",
      "  refrain doctor",
      "  refrain forecast --help"
    })
public final class Main implements Runnable {

  @Spec private CommandSpec spec;

  private Main() {}

  /**
   * Runs one command and ends the process with its exit code.
   *
   * @param arguments the words after {@code refrain}
   */
  public static void main(String[] arguments) {
    int code = commandLine().execute(arguments);
    // A stream that cannot write, as on a full disk, says so only when asked.
    if (System.out.checkError()) {
      System.err.println("refrain: stdout could not be written to its end");
      code = code == ExitCode.OK ? ExitCode.SOFTWARE : code;
    }
    System.exit(code);
  }

  /** All commands, their options and what handles failures. */
  static CommandLine commandLine() {
    Failures failures = new Failures();
    return new CommandLine(new Main())
        .setParameterExceptionHandler(failures)
        .setExecutionExceptionHandler(failures)
        .setExecutionStrategy(Main::execute)
        .setUsageHelpAutoWidth(true);
  }

  /** As picocli does, but a full memory is a failure like others, with a sentence. */
  private static int execute(ParseResult parsed) {
    try {
      return new RunLast().execute(parsed);
    } catch (OutOfMemoryError e) {
      ParseResult command = parsed;
      while (command.hasSubcommand()) {
        command = command.subcommand();
      }
      throw new ExecutionException(
          command.commandSpec().commandLine(), "memory is full", MemoryNeeds.full(e, command));
    }
  }

  @Override
  public void run() {
    spec.commandLine().usage(System.out);
  }

  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() throws IOException {
      Properties properties = new Properties();
      try (InputStream in = Main.class.getResourceAsStream("version.properties")) {
        properties.load(in);
      }
      return new String[] {"refrain " + properties.getProperty("version")};
    }
  }
}
