package dev.refrain.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The CUDA engine declares what it calls of cuBLAS and cuDNN itself, for no header of them is
 * needed to build it. JavaCPP's presets were made from NVIDIA's headers: names, values of constants
 * and the kinds of parameters agree with theirs. Their classes are read, not loaded, which needs a
 * driver.
 */
class VendorPrototypesTest {
  private static final Pattern C_ENUM = Pattern.compile("enum[^{;]*\\{([^}]*)\\}");
  private static final Pattern C_CONSTANT = Pattern.compile("(\\w+) = (-?\\d+)");
  private static final Pattern C_FUNCTION =
      Pattern.compile("(?m)^  ([^();]+?)\\s*\\(\\*(\\w+)\\)\\(([^)]*)\\);");
  private static final Pattern JAVA_CONSTANT =
      Pattern.compile("static final int (\\w+) = (-?\\d+);");
  private static final Pattern JAVA_FUNCTION =
      Pattern.compile("static native (\\S+) (\\w+)\\(([^)]*)\\);");

  private static final Map<String, Integer> PRESET_CONSTANTS = new HashMap<>();
  // By name, each overload's kinds: "int(pointer, int, long)".
  private static final Map<String, Set<String>> PRESET_FUNCTIONS = new HashMap<>();

  @BeforeAll
  static void readPresets() {
    Optional<ToolProvider> javap = ToolProvider.findFirst("javap");
    assumeTrue(javap.isPresent(), "this Java has no javap to read the presets with");
    Path jar = Checkout.root().resolve("tests/target/presets/cuda.jar");
    assertTrue(Files.exists(jar), jar + " is missing: the tests' pom puts it there");
    StringWriter text = new StringWriter();
    StringWriter errors = new StringWriter();
    String presets = "org.bytedeco.cuda.global.";
    int status =
        javap
            .get()
            .run(
                new PrintWriter(text),
                new PrintWriter(errors),
                "-constants",
                "-classpath",
                jar.toString(),
                presets + "cudart",
                presets + "cublas",
                presets + "cudnn");
    assertEquals(0, status, errors.toString());
    Matcher constant = JAVA_CONSTANT.matcher(text.toString());
    while (constant.find()) {
      PRESET_CONSTANTS.put(constant.group(1), Integer.parseInt(constant.group(2)));
    }
    Matcher function = JAVA_FUNCTION.matcher(text.toString());
    while (function.find()) {
      PRESET_FUNCTIONS
          .computeIfAbsent(function.group(2), name -> new HashSet<>())
          .add(kinds(function.group(1), function.group(3), VendorPrototypesTest::kindInJava));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cublas_calls.h", "cudnn_calls.h"})
  void constantsHaveTheirValues(String header) throws IOException {
    Map<String, Integer> declared = new TreeMap<>();
    Matcher block = C_ENUM.matcher(read(header));
    while (block.find()) {
      Matcher constant = C_CONSTANT.matcher(block.group(1));
      while (constant.find()) {
        declared.put(constant.group(1), Integer.parseInt(constant.group(2)));
      }
    }
    assertTrue(declared.size() >= 10, declared.toString());
    Map<String, Integer> known = new TreeMap<>();
    declared.keySet().forEach(name -> known.put(name, PRESET_CONSTANTS.get(name)));
    assertEquals(known, declared);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cublas_calls.h", "cudnn_calls.h"})
  void functionsTakeWhatTheirsTake(String header) throws IOException {
    Matcher function = C_FUNCTION.matcher(read(header));
    int count = 0;
    while (function.find()) {
      ++count;
      String name = function.group(2);
      String declared = kinds(function.group(1), function.group(3), VendorPrototypesTest::kindInC);
      Set<String> known = PRESET_FUNCTIONS.getOrDefault(name, Set.of());
      assertTrue(known.contains(declared), name + ": " + declared + " is none of " + known);
    }
    assertTrue(count >= 10, header + ": " + count + " functions");
  }

  /** Whatever is declared is looked for in the library, and nothing else. */
  @Test
  void allOfThemAreBound() throws IOException {
    Set<String> declared = new TreeSet<>();
    for (String header : new String[] {"cublas_calls.h", "cudnn_calls.h"}) {
      Matcher function = C_FUNCTION.matcher(read(header));
      while (function.find()) {
        declared.add(function.group(2));
      }
    }
    Set<String> bound =
        Pattern.compile("REFRAIN_BIND\\((cu\\w+)\\);")
            .matcher(read("library.cc"))
            .results()
            .map(match -> match.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(declared, bound);
  }

  private static String read(String file) throws IOException {
    return Files.readString(Checkout.root().resolve("native/cuda").resolve(file));
  }

  private static String kinds(
      String result, String parameters, java.util.function.UnaryOperator<String> kind) {
    String listed =
        parameters.isBlank()
            ? ""
            : Arrays.stream(parameters.split(","))
                .map(String::strip)
                .map(kind)
                .collect(Collectors.joining(", "));
    return kind.apply(result.strip()) + "(" + listed + ")";
  }

  private static String kindInC(String declaration) {
    if (declaration.contains("*") || declaration.contains("cudaStream_t")) {
      return "pointer";
    }
    if (declaration.matches("(size_t|int64_t|unsigned long long)\\b.*")) {
      return "long";
    }
    return declaration.startsWith("float") ? "float" : "int";
  }

  private static String kindInJava(String type) {
    return switch (type) {
      case "int", "long", "float" -> type;
      default -> "pointer";
    };
  }
}
