package dev.refrain.text;

import java.util.ArrayDeque;
import java.util.Deque;

/** Gives memory back, the last first. */
final class DeviceMemory implements AutoCloseable {
  private final Deque<Runnable> closing = new ArrayDeque<>();

  /** Keeps a resource whose closing is the second argument. */
  <T> T keep(T resource, Runnable close) {
    closing.push(close);
    return resource;
  }

  @Override
  public void close() {
    while (!closing.isEmpty()) {
      closing.pop().run();
    }
  }
}
