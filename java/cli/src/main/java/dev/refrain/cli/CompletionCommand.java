package dev.refrain.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Spec;

/** {@code refrain completion}: a script that teaches the shell all commands and options. */
@Command(
    name = "completion",
    header = "Prints a script that completes commands and options in bash and zsh.",
    description = {"", "Say in your shell or its startup file: source <(refrain completion)"},
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class CompletionCommand implements Runnable {
  /** No option takes it for a name, so that each says which names it takes. */
  private static final String NO_NAME = "\0";

  /** What may stand for a choice that the command makes itself, beside the names to choose. */
  private static final String AUTOMATIC = "auto";

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    String script = AutoComplete.bash("refrain", new CommandLine(completed(spec.root())));
    spec.commandLine().getOut().print(script);
    spec.commandLine().getOut().flush();
  }

  /**
   * A copy of the commands for picocli's generator, in which options know the words they take. The
   * generator would offer an enum's constants, in capitals, and keeps words by an option's label:
   * the last of several options of one label would speak for all of them.
   */
  private static CommandSpec completed(CommandSpec command) {
    CommandSpec copy = CommandSpec.wrapWithoutInspection(null).name(command.name());
    for (OptionSpec option : command.options()) {
      copy.addOption(completed(option));
    }
    for (PositionalParamSpec positional : command.positionalParameters()) {
      copy.addPositional(positional.toBuilder().build());
    }
    command
        .subcommands()
        .forEach((name, subcommand) -> copy.addSubcommand(name, completed(subcommand)));
    return copy;
  }

  private static CommandSpec completed(CommandLine subcommand) {
    return completed(subcommand.getCommandSpec());
  }

  private static OptionSpec completed(OptionSpec option) {
    List<String> words = words(option);
    if (words.isEmpty()) {
      return option.toBuilder().build();
    }
    String label = option.longestName().replaceAll("^-+", "").toUpperCase(Locale.ROOT);
    return option.toBuilder().paramLabel(label).completionCandidates(words).build();
  }

  /** The words that an option takes; empty if there is no end to them. */
  private static List<String> words(OptionSpec option) {
    for (ITypeConverter<?> converter : option.converters()) {
      List<String> names = names(converter);
      if (!names.isEmpty()) {
        return names;
      }
    }
    return List.of();
  }

  private static List<String> names(ITypeConverter<?> converter) {
    if (converter instanceof DeviceOption.DeviceConverter) {
      // Any word may be the name of an engine that is added to the class path.
      return DeviceOption.NAMES;
    }
    try {
      converter.convert(NO_NAME);
      return List.of();
    } catch (OptionTypes.UnknownNameException e) {
      List<String> names = new ArrayList<>(e.names());
      if (!names.contains(AUTOMATIC) && takes(converter, AUTOMATIC)) {
        names.add(0, AUTOMATIC);
      }
      return names;
    } catch (Exception e) { // Of a word that is no number, say.
      return List.of();
    }
  }

  private static boolean takes(ITypeConverter<?> converter, String word) {
    try {
      converter.convert(word);
      return true;
    } catch (Exception e) {
      return false;
    }
  }
}
