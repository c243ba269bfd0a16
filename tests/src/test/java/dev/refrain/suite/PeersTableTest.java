package dev.refrain.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Our time beside PyTorch's, and what is said where that is missing. */
class PeersTableTest {
  private static final List<String> BENCH =
      List.of(
          "# Training steps",
          "| of this device | measured |",
          "|---|---|",
          "| copy | 4000 GB/s |",
          "",
          "| step | G | I | H | N | T | precision | run by | us | floor us | difference from cpu | aim |",
          "|---|---|---|---|---|---|---|---|---|---|---|---|",
          row("LSTM, whole step", 1, 100, "FP32", "auto", "100.0", "120 us, 10 x PyTorch eager"),
          row("LSTM, whole step", 1, 100, "FP32", "perStep", "500.0", "120 us, 10 x PyTorch eager"),
          row("LSTM 512", 1, 512, "FP32", "auto", "2000.0", "3 x PyTorch"),
          row("LSTM 512", 1, 512, "BF16", "auto", "1000.0", "-"),
          row("milks", 4000, 100, "FP32", "auto", "4000.0", "200 models/s: 250 models/s"),
          "",
          "bench: passed: ok");
  private static final List<String> PEERS =
      List.of(
          "PyTorch 2.11.0, cuDNN 91500",
          "",
          "| step | I | H | N | T | precision | eager us | CUDA graph us |",
          "|---|---|---|---|---|---|---|---|",
          "| LSTM, whole step | 1 | 100 | 50 | 20 | FP32 | 1500.0 | 400.0 |",
          "| LSTM 512 | 1 | 512 | 50 | 20 | FP32 | 7000.0 | fails: no capture |",
          "",
          "peers: cut off: FAILED");

  private static String row(
      String step, int groups, int hidden, String precision, String by, String us, String aim) {
    return String.format(
        "| %s | %d | 1 | %d | 50 | 20 | %s | %s | %s | 9.9 | 1.0e-06 | %s |",
        step, groups, hidden, precision, by, us, aim);
  }

  private static String joined(List<String> peers) {
    return new PeersTable(BENCH, peers).text();
  }

  private static void assertLine(String text, String line) {
    assertTrue(text.lines().anyMatch(line::equals), () -> line + " is missing in\n" + text);
  }

  @Test
  void eachOfOurTimesStandsBesidePytorchs() {
    String text = joined(PEERS);
    assertLine(
        text,
        "| LSTM, whole step | 1 | 1 | 100 | 50 | 20 | FP32 | auto | 100.0 | 1500.0 | 15.00 x |"
            + " 400.0 | 4.00 x | 120 us: reached; 10 x PyTorch eager: reached |");
    assertLine(
        text,
        "| LSTM, whole step | 1 | 1 | 100 | 50 | 20 | FP32 | perStep | 500.0 | 1500.0 | 3.00 x |"
            + " 400.0 | 0.80 x | 120 us: missed; 10 x PyTorch eager: missed |");
    assertLine(
        text,
        "| milks | 4000 | 1 | 100 | 50 | 20 | FP32 | auto | 4000.0 | - | - | - | - |"
            + " 200 models/s: reached |");
    assertLine(text, "auto: 4 aims reached, 0 missed, 0 not known");
  }

  @Test
  void whatPytorchDidNotDoIsSaidWithItsReason() {
    String text = joined(PEERS);
    assertLine(
        text,
        "| LSTM 512 | 1 | 1 | 512 | 50 | 20 | FP32 | auto | 2000.0 | 7000.0 | 3.50 x |"
            + " fails: no capture | - | 3 x PyTorch: reached |");
    assertLine(text, "* LSTM 512 in FP32: no CUDA graph of PyTorch: fails: no capture");
    assertLine(text, "* LSTM 512 in BF16: no time of PyTorch: peers: cut off: FAILED");
    assertLine(text, "* milks in FP32: PyTorch has no layer of 4000 groups");
  }

  @Test
  void withoutPytorchOurOwnAimsAreJudged() {
    String text = joined(null);
    assertLine(
        text,
        "| LSTM, whole step | 1 | 1 | 100 | 50 | 20 | FP32 | auto | 100.0 | - | - | - | - |"
            + " 120 us: reached; 10 x PyTorch eager: not known |");
    assertLine(text, "* LSTM 512 in FP32: no time of PyTorch: the part peers has not run");
    assertLine(text, "auto: 2 aims reached, 0 missed, 2 not known");
    assertLine(
        joined(List.of("there is no PyTorch for this Python", "", "peers: FAILED: FAILED")),
        "* LSTM 512 in FP32: no time of PyTorch: peers: FAILED: FAILED");
    assertLine(
        joined(List.of("peers: passed: ok")),
        "* LSTM 512 in FP32: no time of PyTorch: the part peers does not measure it");
    assertLine(
        joined(List.of("# PyTorch's training steps")),
        "* LSTM 512 in FP32: no time of PyTorch: the part peers did not end");
  }

  /** The graph is what a ratio to PyTorch is held against, if it is the faster. */
  @Test
  void aRatioIsToTheFasterOfBoth() {
    List<String> peers = new ArrayList<>(PEERS);
    peers.set(5, "| LSTM 512 | 1 | 512 | 50 | 20 | FP32 | 7000.0 | 5000.0 |");
    assertTrue(joined(peers).contains("| 2.50 x | 3 x PyTorch: missed |"), joined(peers));
  }

  @Test
  void aWrongResultReachesNothing() {
    List<String> bench = new ArrayList<>(BENCH);
    bench.set(7, BENCH.get(7).replace("1.0e-06", "1.0e-01 WRONG"));
    String text = new PeersTable(bench, PEERS).text();
    assertTrue(text.contains("120 us: missed, the result is wrong; "), text);
    assertLine(text, "auto: 2 aims reached, 2 missed, 0 not known");
  }

  @Test
  void nothingTimedIsSaid() {
    String text = new PeersTable(List.of("bench: cut off: FAILED"), PEERS).text();
    assertEquals("gpu_bench has timed no step\n", text);
  }

  @Test
  void anAimThatNobodyUnderstandsIsAnError() {
    assertThrows(IllegalArgumentException.class, () -> SpeedAim.read("12 parsecs"));
  }
}
