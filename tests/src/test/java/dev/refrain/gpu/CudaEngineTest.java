package dev.refrain.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Adam;
import dev.refrain.kernels.Device;
import dev.refrain.kernels.DeviceProperties;
import dev.refrain.kernels.DeviceSoftware;
import dev.refrain.kernels.Engine;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.Engines;
import dev.refrain.kernels.KernelException;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.NvidiaLibrary;
import dev.refrain.kernels.Precision;
import dev.refrain.network.Network;
import dev.refrain.network.NetworkSpec;
import dev.refrain.network.SeriesWindows;
import dev.refrain.network.Trainer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the emulator cannot show of the CUDA engine. Everything else runs on it as on every engine:
 * {@link dev.refrain.TestEngines} holds it where a device is found.
 */
@OnGpu
class CudaEngineTest {
  private static final TestEngine CUDA = new TestEngine("cuda", "auto");
  private static final int STEPS = 40;

  @Test
  void devicesSayWhatTheyAre() {
    Engine cuda =
        Engines.installed().stream().filter(e -> e.name().equals("cuda")).findFirst().orElseThrow();
    List<DeviceProperties> devices = cuda.devices();
    assertTrue(!devices.isEmpty(), cuda.availability().reason());
    DeviceSoftware software = cuda.software().orElseThrow();
    assertNotNull(software.driver());
    assertNotNull(software.driverCuda());
    assertNotNull(software.runtime());
    String cublas = software.of(NvidiaLibrary.CUBLAS).version();
    String cudnn = software.of(NvidiaLibrary.CUDNN).version();
    for (DeviceProperties device : devices) {
      assertTrue(device.answers(), device::fault);
      assertTrue(device.multiprocessors() > 0, device::toString);
      assertTrue(device.freeBytes() > 0, device::toString);
      assertTrue(device.freeBytes() <= device.totalBytes(), device::toString);
      try (Kernels kernels = Engines.open(device.device())) {
        String what = kernels.description();
        assertTrue(what.contains(device.name()), what);
        assertTrue(what.contains(cublas == null ? "cuBLAS not found" : "cuBLAS "), what);
        assertTrue(what.contains(cudnn == null ? "cuDNN not found" : "cuDNN "), what);
      }
    }
  }

  @Test
  void aShareOfTheMemoryIsTheMost() {
    EngineOptions options = EngineOptions.DEFAULT.memoryFraction(1e-4);
    try (Kernels kernels = CUDA.open(options)) {
      kernels.allocate(1000).close();
      String message =
          assertThrows(KernelException.class, () -> kernels.allocate(1L << 28)).getMessage();
      assertTrue(message.contains(Long.toString(4L << 28)), message);
    }
  }

  /** Tensor cores round factors to 11 and 8 significant bits, which training hardly feels. */
  @ParameterizedTest
  @CsvSource({"TF32, 0x1p-11", "BF16, 0x1p-8"})
  void trainsInOtherPrecisions(Precision precision, double unit) {
    double exact = lossAfterTraining(EngineOptions.DEFAULT);
    double rounded = lossAfterTraining(EngineOptions.DEFAULT.precision(precision));
    // Each step's loss and update is off by a few units; so many steps add up to at most their sum.
    double tolerance = STEPS * unit * Math.max(1, exact);
    assertTrue(Math.abs(rounded - exact) <= tolerance, exact + " and " + rounded);
  }

  @Test
  void trainingWithTimedChoicesLearnsTheSame() {
    double expected = lossAfterTraining(EngineOptions.DEFAULT);
    double tuned = lossAfterTraining(EngineOptions.DEFAULT.autotune(true));
    assertEquals(expected, tuned, STEPS * 1e-5 * Math.max(1, expected));
  }

  /** Large enough for tensor cores: a batch of 64, 128 units. */
  private static double lossAfterTraining(EngineOptions options) {
    float[] series = new float[400];
    for (int i = 0; i < series.length; i++) {
      series[i] = (float) Math.sin(0.3 * i);
    }
    NetworkSpec spec =
        NetworkSpec.builder(1).layer(new LstmCell(Activation.TANH), 128).projection(1).build();
    try (Kernels kernels = Engines.open(new Device("cuda", 0), options);
        Network network = Network.create(kernels, spec, 3);
        Trainer trainer =
            Trainer.builder(network, SeriesWindows.shared(series, 1, 24, 64))
                .optimizer(new Adam())
                .learningRate(1e-3)
                .build()) {
      trainer.run(STEPS);
      trainer.check();
      return trainer.state().read(0).loss();
    }
  }
}
