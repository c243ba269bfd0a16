package consumer;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.Device;
import dev.refrain.kernels.Engine;
import dev.refrain.kernels.Engines;
import dev.refrain.kernels.Kernels;
import java.util.Arrays;

/** An application that embeds Refrain as a module. */
public final class Consumer {

  public static void main(String[] arguments) {
    if (arguments[0].equals("engines")) {
      for (Engine engine : Engines.installed()) {
        System.out.println(engine.name() + " " + engine.availability().available());
      }
      return;
    }
    try (Kernels kernels = Engines.open(Device.parse(arguments[1]));
        Buffer buffer = kernels.allocate(3)) {
      kernels.fill(buffer, 0, 3, 1.5f);
      System.out.println(Arrays.toString(buffer.read()));
    }
  }
}
