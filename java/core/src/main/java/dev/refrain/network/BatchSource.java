package dev.refrain.network;

/** Where the batches of a {@link CallerBatch} come from. */
@FunctionalInterface
public interface BatchSource {

  /**
   * Writes the batch of a step into the trainer's input and its target or labels. The same step has
   * to get the same batch whenever it is asked for, so that a training that is resumed goes on as
   * if it had never stopped.
   *
   * @param step from 1
   */
  void write(long step);
}
