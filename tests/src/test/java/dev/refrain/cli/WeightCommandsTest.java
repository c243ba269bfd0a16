package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.io.SafetensorsWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code export} and {@code import} as processes. */
class WeightCommandsTest {
  @TempDir private Path folder;

  @Test
  void weightsGoToPytorchsNamesAndBack() throws Exception {
    train("--cell lstm");
    for (String file : new String[] {"w.safetensors", "w.npz"}) {
      Refrain.run(folder, "export", "t/model.safetensors", file).endedWith(0);
      Refrain.run(folder, "import", file, "m.safetensors").endedWith(0);
      Refrain.run(folder, "export", "m.safetensors", "again-" + file).endedWith(0);
      assertSameFile(file, "again-" + file);
    }
    Refrain.run(folder, "export", "m.safetensors", "x.npz", "--group", "1").refused("--group is 1");
    Refrain.run(folder, "import", "w.npz", "x", "--activation", "relu")
        .refused("no module", "relu");
    Refrain.run(folder, "import", "w.npz", "x", "--cell-clip", "1").refused("--cell-clip");
    Refrain.run(folder, "import", "w.npz", "x", "--layout", "tensorflow1")
        .refused("TensorFlow 1's names");
    Refrain.run(folder, "export", "absent", "x.npz").refused("absent");
    Refrain.run(folder, "export", "m.safetensors", "x.pt").refused("x.pt", ".safetensors");
    Refrain.run(folder, "import", "t/run.json", "x").refused("run.json", ".npz");
  }

  @Test
  void weightsGoToTensorFlowsNamesAndBack() throws Exception {
    train("--cell lstm --layers 2 --activation relu");
    String layout = " --layout tensorflow1";
    for (String file : new String[] {"w.safetensors", "w.npz"}) {
      run("export t/model.safetensors " + file + layout).endedWith(0);
      run("import " + file + " m.safetensors --activation relu --json" + layout).endedWith(0);
      run("export m.safetensors again-" + file + layout).endedWith(0);
      assertSameFile(file, "again-" + file);
    }
    String network = run("import w.npz m.safetensors --forget-bias 0" + layout).endedWith(0).out();
    assertTrue(network.contains("forget bias 0.0"), network);
    run("import w.npz x").refused("weight_ih_l0");
    run("import w.npz x --forget-bias NaN" + layout).refused("forgetBias is NaN");
    run("export t/model.safetensors x.npz --layout tensorflow").refused("did you mean tensorflow1");
  }

  @Test
  void modulesOfAStateAreFoundOrNamed() throws Exception {
    SafetensorsWriter state = new SafetensorsWriter();
    for (String prefix : List.of("encoder.rnn.", "decoder.rnn.")) {
      state
          .floats(prefix + "weight_ih_l0", List.of(3L, 1L), new float[3])
          .floats(prefix + "weight_hh_l0", List.of(3L, 3L), new float[9]);
    }
    state.floats("fc.weight", List.of(1L, 3L), new float[3]).write(folder.resolve("s.safetensors"));
    run("import s.safetensors x").refused("[decoder.rnn, encoder.rnn]", "--prefix");
    String imported =
        run("import s.safetensors m.safetensors --prefix decoder.rnn --linear fc")
            .endedWith(0)
            .out();
    assertTrue(imported.contains("no biases"), imported);
    assertTrue(imported.contains("passed over, of other modules: encoder.rnn."), imported);
    assertTrue(imported.contains("projection to 1"), imported);
    run("import s.safetensors x --linear fc --no-linear").refused("--no-linear leaves out");
    run("import s.safetensors x --prefix a --layout tensorflow1").refused("of PyTorch's");
  }

  private Refrain run(String words) throws Exception {
    return Refrain.run(folder, words.split(" "));
  }

  private void train(String options) throws Exception {
    run("train airline-passengers.csv --steps 3 --units 4 --out t " + options).endedWith(0);
  }

  private void assertSameFile(String one, String other) throws Exception {
    assertEquals(-1, Files.mismatch(folder.resolve(one), folder.resolve(other)), one);
  }
}
