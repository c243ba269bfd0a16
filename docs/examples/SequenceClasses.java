import dev.refrain.kernels.*;
import dev.refrain.network.*;
import java.nio.file.*;
import java.util.*;

/** Learns to tell rising from falling and from mixed sequences of 3 to 12 numbers. */
class SequenceClasses {
  static final int STEPS = 12, BATCH = 32, CLASSES = 3;

  public static void main(String[] arguments) throws Exception {
    NetworkSpec spec =
        NetworkSpec.builder(1)
            .layer(new GruCell(Activation.TANH, GruForm.RESET_AFTER), 24)
            .projection(CLASSES)
            .build();
    try (Kernels kernels = Engines.open(Device.AUTO);
        Network network = Network.create(kernels, spec, 1);
        Trainer trainer =
            Trainer.builder(network, new CallerBatch(STEPS, BATCH, true))
                .loss(Loss.SOFTMAX_CROSS_ENTROPY)
                .learningRate(0.01)
                .clipNorm(1)
                .build()) {
      float[] input = new float[STEPS * BATCH];
      int[] labels = new int[STEPS * BATCH], lengths = new int[BATCH];
      BatchSource batches =
          step -> {
            draw(new Random(step), input, labels, lengths);
            trainer.input().write(input);
            trainer.labels().write(labels);
            trainer.lengths().write(lengths);
          };
      trainer.train(600, 200, batches, at -> System.out.println(at.step() + " " + at.loss()));
      Path file = Path.of(arguments[0]);
      Checkpoint.save(file, trainer, Map.of("classes", "falling,mixed,rising"));

      try (Network again = Checkpoint.load(file).network(kernels);
          UnrolledNetwork reader = again.unroll(STEPS, BATCH).lengths().build()) {
        draw(new Random(0), input, labels, lengths);
        reader.input().write(input);
        reader.lengths().write(lengths);
        reader.forward();
        float[] logits = reader.output().read();
        int right = 0;
        for (int n = 0; n < BATCH; n++) {
          int last = (lengths[n] - 1) * BATCH + n;
          if (best(logits, last * CLASSES) == labels[last]) {
            right++;
          }
        }
        System.out.println(right + " of " + BATCH);
      }
    }
  }

  /** One label a sequence, at its last step; a label below 0 does not count. */
  static void draw(Random random, float[] input, int[] labels, int[] lengths) {
    Arrays.fill(labels, -1);
    for (int n = 0; n < BATCH; n++) {
      lengths[n] = 3 + random.nextInt(STEPS - 2);
      int kind = random.nextInt(CLASSES);
      float value = random.nextFloat() - 0.5f;
      for (int t = 0; t < lengths[n]; t++) {
        input[t * BATCH + n] = value;
        int sign = kind == 1 ? (t % 2) * 2 - 1 : kind - 1;
        value += sign * (0.1f + 0.2f * random.nextFloat());
      }
      labels[(lengths[n] - 1) * BATCH + n] = kind;
    }
  }

  static int best(float[] logits, int from) {
    int best = 0;
    for (int c = 1; c < CLASSES; c++) {
      best = logits[from + c] > logits[from + best] ? c : best;
    }
    return best;
  }
}
