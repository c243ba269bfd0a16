package dev.refrain.faults;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Adagrad;
import dev.refrain.kernels.Adam;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.CellGradients;
import dev.refrain.kernels.CellLayout;
import dev.refrain.kernels.CellParameters;
import dev.refrain.kernels.CellSequence;
import dev.refrain.kernels.CellShape;
import dev.refrain.kernels.DropoutShape;
import dev.refrain.kernels.GatherArguments;
import dev.refrain.kernels.GatherShape;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LinearParameters;
import dev.refrain.kernels.LinearShape;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.LossArguments;
import dev.refrain.kernels.LossShape;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.ParameterUpdate;
import dev.refrain.kernels.RmsProp;
import dev.refrain.kernels.Schedule;
import dev.refrain.kernels.Sgd;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.View;
import dev.refrain.kernels.WeightDecay;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Arguments that do not fit are refused before anything is computed, with the value named. */
class ArgumentsTest {
  private static final LstmCell LSTM = new LstmCell(Activation.TANH);
  private static final GruCell GRU = new GruCell(Activation.TANH, GruForm.RESET_AFTER);
  private static final CellShape SHAPE = CellShape.of(LSTM, 2, 3, 2, 2, 4);
  private static final CellLayout LAYOUT =
      new CellLayout(0, 32, CellLayout.ABSENT, CellLayout.ABSENT, 96, 112);
  private static final long P = 128;

  /** A call that must be refused, and what the message must name. */
  private record Refusal(String what, Consumer<Kernels> call, List<String> named) {
    @Override
    public String toString() {
      return what;
    }
  }

  private static Refusal refusal(String what, Consumer<Kernels> call, String... named) {
    return new Refusal(what, call, List.of(named));
  }

  static Stream<Arguments> refusals() {
    return TestEngines.times(
        Stream.of(cells(), layers(), training()).flatMap(List::stream).toList());
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void refuses(TestEngine engine, Refusal refusal) {
    try (Kernels kernels = engine.open()) {
      long operations = kernels.operationCount();
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> refusal.call().accept(kernels));
      for (String part : refusal.named()) {
        assertTrue(e.getMessage().contains(part), () -> e.getMessage() + " lacks " + part);
      }
      assertTrue(kernels.operationCount() == operations, "nothing ran");
      Buffer buffer = kernels.allocate(2);
      kernels.fill(buffer, 0, 2, 1);
      assertArrayEquals(new float[] {1, 1}, buffer.read(), "usable afterwards");
    }
  }

  private static List<Refusal> cells() {
    return List.of(
        refusal(
            "x too short",
            k -> forward(k, LAYOUT, P, CellSequence.of(rows(k, 1, 12, 2), rows(k, 2, 6, 4))),
            "x",
            "24"),
        refusal(
            "y's rows narrower than its columns",
            k ->
                forward(
                    k,
                    LAYOUT,
                    P,
                    CellSequence.of(rows(k, 2, 6, 2), new View(k.allocate(48), 0, 24, 3))),
            "y",
            "3",
            "4"),
        refusal(
            "groups of y overlap",
            k ->
                forward(
                    k,
                    LAYOUT,
                    P,
                    CellSequence.of(rows(k, 2, 6, 2), new View(k.allocate(48), 0, 0, 4))),
            "y",
            "24"),
        refusal(
            "x beyond the end by its offset",
            k ->
                forward(
                    k,
                    LAYOUT,
                    P,
                    CellSequence.of(new View(k.allocate(24), 1, 12, 2), rows(k, 2, 6, 4))),
            "x",
            "24"),
        refusal(
            "strides that overflow",
            k ->
                forward(
                    k,
                    LAYOUT,
                    P,
                    CellSequence.of(
                        new View(k.allocate(24), 0, Long.MAX_VALUE, Long.MAX_VALUE),
                        rows(k, 2, 6, 4))),
            Long.toString(Long.MAX_VALUE)),
        refusal(
            "w missing",
            k -> forward(k, new CellLayout(-1, 32, -1, -1, 96, 112), P, sequence(k)),
            "w",
            "-1"),
        refusal(
            "r beyond the group stride",
            k -> forward(k, new CellLayout(0, 65, -1, -1, -1, -1), P, sequence(k)),
            "values.r",
            "129",
            "128"),
        refusal(
            "peepholes that the cell lacks",
            k -> forward(k, new CellLayout(0, 32, -1, 96, -1, -1), P, sequence(k)),
            "peepholes",
            "96"),
        refusal(
            "projection that the cell lacks",
            k -> forward(k, new CellLayout(0, 32, 96, -1, -1, -1), P, sequence(k)),
            "projection",
            "96"),
        refusal(
            "lengths too few",
            k -> forward(k, LAYOUT, P, sequence(k).lengths(k.allocateIndices(3))),
            "lengths",
            "3"),
        refusal(
            "reserve too small",
            k -> forward(k, LAYOUT, P, sequence(k).saving(k.allocate(1))),
            "reserve"),
        refusal(
            "outputs of another size",
            k ->
                LSTM.forward(
                    k, new CellShape(2, 3, 2, 2, 4, 3), parameters(k, LAYOUT, P), sequence(k)),
            "3",
            "4"),
        refusal(
            "a cell state for a GRU",
            k -> {
              View c = rows(k, 2, 2, 4);
              GRU.forward(
                  k,
                  CellShape.of(GRU, 2, 3, 2, 2, 4),
                  parameters(k, new CellLayout(0, 24, -1, -1, -1, -1), P),
                  sequence(k).from(null, c));
            },
            "cx"),
        refusal(
            "final states over initial ones that backward needs",
            k -> {
              View h = rows(k, 2, 2, 4);
              CellSequence inPlace = sequence(k).from(h, null).to(h, null);
              long reserve = LSTM.reserveSize(k, SHAPE);
              forward(k, LAYOUT, P, inPlace.saving(k.allocate(reserve)));
            },
            "hy"),
        refusal(
            "backward of parameters that groups share",
            k -> {
              CellSequence saved = sequence(k).saving(k.allocate(LSTM.reserveSize(k, SHAPE)));
              LSTM.backward(
                  k, SHAPE, parameters(k, LAYOUT, 0), saved, CellGradients.of(rows(k, 2, 6, 4)));
            },
            "groupStride",
            "2"),
        refusal(
            "dx too short",
            k -> {
              CellSequence saved = sequence(k).saving(k.allocate(LSTM.reserveSize(k, SHAPE)));
              CellGradients flow = CellGradients.of(rows(k, 2, 6, 4)).input(rows(k, 1, 5, 2));
              LSTM.backward(k, SHAPE, parameters(k, LAYOUT, P), saved, flow);
            },
            "dx"));
  }

  private static void forward(
      Kernels kernels, CellLayout layout, long groupStride, CellSequence sequence) {
    LSTM.forward(kernels, SHAPE, parameters(kernels, layout, groupStride), sequence);
  }

  private static CellParameters parameters(Kernels kernels, CellLayout layout, long groupStride) {
    return new CellParameters(
        kernels.allocate(2 * P), kernels.allocate(2 * P), groupStride, layout);
  }

  private static CellSequence sequence(Kernels kernels) {
    return CellSequence.of(rows(kernels, 2, 6, 2), rows(kernels, 2, 6, 4));
  }

  private static View rows(Kernels kernels, int groups, long rows, int columns) {
    return View.of(kernels.allocate(groups * rows * columns), rows, columns);
  }

  private static List<Refusal> layers() {
    LinearShape linear = new LinearShape(1, 3, 2, 4);
    DropoutShape dropout = new DropoutShape(1, 3, 2, 0);
    return List.of(
        refusal(
            "linear weight beyond the parameters",
            k ->
                k.linearForward(
                    linear,
                    new LinearParameters(k.allocate(7), null, 0, 0, -1),
                    rows(k, 1, 3, 2),
                    rows(k, 1, 3, 4)),
            "weight",
            "7"),
        refusal(
            "linear bias beyond the parameters",
            k ->
                k.linearForward(
                    linear,
                    new LinearParameters(k.allocate(10), null, 0, 0, 8),
                    rows(k, 1, 3, 2),
                    rows(k, 1, 3, 4)),
            "bias",
            "10"),
        refusal(
            "a rate of 1",
            k -> k.dropout(dropout, 1, rows(k, 1, 3, 2), rows(k, 1, 3, 2), state(k, 1)),
            "1.0"),
        refusal(
            "a rate that is no number",
            k -> k.dropout(dropout, Double.NaN, rows(k, 1, 3, 2), rows(k, 1, 3, 2), state(k, 1)),
            "NaN"),
        refusal(
            "a state of other groups",
            k -> k.dropout(dropout, 0.5, rows(k, 1, 3, 2), rows(k, 1, 3, 2), state(k, 3)),
            "3",
            "1"),
        refusal("fill beyond the end", k -> k.fill(k.allocate(4), 1, 4, 0), "1..4", "4"),
        refusal("negative fill", k -> k.fill(k.allocate(4), -1, 1, 0), "-1"),
        refusal(
            "copy beyond the target",
            k -> k.copy(1, 2, 3, rows(k, 1, 2, 3), rows(k, 1, 1, 5)),
            "target"));
  }

  private static StepState state(Kernels kernels, int groups) {
    return kernels.allocateState(groups, 0);
  }

  private static List<Refusal> training() {
    LossShape loss = new LossShape(1, 3, 1, 2);
    GatherShape gather = GatherShape.ahead(1, 3, 2, 1, 0, 1, 1, 10, 1, true);
    return List.of(
        refusal(
            "a target for cross-entropy",
            k ->
                k.loss(
                    Loss.SOFTMAX_CROSS_ENTROPY,
                    loss,
                    LossArguments.of(rows(k, 1, 3, 2), rows(k, 1, 3, 2), null),
                    state(k, 1)),
            "labels"),
        refusal(
            "labels for a squared error",
            k ->
                k.loss(
                    Loss.MSE,
                    loss,
                    LossArguments.of(rows(k, 1, 3, 2), k.allocateIndices(3), null),
                    state(k, 1)),
            "target"),
        refusal(
            "a target too short",
            k ->
                k.loss(
                    Loss.MSE,
                    loss,
                    LossArguments.of(rows(k, 1, 3, 2), rows(k, 1, 5, 1), null),
                    state(k, 1)),
            "target"),
        refusal(
            "a series too short",
            k ->
                k.gather(
                    gather,
                    new GatherArguments(k.allocate(9), null, null, rows(k, 1, 6, 1), null),
                    state(k, 1)),
            "series",
            "9"),
        refusal(
            "starts that are no whole round",
            k ->
                k.gather(
                    gather,
                    new GatherArguments(
                        k.allocate(10), null, k.allocateIndices(3), rows(k, 1, 6, 1), null),
                    state(k, 1)),
            "starts",
            "3",
            "2"),
        refusal("a clip of 0", k -> k.clipValue(k.allocate(4), 4, 0), "0.0"),
        refusal(
            "a clip of NaN", k -> k.clipNorm(k.allocate(4), 1, 4, Double.NaN, state(k, 1)), "NaN"),
        refusal(
            "more gradients than there are",
            k -> k.clipNorm(k.allocate(4), 1, 5, 1, state(k, 1)),
            "gradients",
            "4"),
        refusal(
            "an optimizer without its arrays",
            k ->
                k.adam(
                    new Adam(),
                    new ParameterUpdate(1, 4, k.allocate(4), k.allocate(4), List.of()),
                    state(k, 1)),
            "2",
            "0"),
        refusal(
            "an optimizer's array too short",
            k ->
                k.rmsProp(
                    new RmsProp(),
                    new ParameterUpdate(1, 4, k.allocate(4), k.allocate(4), List.of(k.allocate(3))),
                    state(k, 1)),
            "3"));
  }

  @TestFactory
  Stream<DynamicTest> recordsNameValuesOutOfRange() {
    Map<String, Executable> cases = new LinkedHashMap<>();
    cases.put("hidden", () -> CellShape.of(LSTM, 1, 1, 1, 1, 0));
    cases.put("steps", () -> CellShape.of(LSTM, 1, 0, 1, 1, 1));
    cases.put("batch", () -> new LossShape(1, 1, -1, 1));
    cases.put("rows", () -> new LinearShape(1, 0, 1, 1));
    cases.put("layer", () -> new DropoutShape(1, 1, 1, 65536));
    cases.put("forgetBias", () -> new LstmCell(Activation.TANH, Double.NaN, false, 0, 0));
    cases.put("cellClip", () -> new LstmCell(Activation.TANH, 1, false, -0.1, 0));
    cases.put("projection", () -> new LstmCell(Activation.TANH, 1, false, 0, -1));
    cases.put("delta", () -> Loss.huber(0));
    cases.put("momentum", () -> new Sgd(1, false, WeightDecay.NONE));
    cases.put("beta1", () -> new Adam(1, 0.9, 1e-8, Adam.Form.PYTORCH, WeightDecay.NONE));
    cases.put("epsilon", () -> new RmsProp(0.9, 0, WeightDecay.NONE));
    cases.put("initialAccumulator", () -> new Adagrad(-1, 0, WeightDecay.NONE));
    cases.put("weight decay", () -> WeightDecay.l2(Double.POSITIVE_INFINITY));
    cases.put("period", () -> Schedule.step(0.5, 0));
    cases.put("rate", () -> Schedule.exponential(0, 10));
    cases.put("floorFactor", () -> Schedule.cosine(10, 1.5));
    cases.put("span", () -> GatherShape.ahead(1, 8, 1, 1, 0, 1, 3, 10, 1, true));
    cases.put("inputs", () -> GatherShape.ahead(1, 2, 1, 3, 0, 1, 1, 10, 2, true));
    return cases.entrySet().stream()
        .map(
            each ->
                DynamicTest.dynamicTest(
                    each.getKey(),
                    () -> {
                      String message =
                          assertThrows(IllegalArgumentException.class, each.getValue())
                              .getMessage();
                      assertTrue(message.contains(each.getKey()), message);
                    }));
  }
}
