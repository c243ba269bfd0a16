package dev.refrain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.kernels.Kernels;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TestEnginesTest {

  @Test
  void whatIsRequiredWorks() {
    assertEquals(List.of(), TestEngines.faults());
  }

  @Test
  void theReferenceIsAlwaysThere() {
    assertTrue(TestEngines.all().anyMatch(TestEngine::isReference));
  }

  @TestFactory
  Stream<DynamicTest> whatIsMissingIsSkippedWithItsReason() {
    return TestEngines.missing().entrySet().stream()
        .map(
            missing ->
                DynamicTest.dynamicTest(
                    missing.getKey(), () -> Assumptions.abort(missing.getValue())));
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void saysWhatItIs(TestEngine engine) {
    try (Kernels kernels = engine.open()) {
      assertEquals(engine.engine(), kernels.device().engine());
      assertTrue(kernels.description().contains(engine.engine()), kernels.description());
    }
  }
}
