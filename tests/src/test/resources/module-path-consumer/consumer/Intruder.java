package consumer;

import dev.refrain.kernels.bridge.generated.Native;

/** Must not compile: the bindings are the library's own affair. */
public final class Intruder {

  public static void main(String[] arguments) {
    System.out.println(Native.refrain_version().getString());
  }
}
