package dev.refrain.kernels.bridge;

import dev.refrain.kernels.bridge.generated.Native;
import dev.refrain.kernels.bridge.generated.refrain_context;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bytedeco.javacpp.BytePointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes on to the log what a native context has to say, each line once: notices as INFO, and which
 * way each shape of an operation is run as DEBUG.
 */
final class NativeLog {
  private static final Logger NOTICES = LoggerFactory.getLogger(NativeLog.class);
  private static final Logger DECISIONS = LoggerFactory.getLogger("dev.refrain.kernels.decisions");

  private final Set<String> told = new HashSet<>();

  /** Tells what came up since the last time. */
  void tell(refrain_context context) {
    if (Native.refrain_context_notices(context, (BytePointer) null, 0) > 0) {
      unseen(notices(context)).forEach(NOTICES::info);
    }
    if (DECISIONS.isDebugEnabled()) {
      unseen(decisions(context)).forEach(DECISIONS::debug);
    }
  }

  private List<String> unseen(String text) {
    return text.lines().filter(told::add).toList();
  }

  static String choices(refrain_context context) {
    return text((buffer, size) -> Native.refrain_context_choices(context, buffer, size));
  }

  static String decisions(refrain_context context) {
    return text((buffer, size) -> Native.refrain_context_decisions(context, buffer, size));
  }

  static String notices(refrain_context context) {
    return text((buffer, size) -> Native.refrain_context_notices(context, buffer, size));
  }

  /** Writes at most so many bytes with the closing zero, and returns the length of the whole. */
  private interface Text {
    long write(BytePointer buffer, long size);
  }

  private static String text(Text text) {
    int length = (int) text.write(null, 0);
    try (BytePointer buffer = new BytePointer(length + 1L)) {
      text.write(buffer, length + 1L);
      return buffer.limit(length).getString();
    }
  }
}
