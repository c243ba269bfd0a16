package dev.refrain.suite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One table of two: the steps that {@code gpu_bench} has timed, beside PyTorch's times of the same
 * steps by {@code peers.py}, with their ratios and whether what is aimed at is reached.
 *
 * <p>Arguments: the tables of both as the bundle's {@code run} wrote them. Each time of PyTorch
 * that is missing is said, with the reason. Exits with 1 where {@code gpu_bench} has timed nothing.
 */
public final class PeersTable {
  /** The columns by which a step of one table is known in the other. */
  private static final List<String> STEP = List.of("step", "I", "H", "N", "T", "precision");

  private static final String OUR_TIME = "us";
  private static final String EAGER = "eager us";
  private static final String GRAPH = "CUDA graph us";

  /** What a user gets who forces nothing: the row whose aims count. */
  private static final String DEFAULT = "auto";

  private static final String NONE = "-";

  private final List<Map<String, String>> ours;
  private final Map<List<String>, Map<String, String>> theirs = new HashMap<>();
  private final String whyMissing;
  private final Map<String, String> missing = new LinkedHashMap<>();
  private final Map<SpeedAim.Outcome, Integer> outcomes = new HashMap<>();

  /**
   * Of the two tables.
   *
   * @param bench lines of {@code bench.md}
   * @param peers lines of {@code peers.md}; null where that part has not run
   */
  public PeersTable(List<String> bench, List<String> peers) {
    ours = rows(bench, OUR_TIME);
    if (peers != null) {
      rows(peers, EAGER).forEach(row -> theirs.put(step(row), row));
    }
    whyMissing = whyMissing(peers);
  }

  /** See the class. */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 2) {
      System.err.println("usage: PeersTable BENCH.md PEERS.md");
      System.exit(2);
    }
    Path peers = Path.of(arguments[1]);
    PeersTable table =
        new PeersTable(
            Files.readAllLines(Path.of(arguments[0])),
            Files.exists(peers) ? Files.readAllLines(peers) : null);
    System.out.print(table.text());
    System.exit(table.ours.isEmpty() ? 1 : 0);
  }

  /** The rows of the tables that have this column, each by the names of its columns. */
  private static List<Map<String, String>> rows(List<String> lines, String column) {
    List<Map<String, String>> rows = new ArrayList<>();
    List<String> names = List.of();
    for (String line : lines) {
      if (!line.startsWith("|")) {
        names = List.of();
      } else if (names.isEmpty()) {
        names = cells(line);
      } else if (!line.startsWith("|--") && names.contains(column)) {
        List<String> cells = cells(line);
        Map<String, String> row = new HashMap<>();
        for (int i = 0; i < Math.min(names.size(), cells.size()); i++) {
          row.put(names.get(i), cells.get(i));
        }
        rows.add(row);
      }
    }
    return rows;
  }

  private static List<String> cells(String line) {
    List<String> cells = new ArrayList<>();
    for (String cell : line.substring(1).split("\\|", -1)) {
      cells.add(cell.strip());
    }
    return cells.subList(0, cells.size() - 1);
  }

  private static List<String> step(Map<String, String> row) {
    return STEP.stream().map(name -> row.getOrDefault(name, "")).toList();
  }

  /** Its last line says how the part ended, if it did. */
  private static String whyMissing(List<String> peers) {
    if (peers == null) {
      return "the part peers has not run";
    }
    String last = peers.stream().filter(line -> !line.isBlank()).reduce("", (a, b) -> b);
    if (last.startsWith("peers: ")) {
      return last.endsWith(": ok") ? "the part peers does not measure it" : last;
    }
    return "the part peers did not end";
  }

  /** Of Markdown. */
  public String text() {
    if (ours.isEmpty()) {
      return "gpu_bench has timed no step\n";
    }
    StringBuilder text = new StringBuilder();
    text.append("| step | G | I | H | N | T | precision | run by | us | PyTorch eager us | ratio")
        .append(" | PyTorch CUDA graph us | ratio | aims |\n")
        .append("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    ours.forEach(row -> append(row, text));
    if (!missing.isEmpty()) {
      text.append('\n');
      missing.forEach((what, why) -> text.append("* " + what + ": " + why + "\n"));
    }
    text.append(
        String.format(
            "%n%s: %d aims reached, %d missed, %d not known%n",
            DEFAULT,
            outcomes.getOrDefault(SpeedAim.Outcome.REACHED, 0),
            outcomes.getOrDefault(SpeedAim.Outcome.MISSED, 0),
            outcomes.getOrDefault(SpeedAim.Outcome.NOT_KNOWN, 0)));
    return text.toString();
  }

  private void append(Map<String, String> row, StringBuilder text) {
    double us = number(row.get(OUR_TIME));
    double groups = number(row.get("G"));
    Map<String, String> peer = peerOf(row, groups);
    double eager = number(peer.get(EAGER));
    double graph = number(peer.get(GRAPH));
    boolean wrong = row.getOrDefault("difference from cpu", "").contains("WRONG");
    SpeedAim.Times times = new SpeedAim.Times(us, groups, eager, graph, wrong);
    List<SpeedAim> aims = SpeedAim.read(row.getOrDefault("aim", NONE));
    if (row.get("run by").equals(DEFAULT)) {
      aims.forEach(aim -> outcomes.merge(aim.judge(times), 1, Integer::sum));
    }
    String judged = aims.stream().map(aim -> aim.tell(times)).collect(Collectors.joining("; "));
    List<String> cells = new ArrayList<>();
    for (String name : List.of("step", "G", "I", "H", "N", "T", "precision", "run by", OUR_TIME)) {
      cells.add(row.get(name));
    }
    cells.addAll(List.of(peer.getOrDefault(EAGER, NONE), ratio(eager, us)));
    cells.addAll(List.of(peer.getOrDefault(GRAPH, NONE), ratio(graph, us)));
    cells.add(judged.isEmpty() ? NONE : judged);
    text.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  /** Empty where there is none, which is then noted. */
  private Map<String, String> peerOf(Map<String, String> row, double groups) {
    Map<String, String> peer = theirs.get(step(row));
    String what = row.get("step") + " in " + row.get("precision");
    if (groups > 1) {
      missing.put(what, "PyTorch has no layer of " + row.get("G") + " groups");
      return Map.of();
    }
    if (peer == null) {
      missing.put(what, "no time of PyTorch: " + whyMissing);
      return Map.of();
    }
    if (Double.isNaN(number(peer.get(GRAPH)))) {
      missing.put(what, "no CUDA graph of PyTorch: " + peer.get(GRAPH));
    }
    return peer;
  }

  private static String ratio(double theirs, double ours) {
    return Double.isNaN(theirs) ? NONE : String.format(Locale.ROOT, "%.2f x", theirs / ours);
  }

  /** NaN for what is none. */
  private static double number(String cell) {
    return cell != null && cell.matches("[0-9]+(\\.[0-9]+)?")
        ? Double.parseDouble(cell)
        : Double.NaN;
  }
}
