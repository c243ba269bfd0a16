package dev.refrain.cli;

import dev.refrain.text.AnalogyMethod;
import dev.refrain.text.Neighbour;
import dev.refrain.text.WordVectors;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code refrain analogy VECTORS A B C}. */
@Command(
    name = "analogy",
    header = "Answers what is to C as B is to A.",
    description = {
      "",
      "add looks for the word nearest to B - A + C (3CosAdd); multiply for the one with the largest"
          + " product of similarities to B and C over that to A (3CosMul). A, B and C themselves"
          + " are left out."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  refrain analogy vectors.bin man king woman",
      "  refrain analogy vectors.bin france paris italy --method multiply --json"
    })
final class AnalogyCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Mixin private VectorsOption vectors;

  @Parameters(index = "1", paramLabel = "A", description = "The word that B belongs to.")
  private String a;

  @Parameters(index = "2", paramLabel = "B", description = "What belongs to A.")
  private String b;

  @Parameters(index = "3", paramLabel = "C", description = "The word that the answer belongs to.")
  private String c;

  @Option(
      names = "--method",
      paramLabel = "NAME",
      defaultValue = "add",
      converter = MethodName.class,
      description = "add or multiply. Default: add.")
  private AnalogyMethod method;

  @Option(
      names = "--count",
      paramLabel = "COUNT",
      defaultValue = "5",
      converter = OptionTypes.Count.class,
      description = "How many answers. Default: 5.")
  private int count;

  @Option(names = "--json", description = "Print one JSON object on stdout.")
  private boolean json;

  static final class MethodName implements ITypeConverter<AnalogyMethod> {
    @Override
    public AnalogyMethod convert(String word) {
      return OptionTypes.named(word, AnalogyMethod.values());
    }
  }

  @Override
  public void run() {
    WordVectors read = vectors.read();
    List<Neighbour> answers =
        vectors.ask(() -> read.analogy(method, List.of(b, c), List.of(a), count));
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("question", List.of(a, b, c));
      object.put("method", method.name().toLowerCase(Locale.ROOT));
      object.put("answers", NearestCommand.toJson(answers));
      out.println(Json.line(object));
    } else {
      out.printf("%s is to %s as %s is to%n", a, b, c);
      NearestCommand.print(answers, out);
    }
    out.flush();
  }
}
