package dev.refrain.kernels.cuda;

import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.EngineUnavailableException;
import dev.refrain.kernels.NvidiaLibrary;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What system properties add to an application's options:
 *
 * <ul>
 *   <li>{@code refrain.rnn} forces how recurrent layers are run, such as {@code block}, {@code
 *       cooperative}, {@code perStep} or {@code cudnn}, where the options leave it open
 *   <li>{@code refrain.cublas} and {@code refrain.cudnn}: {@code off} does without the library
 * </ul>
 */
public final class CudaOptions {
  /** System property that forces how recurrent layers are run. */
  public static final String VARIANT_PROPERTY = "refrain.rnn";

  private static final String AUTO = "auto";
  private static final String OFF = "off";

  private CudaOptions() {}

  /**
   * Adds what the system properties say.
   *
   * @param variants which there are
   * @throws EngineUnavailableException if one asks for what there is not
   */
  public static EngineOptions complete(EngineOptions options, List<String> variants) {
    return options.variant(variant(options, variants)).libraries(libraries(options));
  }

  private static String variant(EngineOptions options, List<String> variants) {
    String forced = System.getProperty(VARIANT_PROPERTY, "");
    if (options.variant() != null || forced.isEmpty()) {
      return options.variant();
    }
    if (!variants.contains(forced)) {
      throw unknown(VARIANT_PROPERTY, forced, variants);
    }
    return forced;
  }

  private static Set<NvidiaLibrary> libraries(EngineOptions options) {
    Set<NvidiaLibrary> allowed = EnumSet.noneOf(NvidiaLibrary.class);
    for (NvidiaLibrary library : options.libraries()) {
      String property = property(library);
      String value = System.getProperty(property, "");
      if (value.isEmpty() || value.equals(AUTO)) {
        allowed.add(library);
      } else if (!value.equals(OFF)) {
        throw unknown(property, value, List.of(AUTO, OFF));
      }
    }
    return allowed;
  }

  /** The system property that can forbid a library. */
  static String property(NvidiaLibrary library) {
    return switch (library) {
      case CUBLAS -> "refrain.cublas";
      case CUDNN -> "refrain.cudnn";
    };
  }

  private static EngineUnavailableException unknown(
      String property, String value, List<String> values) {
    return new EngineUnavailableException(
        "-D" + property + "=" + value + " is unknown; give one of " + String.join(", ", values));
  }
}
