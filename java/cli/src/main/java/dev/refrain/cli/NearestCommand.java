package dev.refrain.cli;

import dev.refrain.text.Neighbour;
import dev.refrain.text.WordVectors;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code refrain nearest VECTORS WORD...}. */
@Command(
    name = "nearest",
    header = "Prints the words that are nearest to given ones.",
    description = {"", "Near is what has a large cosine; all words are looked at."},
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  refrain nearest vectors.bin king paris",
      "  refrain nearest vectors.bin --count 3 king --json"
    })
final class NearestCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Mixin private VectorsOption vectors;

  @Parameters(index = "1..*", arity = "1..*", paramLabel = "WORD", description = "One or more.")
  private List<String> words;

  @Option(
      names = "--count",
      paramLabel = "COUNT",
      defaultValue = "8",
      converter = OptionTypes.Count.class,
      description = "How many neighbours of each. Default: 8.")
  private int count;

  @Option(names = "--json", description = "Print one JSON object on stdout.")
  private boolean json;

  @Override
  public void run() {
    WordVectors read = vectors.read();
    List<List<Neighbour>> found = vectors.ask(() -> read.nearest(words, count));
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Map<String, Object> byWord = new LinkedHashMap<>();
      for (int i = 0; i < words.size(); i++) {
        byWord.put(words.get(i), toJson(found.get(i)));
      }
      out.println(Json.line(Map.of("nearest", byWord)));
    } else {
      for (int i = 0; i < words.size(); i++) {
        out.println(words.get(i));
        print(found.get(i), out);
      }
    }
    out.flush();
  }

  static List<Map<String, Object>> toJson(List<Neighbour> neighbours) {
    List<Map<String, Object>> list = new ArrayList<>();
    for (Neighbour neighbour : neighbours) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("word", neighbour.word());
      entry.put("similarity", neighbour.similarity());
      list.add(entry);
    }
    return list;
  }

  static void print(List<Neighbour> neighbours, PrintWriter out) {
    for (Neighbour neighbour : neighbours) {
      out.printf(Locale.ROOT, "  %7.4f  %s%n", neighbour.similarity(), neighbour.word());
    }
  }
}
