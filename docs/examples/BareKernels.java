import dev.refrain.kernels.*;
import java.util.*;

/** A recurrent layer trained with kernels alone: from its last state the mean of what it read. */
class BareKernels {
  public static void main(String[] arguments) {
    int steps = 8, batch = 64, inputs = 1, hidden = 16;
    RnnCell cell = new RnnCell(Activation.TANH);
    CellShape shape = CellShape.of(cell, 1, steps, batch, inputs, hidden);
    // One flat array holds all parameters: W, R and b of the layer, weight and bias of the output.
    long none = CellLayout.ABSENT, biases = hidden + (long) hidden * hidden;
    CellLayout layout = new CellLayout(0, hidden, none, none, biases, none);
    int weight = hidden * (hidden + 2), bias = weight + hidden, size = bias + 1;
    try (Kernels kernels = Engines.open(Device.AUTO)) {
      Buffer values = kernels.allocate(size), gradients = kernels.allocate(size);
      List<Buffer> moments = List.of(kernels.allocate(size), kernels.allocate(size));
      Random random = new Random(3);
      float[] start = new float[size];
      for (int i = 0; i < bias; i++) {
        start[i] = (float) (0.25 * random.nextGaussian());
      }
      values.write(start);

      Buffer x = kernels.allocate(shape.rows() * inputs);
      Buffer y = kernels.allocate(shape.rows() * hidden);
      Buffer gradient = kernels.allocate(shape.rows() * hidden);
      Buffer output = kernels.allocate(batch), target = kernels.allocate(batch);
      Buffer reserve = kernels.allocate(kernels.rnnReserve(cell, shape));
      CellParameters parameters = new CellParameters(values, gradients, size, layout);
      LinearParameters linear = new LinearParameters(values, gradients, size, weight, bias);
      LinearShape product = new LinearShape(1, batch, hidden, 1);
      CellSequence sequence =
          CellSequence.of(View.of(x, shape.rows(), inputs), View.of(y, shape.rows(), hidden))
              .saving(reserve);
      View lastRows = View.of(y, shape.rows(), hidden).rowsFrom((steps - 1L) * batch);
      View wholeGradient = View.of(gradient, shape.rows(), hidden);
      View lastGradient = wholeGradient.rowsFrom((steps - 1L) * batch);
      View result = View.of(output, batch, 1);
      Adam adam = new Adam();
      StepState state = kernels.allocateState(1, 100);
      state.write(List.of(GroupState.initial(1, 0.01)));

      Recording step =
          kernels.record(
              () -> {
                kernels.advance(Schedule.CONSTANT, adam, state);
                kernels.rnnForward(cell, shape, parameters, sequence);
                kernels.linearForward(product, linear, lastRows, result);
                kernels.loss(
                    Loss.MSE,
                    new LossShape(1, 1, batch, 1),
                    LossArguments.of(result, View.of(target, batch, 1), result),
                    state);
                kernels.linearBackward(product, linear, lastRows, result, lastGradient, false);
                kernels.rnnBackward(
                    cell, shape, parameters, sequence, CellGradients.of(wholeGradient));
                adam.update(
                    kernels, new ParameterUpdate(1, size, values, gradients, moments), state);
              });
      for (int i = 1; i <= 500; i++) {
        float[] read = new float[steps * batch], mean = new float[batch];
        for (int k = 0; k < read.length; k++) {
          read[k] = random.nextFloat() - 0.5f;
          mean[k % batch] += read[k] / steps;
        }
        x.write(read);
        target.write(mean);
        step.run(1);
        if (i % 100 == 0) {
          System.out.println(i + " " + state.read(0).loss());
        }
      }
    } // closing the kernels closes what they allocated
  }
}
