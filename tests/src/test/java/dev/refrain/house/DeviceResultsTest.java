package dev.refrain.house;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code benchmarks/results/GPU.md} says of every CUDA kernel whether it has run on a device. */
class DeviceResultsTest {
  private static final Path ROOT = Path.of(System.getProperty("refrain.root", ".."));

  /** The first name of that kind behind the mark: launch bounds may stand between. */
  private static final Pattern KERNEL_NAME =
      Pattern.compile("__global__\\s+void[^{;]*?\\b(\\w+_kernel)\\s*\\(");

  private static final Pattern MARK = Pattern.compile("__global__\\s+void");
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `(\\w+_kernel)` \\|");

  @Test
  void everyKernelIsListedAndNoOther() throws IOException {
    Set<String> kernels = new TreeSet<>();
    addKernels("native/cuda", kernels);
    addKernels("benchmarks/native/gpu", kernels);
    assertFalse(kernels.isEmpty(), "no kernel was found");
    Set<String> listed = new TreeSet<>();
    Matcher row = ROW.matcher(Files.readString(ROOT.resolve("benchmarks/results/GPU.md"), UTF_8));
    while (row.find()) {
      listed.add(row.group(1));
    }
    assertEquals(kernels, listed);
  }

  private static void addKernels(String folder, Set<String> kernels) throws IOException {
    try (Stream<Path> files = Files.walk(ROOT.resolve(folder))) {
      for (Path file : files.filter(path -> path.toString().matches(".*\\.cuh?")).toList()) {
        String text = Files.readString(file, UTF_8);
        long marks = MARK.matcher(text).results().count();
        Set<String> found = new TreeSet<>();
        KERNEL_NAME.matcher(text).results().forEach(kernel -> found.add(kernel.group(1)));
        assertEquals(marks, found.size(), file + ": a kernel's name ends in _kernel: " + found);
        kernels.addAll(found);
      }
    }
  }
}
