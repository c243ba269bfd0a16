package dev.refrain.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code refrain completion}: a script that teaches the shell all commands and options. */
@Command(
    name = "completion",
    header = "Prints a script that completes commands and options in bash and zsh.",
    description = {"", "Say in your shell or its startup file: source <(refrain completion)"},
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class CompletionCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().getOut().print(AutoComplete.bash("refrain", spec.root().commandLine()));
    spec.commandLine().getOut().flush();
  }
}
