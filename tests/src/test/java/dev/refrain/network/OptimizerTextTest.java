package dev.refrain.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.kernels.Adagrad;
import dev.refrain.kernels.Adam;
import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.RmsProp;
import dev.refrain.kernels.Sgd;
import dev.refrain.kernels.WeightDecay;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OptimizerTextTest {

  static Stream<Optimizer> optimizers() {
    return Stream.of(
        new Adam(),
        new Adam(0.8, 0.99, 1e-7, Adam.Form.PYTORCH, WeightDecay.decoupled(0.01)),
        new Sgd(),
        new Sgd(0.9, true, WeightDecay.l2(1e-4)),
        new RmsProp(),
        new RmsProp(0.95, 1e-6, WeightDecay.l2(0.1)),
        new Adagrad(),
        new Adagrad(0, 1e-10, WeightDecay.NONE));
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void readsBackWhatWasWritten(Optimizer optimizer) {
    assertEquals(optimizer, OptimizerText.read(OptimizerText.write(optimizer)));
  }

  @Test
  void whatItCannotReadIsNamed() {
    refuses("optimizer", "abacus");
    refuses("optimizer.beta1", "2");
    refuses("optimizer.epsilon", "small");
    refuses("optimizer.form", "keras");
    refuses("optimizer.decay", "l3");
  }

  private static void refuses(String key, String value) {
    Map<String, String> pairs = new HashMap<>(OptimizerText.write(new Adam()));
    pairs.put(key, value);
    String message =
        assertThrows(IllegalArgumentException.class, () -> OptimizerText.read(pairs)).getMessage();
    assertTrue(message.contains(value), message);
    pairs.remove(key);
    assertThrows(IllegalArgumentException.class, () -> OptimizerText.read(pairs));
  }
}
