package dev.refrain.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the operating system tells of the processor. Linux tells it in {@code /proc/cpuinfo}; on
 * others the model and the vector instructions stay unknown.
 *
 * @param model as its maker calls it, or the architecture where that is unknown
 * @param vectorInstructions extensions that matter to number crunching; empty where unknown
 * @param cores that this process may use
 */
record Processor(String model, List<String> vectorInstructions, int cores) {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  /** Names in {@code /proc/cpuinfo}, x86 then ARM. */
  private static final Set<String> VECTOR_EXTENSIONS =
      Set.of(
          "sse4_2",
          "avx",
          "avx2",
          "fma",
          "f16c",
          "avx_vnni",
          "avx512f",
          "avx512dq",
          "avx512bw",
          "avx512vl",
          "avx512_bf16",
          "avx512_fp16",
          "avx512_vnni",
          "amx_tile",
          "amx_bf16",
          "asimd",
          "asimdhp",
          "sve",
          "sve2",
          "bf16");

  /** Asks the operating system. */
  static Processor ofThisMachine() {
    return new Processor(
        entry("model name").orElse(System.getProperty("os.arch")),
        entry("flags").or(() -> entry("Features")).map(Processor::extensions).orElse(List.of()),
        Runtime.getRuntime().availableProcessors());
  }

  private static List<String> extensions(String flags) {
    return Arrays.stream(flags.split(" ")).filter(VECTOR_EXTENSIONS::contains).toList();
  }

  /** The value of the first line {@code key : value}. */
  private static Optional<String> entry(String key) {
    try (Stream<String> lines = Files.lines(CPU_INFO)) {
      return lines
          .filter(line -> line.startsWith(key))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst();
    } catch (IOException e) {
      // No such file: not Linux.
      return Optional.empty();
    }
  }

  @Override
  public String toString() {
    return model
        + (cores == 1 ? ", 1 core" : ", " + cores + " cores")
        + (vectorInstructions.isEmpty()
            ? ""
            : vectorInstructions.stream().collect(Collectors.joining(" ", ", ", "")));
  }
}
