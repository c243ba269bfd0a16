package dev.refrain.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.Gson;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A Python that has PyTorch, to run scripts of the resources with. */
final class Pytorch {
  private final String python;
  private final Path folder;

  private Pytorch(String python, Path folder) {
    this.python = python;
    this.folder = folder;
  }

  /** Skips the test, with a reason, where there is none. */
  static Pytorch assumed(Path folder) throws Exception {
    Optional<String> python = find();
    assumeTrue(python.isPresent(), "no Python with PyTorch here (Debian: python3-torch)");
    return new Pytorch(python.get(), folder);
  }

  private static Optional<String> find() throws Exception {
    for (String python : List.of("python3", "/usr/bin/python3")) {
      try {
        Process process =
            new ProcessBuilder(python, "-c", "import torch, numpy")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (process.waitFor() == 0) {
          return Optional.of(python);
        }
      } catch (IOException e) {
        // There is no such program; the next may be there.
      }
    }
    return Optional.empty();
  }

  /** The numbers that a script prints. */
  double[] run(String resource, Object... arguments) throws Exception {
    Path script = folder.resolve("script.py");
    try (InputStream in = Pytorch.class.getResourceAsStream(resource)) {
      Files.copy(in, script, StandardCopyOption.REPLACE_EXISTING);
    }
    List<String> words = new ArrayList<>(List.of(python, script.toString()));
    for (Object argument : arguments) {
      words.add(argument.toString());
    }
    Process process =
        new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), printed);
    return new Gson().fromJson(printed, double[].class);
  }
}
