import dev.refrain.kernels.*;
import dev.refrain.network.*;

/** Follows a stream: one value in, one prediction out, the state kept on the device in between. */
class Streaming {
  public static void main(String[] arguments) throws Exception {
    float[] wave = new float[400];
    for (int t = 0; t < wave.length; t++) {
      wave[t] = (float) Math.sin(0.2 * t);
    }
    NetworkSpec spec =
        NetworkSpec.builder(1).layer(new LstmCell(Activation.TANH), 32).projection(1).build();
    try (Kernels kernels = Engines.open(Device.AUTO);
        Network network = Network.create(kernels, spec, 7)) {
      try (Trainer trainer =
          Trainer.builder(network, SeriesWindows.shared(wave, 1, 30, 16))
              .learningRate(0.005)
              .build()) {
        trainer.train(1_000, 500, at -> System.out.println(at.step() + " " + at.loss()));
      }
      try (UnrolledNetwork stream = network.unroll(1, 1).states().build();
          Recording step =
              kernels.record(
                  () -> {
                    stream.forward();
                    stream.carryState();
                  })) {
        double worst = 0;
        for (int t = 0; t < 200; t++) {
          stream.input().write((float) Math.sin(0.2 * (t + 1_000)));
          step.run(1);
          double error = stream.output().read()[0] - Math.sin(0.2 * (t + 1_001));
          worst = t < 30 ? 0 : Math.max(worst, Math.abs(error));
        }
        System.out.println("largest error " + worst);
      }
    }
  }
}
