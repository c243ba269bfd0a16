package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.refrain.TestEngines;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code --device cuda} is a GPU or an error that says what is missing, never another engine. */
class CudaDeviceTest {
  private static final String MILK = "monthly-milk-production.csv";

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"cuda", "cuda:1"})
  void withoutOneTheMessageSaysWhatIsMissing(String device) throws Exception {
    String reason = TestEngines.missing().get("cuda");
    assumeTrue(reason != null, "this machine has a GPU");
    // The reason says which of driver, device and library is missing, and how to have it.
    Refrain.run(folder, "forecast", MILK, "--device", device)
        .refused("the cuda engine cannot be had: " + reason, "install");
  }

  @Test
  void aDeviceBeyondTheLastIsNamedBesideThoseThereAre() throws Exception {
    assumeTrue(TestEngines.missing().get("cuda") == null, "this machine has no GPU");
    Refrain.run(folder, "forecast", MILK, "--device", "cuda:99")
        .refused("there is no device cuda:99; this machine has cuda (");
  }

  @Test
  void tooSmallAShareOfTheMemoryIsNamed() throws Exception {
    Refrain run =
        Refrain.run(folder, "forecast", MILK, "--device", "reference", "--memory-fraction", "1e-9");
    run.endedWith(2);
    assertTrue(run.err().contains(" MB are available under the memory limit"), run::err);
  }
}
