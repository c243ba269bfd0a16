package dev.refrain.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Adam;
import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.Precision;
import dev.refrain.kernels.SampledLoss;
import dev.refrain.kernels.Schedule;
import dev.refrain.kernels.WeightDecay;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The bridge passes an enum by its ordinal: each constant has the value of its twin in C. */
class EnumTwinsTest {
  private static final Pattern CONSTANT = Pattern.compile("REFRAIN_(\\w+) = (\\d+)");

  static Stream<Arguments> twins() {
    return Stream.of(
        Arguments.of("refrain_activation", "", Activation.values()),
        Arguments.of("refrain_adam_form", "ADAM_", Adam.Form.values()),
        Arguments.of("refrain_decay", "DECAY_", WeightDecay.Mode.values()),
        Arguments.of("refrain_group_status", "", GroupState.Status.values()),
        Arguments.of("refrain_gru_form", "", GruForm.values()),
        Arguments.of("refrain_loss_kind", "", Loss.Kind.values()),
        Arguments.of("refrain_sampled_loss", "SAMPLED_", SampledLoss.values()),
        Arguments.of("refrain_schedule_kind", "SCHEDULE_", Schedule.Kind.values()),
        // FP64 is the reference engine's alone
        Arguments.of(
            "refrain_precision",
            "",
            Arrays.stream(Precision.values()).filter(p -> p != Precision.FP64).toArray()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("twins")
  void constantsAgree(String name, String prefix, Object[] constants) throws IOException {
    Map<String, Integer> java = new LinkedHashMap<>();
    for (Object constant : constants) {
      Enum<?> twin = (Enum<?>) constant;
      java.put(prefix + twin.name(), twin.ordinal());
    }
    assertEquals(java, constantsOf(name));
  }

  private static Map<String, Integer> constantsOf(String name) throws IOException {
    Pattern declaration = Pattern.compile("enum " + name + " \\{([^}]*)\\}");
    Map<String, Integer> constants = new LinkedHashMap<>();
    try (Stream<Path> headers = Files.list(Checkout.root().resolve("native/include/refrain"))) {
      headers
          .flatMap(header -> declaration.matcher(text(header)).results())
          .flatMap(body -> CONSTANT.matcher(body.group(1)).results())
          .forEach((MatchResult c) -> constants.put(c.group(1), Integer.valueOf(c.group(2))));
    }
    assertTrue(!constants.isEmpty(), "no header declares enum " + name);
    return constants;
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
