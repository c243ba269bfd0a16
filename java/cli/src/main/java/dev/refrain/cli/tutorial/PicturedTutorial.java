package dev.refrain.cli.tutorial;

import dev.refrain.cli.BadInputException;
import dev.refrain.cli.CommandFailedException;
import dev.refrain.cli.Failures;
import dev.refrain.cli.Interruption;
import dev.refrain.cli.Json;
import dev.refrain.cli.Logging;
import dev.refrain.cli.OutputFolder;
import dev.refrain.cli.RunRecord;
import dev.refrain.kernels.KernelException;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.NonFiniteLossException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** A tutorial that trains, prints, and leaves pictures and a {@link RunRecord} in a folder. */
abstract class PicturedTutorial implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private TutorialOptions options;

  @Mixin private ResumeOptions keeping;

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
  public final Integer call() {
    // The tutorial says itself where it computes. Said here, before anything else can log.
    Logging.warningsOnly();
    check();
    OutputFolder folder = options.folder(spec.name());
    // Once it is closed the JVM may end, so all that Ctrl-C asks for is said while it is open.
    try (Interruption interruption = Interruption.watch()) {
      return run(folder, interruption);
    }
  }

  private int run(OutputFolder folder, Interruption interruption) {
    try (Kernels kernels = options.open()) {
      RunRecord record = new RunRecord("tutorial " + spec.name(), kernels.description());
      configure(record);
      PrintWriter out = options.json() ? null : spec.commandLine().getOut();
      TutorialSession session = new TutorialSession(kernels, folder, record, out);
      session.say("Computed on %s.%n%n", kernels.description());
      Map<String, Object> report = run(session);
      interruption.beginToFinish();
      record.write(folder);
      written();
      print(report, record.warnings(), kernels, folder);
      return interruption.asked() ? sayInterrupted("interrupted at the end", folder) : ExitCode.OK;
    } catch (InterruptedTutorial e) {
      interruption.beginToFinish();
      return sayInterrupted(afterInterrupt(), folder);
    } catch (NonFiniteLossException e) {
      throw new CommandFailedException(e.getMessage() + afterRunningAway(), e);
    } catch (KernelException | IOException e) {
      throw new CommandFailedException(e.getMessage(), e);
    }
  }

  /** Whatever there is to do once all is written. */
  void written() throws IOException {}

  private void print(
      Map<String, Object> report, List<String> warnings, Kernels kernels, OutputFolder folder) {
    PrintWriter out = spec.commandLine().getOut();
    if (options.json()) {
      if (!warnings.isEmpty()) {
        report.put("warnings", warnings);
      }
      report.put("device", kernels.device().toString());
      report.put("files", folder.files());
      out.println(Json.line(report));
    } else {
      out.printf("%nWritten:%n");
      folder.files().forEach(file -> out.println("  " + file));
    }
    out.flush();
    PrintWriter err = spec.commandLine().getErr();
    warnings.forEach(each -> err.printf("%s: warning: %s%n", spec.qualifiedName(), each));
    err.flush();
  }

  private int sayInterrupted(String what, OutputFolder folder) {
    PrintWriter err = spec.commandLine().getErr();
    err.printf("%s: %s", spec.qualifiedName(), what);
    if (!folder.files().isEmpty()) {
      err.printf("; what is written is whole: %s", String.join(", ", folder.files()));
    }
    err.println();
    err.flush();
    return Failures.INTERRUPTED;
  }

  /** What to say when Ctrl-C has ended the work. */
  abstract String afterInterrupt();

  /** What to say after the message that a training ran away. */
  abstract String afterRunningAway();

  /** How trainings are kept. */
  final ResumeOptions keeping() {
    return keeping;
  }

  /** Where the tutorial's folder is or will be. */
  final Path path() {
    return options.path(spec.name());
  }

  /** What the command was told. */
  final ParseResult parsed() {
    return spec.commandLine().getParseResult();
  }

  static List<List<Number>> pairs(List<PrintedLoss> losses) {
    return losses.stream().map(loss -> List.<Number>of(loss.iteration(), loss.value())).toList();
  }
}
