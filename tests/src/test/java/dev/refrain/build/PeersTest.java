package dev.refrain.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.Python;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code peers.py}, which is meant for a GPU: what of it a CPU can run. */
class PeersTest {
  private static final Path SCRIPT = Checkout.root().resolve("benchmarks/bundle/peers.py");

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
