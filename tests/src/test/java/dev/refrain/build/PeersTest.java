package dev.refrain.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.Python;
import dev.refrain.suite.PeersTable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** {@code peers.py}, which is meant for a GPU: what of it a CPU can run. */
class PeersTest {
  private static final Path SCRIPT = Checkout.root().resolve("benchmarks/bundle/peers.py");

  /** As gpu_bench prints the tiny steps. */
  private static final List<String> BENCH =
      List.of(
          "| step | G | I | H | N | T | precision | run by | us | aim |",
          "|---|---|---|---|---|---|---|---|---|---|",
          "| LSTM, whole step | 1 | 1 | 12 | 3 | 4 | FP32 | auto | 10.0 | 120 us |",
          "| ReLU RNN, whole step | 1 | 1 | 12 | 3 | 4 | FP32 | auto | 10.0 | 3 x PyTorch |",
          "| GRU, whole step | 1 | 1 | 12 | 3 | 4 | FP32 | auto | 10.0 | - |",
          "| LSTM, forward and backward | 1 | 5 | 24 | 4 | 3 | FP32 | auto | 10.0 | - |");

  private static final Pattern AIM =
      Pattern.compile(
          "\\{\\{\"([^\"]+)\", (\\d+), (\\d+), (\\d+), (\\d+), (\\d+), (\\d+), (true|false)\\},"
              + "\\s*REFRAIN_(\\w+)");

  @Test
  void measuresTinyStepsThatLearn() throws Exception {
    Python.require("torch");
    List<String> lines =
        Python.run(
            "import runpy, sys; runpy.run_path(sys.argv.pop(1), run_name='__main__')",
            SCRIPT,
            "tiny");
    assertTrue(lines.get(0).startsWith("PyTorch "), lines.toString());
    assertEquals(
        3, lines.stream().filter(line -> line.matches(".*\\| FP32 \\| [0-9.]+ \\|.*")).count());
    String joined = new PeersTable(BENCH, lines).text();
    for (String step :
        List.of("LSTM, whole step", "ReLU RNN, whole step", "LSTM, forward and backward")) {
      assertTrue(
          joined
              .lines()
              .anyMatch(
                  line ->
                      line.matches(
                          "\\| "
                              + step
                              + " \\|.* FP32 \\| auto \\| 10.0 \\| [0-9.]+ \\| [0-9.]+ x \\| not on a CPU"
                              + " \\| - \\| .*\\|")),
          joined);
    }
    assertTrue(joined.contains("\n* GRU, whole step in FP32: no time of PyTorch: "), joined);
    assertTrue(joined.contains("\n* LSTM, whole step in FP32: no CUDA graph of PyTorch: "), joined);
  }

  /** Each step that is aimed at, but fleets, which PyTorch does not have, is timed by PyTorch. */
  @Test
  void eachAimHasItsPeer() throws Exception {
    Path aims = Checkout.root().resolve("benchmarks/native/gpu/aims.h");
    String all = Files.readString(aims);
    String real = all.substring(all.indexOf("kAims[]"), all.indexOf("kTiny[]"));
    String script = Files.readString(SCRIPT);
    Matcher aim = AIM.matcher(real);
    int count = 0;
    while (aim.find()) {
      // name, gates, G, I, H, N, T, whole step, precision
      if (!aim.group(3).equals("1")) {
        continue;
      }
      count++;
      String cell = List.of("rnn", "", "gru", "lstm").get(Integer.parseInt(aim.group(2)) - 1);
      String peer =
          String.format(
              "(\"%s\", \"%s\", %s, %s, %s, %s, \"%s\", %s),",
              aim.group(1),
              cell,
              aim.group(4),
              aim.group(5),
              aim.group(6),
              aim.group(7),
              aim.group(9),
              aim.group(8).equals("true") ? "True" : "False");
      assertTrue(script.contains(peer), peer);
    }
    assertEquals(7, count);
  }

  /** What is compared does the same work: both scale their gradients to the same norm. */
  @Test
  void clipsToTheNormOfOurSteps() throws Exception {
    String ours = Files.readString(Checkout.root().resolve("benchmarks/native/training_step.h"));
    Matcher norm = Pattern.compile("\\bkNorm = ([0-9.]+);").matcher(ours);
    assertTrue(norm.find(), "training_step.h names no norm");
    String script = Files.readString(SCRIPT);
    assertTrue(script.contains("\nNORM = " + norm.group(1) + "\n"), norm.group());
    assertTrue(script.contains("clip_grad_norm_(parameters, NORM)"));
  }

  /** With objects that do nothing in the place of streams and graphs. */
  @Test
  void capturesAStepAfterThreeOnAnotherStream() throws Exception {
    Python.require("torch");
    List<String> lines =
        Python.run(
            """
            import contextlib, runpy, sys, torch
            from unittest import mock
            peers = runpy.run_path(sys.argv.pop(1))
            steps = []
            with mock.patch.multiple(
                torch.cuda, Stream=mock.MagicMock(), current_stream=mock.MagicMock(),
                CUDAGraph=mock.MagicMock(), stream=lambda stream: contextlib.nullcontext(),
                graph=lambda graph: contextlib.nullcontext(), create=True):
                replay = peers["graphed"](lambda: steps.append(1))
                replay()
            for precision in ("FP32", "TF32", "BF16"):
                assert peers["layer_alone"]("lstm", 3, 4, 2, 2, precision) is not None
            assert len(peers["SHAPES"][0]) == len(peers["TINY_SHAPES"][0])
            print(len(steps))
            """,
            SCRIPT,
            "tiny");
    assertEquals(List.of("4"), lines);
  }
}
