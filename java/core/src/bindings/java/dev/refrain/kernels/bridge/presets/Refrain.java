package dev.refrain.kernels.bridge.presets;

import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;
import org.bytedeco.javacpp.tools.Info;
import org.bytedeco.javacpp.tools.InfoMap;
import org.bytedeco.javacpp.tools.InfoMapper;

/**
 * Tells JavaCPP how to read the native contract in {@code native/include/refrain}. It reads the
 * headers named here and no others, so {@code refrain.h} gains a line here whenever it gains one
 * itself; the order is that of {@code refrain.h}.
 *
 * <p>Structs keep their C names. A struct inside a struct is read as a view of the outer one's
 * memory and written by copying; enum constants are plain {@code int}s.
 */
@Properties(
    value =
        @Platform(
            value = "linux",
            include = {
              "refrain/shapes.h",
              "refrain/context.h",
              "refrain/cell.h",
              "refrain/rnn.h",
              "refrain/lstm.h",
              "refrain/gru.h",
              "refrain/linear.h",
              "refrain/loss.h",
              "refrain/optimizer.h",
              "refrain/sgd.h",
              "refrain/adam.h",
              "refrain/rmsprop.h",
              "refrain/adagrad.h",
              "refrain/clip.h",
              "refrain/philox.h",
              "refrain/gather.h",
              "refrain/dropout.h",
              "refrain/advance.h",
              "refrain/skip_grams.h",
              "refrain/log_uniform.h",
              "refrain/distinct.h",
              "refrain/nce.h",
              "refrain/rows_adam.h",
              "refrain/rows_sgd.h",
              "refrain/word2vec.h"
            },
            link = "refrain",
            library = "jnirefrain",
            compiler = "cpp17"),
    target = "dev.refrain.kernels.bridge.generated",
    global = "dev.refrain.kernels.bridge.generated.Native")
public class Refrain implements InfoMapper {

  @Override
  public void map(InfoMap infoMap) {
    infoMap.put(new Info("_WIN32").define(false));
    infoMap.put(new Info("REFRAIN_API").cppTypes().annotations());
  }
}
