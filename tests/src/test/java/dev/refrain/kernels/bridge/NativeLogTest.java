package dev.refrain.kernels.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

/** What a native context says goes to the log once, each thing at its level. */
class NativeLogTest {
  private final List<String> lines = new ArrayList<>();

  private Logger logger(boolean debug) {
    return (Logger)
        Proxy.newProxyInstance(
            Logger.class.getClassLoader(),
            new Class<?>[] {Logger.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("isDebugEnabled")) {
                return debug;
              }
              lines.add(method.getName() + ": " + arguments[0]);
              return null;
            });
  }

  @Test
  void eachLineIsToldOnceAtItsLevel() {
    NativeLog log = new NativeLog(logger(true), logger(true));
    log.tell(() -> "a library is missing\n", () -> "");
    log.tell(() -> "a library is missing\n", () -> "product m=1: own\n");
    log.tell(() -> "a library is missing\nanother\n", () -> "loss: one\nproduct m=1: own\n");
    assertEquals(
        List.of(
            "info: a library is missing",
            "debug: product m=1: own",
            "info: another",
            "debug: loss: one"),
        lines);
  }

  @Test
  void decisionsAreNotAskedForWhereNobodyHears() {
    NativeLog log = new NativeLog(logger(false), logger(false));
    log.tell(
        () -> "",
        () -> {
          throw new AssertionError("asked for");
        });
    assertEquals(List.of(), lines);
  }
}
