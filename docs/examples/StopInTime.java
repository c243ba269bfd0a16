import dev.refrain.kernels.*;
import dev.refrain.network.*;
import java.nio.file.Path;
import java.util.*;

/** Ends training once rows that are not learnt from are predicted worse, and keeps the best. */
class StopInTime {
  public static void main(String[] arguments) throws Exception {
    Path file = Path.of(arguments[0]);
    // A wave in so much noise that a network soon learns the noise by heart.
    float[] rows = new float[160];
    Random random = new Random(3);
    for (int t = 0; t < rows.length; t++) {
      rows[t] = (float) (Math.sin(t * 0.5) + 0.8 * random.nextGaussian());
    }
    float[] head = Arrays.copyOf(rows, 100);
    float[] last = Arrays.copyOfRange(rows, 100, rows.length);
    NetworkSpec spec =
        NetworkSpec.builder(1)
            .layer(new GruCell(Activation.TANH, GruForm.RESET_AFTER), 24)
            .projection(1)
            .build();
    try (Kernels kernels = Engines.open(Device.AUTO);
        Network network = Network.create(kernels, spec, 1);
        Trainer trainer =
            Trainer.builder(network, SeriesWindows.shared(head, 1, 24, 32))
                .learningRate(0.01)
                .build();
        Evaluation tail = Evaluation.of(network, SeriesWindows.shared(last, 1, 24, 16), Loss.MSE)) {
      EarlyStopping stopping = new EarlyStopping(trainer, tail::losses, 5).saving(file, Map.of());
      trainer.train(2_000, 20, stopping.andThen(it -> System.out.println(it.step() + " " + it.loss())));
      System.out.printf(Locale.ROOT, "ended at step %d%n", trainer.steps());
      System.out.printf(Locale.ROOT, "error at the end %.4f%n", tail.losses()[0]);
      stopping.restore();
      System.out.printf(Locale.ROOT, "best at step %d%n", stopping.bestStep(0));
      System.out.printf(Locale.ROOT, "error of the best %.4f%n", tail.losses()[0]);
      try (Network best = Checkpoint.load(file).network(kernels)) {
        System.out.println("the file holds it: " + Arrays.equals(best.read(0), network.read(0)));
      }
    }
  }
}
