package dev.refrain.cli.tutorial;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code refrain tutorial}: the group of tutorials. */
@Command(
    name = "tutorial",
    header = "Repeats a well-known tutorial, number by number.",
    synopsisSubcommandLabel = "TUTORIAL",
    mixinStandardHelpOptions = true,
    subcommands = {
      BareRnnCommand.class,
      Lab6Command.class,
      SineCommand.class,
      MilkCommand.class,
      Seq2SeqCommand.class,
      TextCommand.class,
      Word2VecCommand.class
    },
    footer = {
      "",
      "Examples:",
      "  refrain tutorial bare-rnn",
      "  refrain tutorial lab6 --optimizer adam"
    })
public final class TutorialCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().usage(System.out);
  }
}
