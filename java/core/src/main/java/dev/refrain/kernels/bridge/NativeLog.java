package dev.refrain.kernels.bridge;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes on to the log what a native context has to say, each line once: notices as INFO, and which
 * way each shape of an operation is run as DEBUG.
 */
final class NativeLog {
  private static final Logger NOTICES = LoggerFactory.getLogger(NativeLog.class);
  private static final Logger DECISIONS = LoggerFactory.getLogger("dev.refrain.kernels.decisions");

  private final Logger notices;
  private final Logger decisions;
  private final Set<String> told = new HashSet<>();

  NativeLog() {
    this(NOTICES, DECISIONS);
  }

  NativeLog(Logger notices, Logger decisions) {
    this.notices = notices;
    this.decisions = decisions;
  }

  /**
   * Tells what came up since the last time. Decisions, which may be many, only if someone hears.
   */
  void tell(Supplier<String> noticed, Supplier<String> decided) {
    unseen(noticed.get()).forEach(notices::info);
    if (decisions.isDebugEnabled()) {
      unseen(decided.get()).forEach(decisions::debug);
    }
  }

  private List<String> unseen(String text) {
    return text.lines().filter(told::add).toList();
  }
}
