package dev.refrain.cli.tutorial;

import dev.refrain.cli.BadInputException;
import dev.refrain.cli.CommandFailedException;
import dev.refrain.cli.Json;
import dev.refrain.cli.OutputFolder;
import dev.refrain.cli.RunRecord;
import dev.refrain.kernels.KernelException;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.NonFiniteLossException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A tutorial that trains, prints, and leaves pictures and a {@link RunRecord} in a folder. */
abstract class PicturedTutorial implements Runnable {

  @Spec private CommandSpec spec;

  @Mixin private TutorialOptions options;

  /**
   * Refuses options that do not fit each other, before anything is made.
   *
   * @throws BadInputException if they do not
   */
  abstract void check();

  /** Records the values of the options. */
  abstract void configure(RunRecord record);

  /**
   * Does the work.
   *
   * @return what to print as JSON; may take more keys
   */
  abstract Map<String, Object> run(TutorialSession session) throws IOException;

  @Override
  public final void run() {
    check();
    String name = spec.name();
    OutputFolder folder = options.folder(name);
    PrintWriter out = spec.commandLine().getOut();
    try (Kernels kernels = options.open()) {
      RunRecord record = new RunRecord("tutorial " + name, kernels.description());
      configure(record);
      TutorialSession session =
          new TutorialSession(kernels, folder, record, options.json() ? null : out);
      session.say("Computed on %s.%n%n", kernels.description());
      Map<String, Object> report = run(session);
      record.write(folder);
      if (options.json()) {
        report.put("device", kernels.device().toString());
        report.put("files", folder.files());
        out.println(Json.line(report));
      } else {
        out.printf("%nWritten:%n");
        folder.files().forEach(file -> out.println("  " + file));
      }
    } catch (NonFiniteLossException | KernelException | IOException e) {
      throw new CommandFailedException(e.getMessage(), e);
    }
    out.flush();
  }

  /** Refuses more iterations than sequences can be computed ahead for. */
  static void checkIterations(int iterations, int most) {
    if (iterations > most) {
      throw new BadInputException(
          "--iterations is %d; give at most %d".formatted(iterations, most));
    }
  }

  static List<List<Number>> pairs(List<PrintedLoss> losses) {
    return losses.stream().map(loss -> List.<Number>of(loss.iteration(), loss.value())).toList();
  }
}
