package dev.refrain.kernels.reference;

import dev.refrain.kernels.Recording;
import java.util.List;

/** The operations of a step, in the order they were called. */
final class ReferenceRecording implements Recording {
  private final ReferenceLayers kernels;
  private final int length;
  private List<Runnable> operations;

  ReferenceRecording(ReferenceLayers kernels, List<Runnable> operations) {
    this.kernels = kernels;
    this.length = operations.size();
    this.operations = List.copyOf(operations);
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public void run(long times) {
    if (operations == null) {
      throw new IllegalStateException("the recording is closed");
    }
    if (times < 0) {
      throw new IllegalArgumentException("times is " + times + "; it must be at least 0");
    }
    kernels.replay(operations, times);
  }

  @Override
  public void close() {
    operations = null;
  }
}
