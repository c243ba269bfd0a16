package dev.refrain.golden;

import dev.refrain.kernels.Adagrad;
import dev.refrain.kernels.Adam;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.ParameterUpdate;
import dev.refrain.kernels.RmsProp;
import dev.refrain.kernels.Schedule;
import dev.refrain.kernels.Sgd;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.WeightDecay;
import dev.refrain.parity.Comparison;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/** Some steps of TensorFlow 1's and PyTorch's optimizers with given gradients. */
class OptimizerGoldenTest {

  @TestFactory
  Stream<DynamicNode> equalsTheOthers() {
    return GoldenTests.of("optimizer_", OptimizerGoldenTest::check);
  }

  private static void check(GoldenFile file, Kernels kernels, boolean exact) {
    Optimizer rule = rule(file.name().substring("optimizer_".length()), file.part("hyper"));
    double[] start = file.values("start");
    double[] gradients = file.values("gradients");
    int steps = file.size("gradients", 0);
    int count = start.length;
    Buffer values = kernels.allocate(count);
    values.writeDoubles(start);
    Buffer gradient = kernels.allocate(count);
    List<Buffer> slots = new ArrayList<>();
    for (int i = 0; i < rule.slots(); i++) {
      Buffer slot = kernels.allocate(count);
      slot.writeDoubles(slotStart(rule, count));
      slots.add(slot);
    }
    StepState state = kernels.allocateState(1, 0);
    state.write(0, GroupState.initial(0, file.part("hyper").number("learning_rate")));
    ParameterUpdate update = new ParameterUpdate(1, count, values, gradient, slots);
    for (int step = 0; step < steps; step++) {
      gradient.writeDoubles(0, gradients, step * count, count);
      kernels.advance(Schedule.CONSTANT, rule, state);
      rule.update(kernels, update, state);
    }
    double tolerance = GoldenTolerance.sum(steps, exact);
    Comparison.assertClose(file.name(), file.values("end"), values.readDoubles(), tolerance);
  }

  /** In double, as float64 wants it. */
  private static double[] slotStart(Optimizer rule, int count) {
    double[] start = new double[count];
    Arrays.fill(start, rule instanceof Adagrad adagrad ? adagrad.initialAccumulator() : 0);
    return start;
  }

  private static Optimizer rule(String name, GoldenFile hyper) {
    double decayRate = hyper.number("weight_decay", 0);
    WeightDecay l2 = decayRate == 0 ? WeightDecay.NONE : WeightDecay.l2(decayRate);
    return switch (name) {
      case "sgd" -> new Sgd(0, false, l2);
      case "momentum" -> new Sgd(hyper.number("momentum"), false, l2);
      case "nesterov" -> new Sgd(hyper.number("momentum"), true, l2);
      case "rmsprop" -> new RmsProp(hyper.number("decay"), hyper.number("epsilon"), l2);
      case "adagrad" -> new Adagrad(hyper.number("initial_accumulator"), 0, l2);
      case "adam_tf" -> adam(hyper, Adam.Form.TENSORFLOW, l2);
      case "adam_pytorch", "adam_l2" -> adam(hyper, Adam.Form.PYTORCH, l2);
      case "adamw" -> adam(hyper, Adam.Form.PYTORCH, WeightDecay.decoupled(decayRate));
      default -> throw new IllegalArgumentException("no optimizer is called " + name);
    };
  }

  private static Adam adam(GoldenFile hyper, Adam.Form form, WeightDecay decay) {
    return new Adam(
        hyper.number("beta1"), hyper.number("beta2"), hyper.number("epsilon"), form, decay);
  }
}
