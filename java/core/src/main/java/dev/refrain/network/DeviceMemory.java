package dev.refrain.network;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import java.util.ArrayDeque;
import java.util.Deque;

/** Device memory that is given back together. */
final class DeviceMemory implements AutoCloseable {
  private final Kernels kernels;
  private final Deque<AutoCloseable> owned = new ArrayDeque<>();

  DeviceMemory(Kernels kernels) {
    this.kernels = kernels;
  }

  Kernels kernels() {
    return kernels;
  }

  /** Zeros, as many as the product of the sizes. */
  Buffer floats(long... sizes) {
    return own(kernels.allocate(product(sizes)));
  }

  /** Zeros, as many as the product of the sizes. */
  IndexBuffer indices(long... sizes) {
    return own(kernels.allocateIndices(product(sizes)));
  }

  /** Closes this, too, before what was taken over earlier. */
  <T extends AutoCloseable> T own(T resource) {
    owned.push(resource);
    return resource;
  }

  /** Gives all back, also where a part of it fails, whose failure is thrown at the end. */
  @Override
  public void close() {
    RuntimeException failure = null;
    while (!owned.isEmpty()) {
      try {
        owned.pop().close();
      } catch (Exception e) {
        RuntimeException own =
            e instanceof RuntimeException unchecked
                ? unchecked
                : new IllegalStateException("device memory could not be given back", e);
        if (failure == null) {
          failure = own;
        } else {
          failure.addSuppressed(own);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static long product(long... sizes) {
    long product = 1;
    for (long size : sizes) {
      product = Math.multiplyExact(product, size);
    }
    return product;
  }
}
