package dev.refrain.kernels;

/**
 * A step that was recorded once and can be replayed: a CUDA graph, one native call, or a list of
 * calls. {@code run(k)} gives the same bits as running the step k times without a recording.
 * Buffers it uses must stay open as long as it does.
 */
public interface Recording extends AutoCloseable {

  /** Number of operations in one round. */
  int length();

  /**
   * Performs the step {@code times} times, in order. May return before the device has finished;
   * reading a buffer or a state waits.
   *
   * @throws IllegalArgumentException if {@code times} is negative
   * @throws IllegalStateException if the recording or a buffer that it uses was closed
   */
  void run(long times);

  /** Forgets the step. Closing twice is harmless. */
  @Override
  void close();
}
