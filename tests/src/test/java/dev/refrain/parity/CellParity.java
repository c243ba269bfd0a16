package dev.refrain.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.refrain.TestEngine;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.EngineUnavailableException;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Assumptions;

/**
 * Judges recurrent layers on engines of which a forced variant may decline a layer: that case is
 * skipped with the reason, and counted.
 */
final class CellParity {
  /** What a forced variant says of a layer that it does not run. */
  private static final String DECLINE = "does not run this layer";

  /** Of how many layers of a cell a forced variant has to run: a third of those that all have. */
  private static final int FEWEST = 20;

  private static final Map<String, Share> SHARES = new ConcurrentHashMap<>();

  /** What a variant did with the layers of a cell. */
  private static final class Share {
    private final Map<String, Integer> reasons = new TreeMap<>();
    private int ran;

    private synchronized void ran() {
      ran++;
    }

    private synchronized void declined(String reason) {
      reasons.merge(reason, 1, Integer::sum);
    }
  }

  private CellParity() {}

  /** Judges a layer, or skips it where the engine's variant declines it. */
  static void judge(TestEngine engine, CellCase layer) {
    Share share = share(engine, layer.cell().getClass());
    try {
      Parity.of(layer.toString(), layer).within(layer.tolerance()).on(engine);
      share.ran();
    } catch (EngineUnavailableException e) {
      if (!String.valueOf(e.getMessage()).contains(DECLINE)) {
        throw e;
      }
      share.declined(reason(e.getMessage()));
      Assumptions.abort(e.getMessage());
    }
  }

  /** After all layers: the engine's variant has run many of this cell, and others all of them. */
  static void assertRanOnMany(TestEngine engine, Class<? extends Cell> cell) {
    Share share = share(engine, cell);
    if (!engine.mayDecline()) {
      assertEquals(Map.of(), share.reasons);
    } else if (share.ran < FEWEST && !share.reasons.isEmpty()) {
      fail(
          engine
              + " ran "
              + share.ran
              + " layers of "
              + cell
              + ", at least "
              + FEWEST
              + " are expected; it declined "
              + share.reasons);
    }
  }

  private static Share share(TestEngine engine, Class<? extends Cell> cell) {
    return SHARES.computeIfAbsent(engine + " " + cell.getSimpleName(), name -> new Share());
  }

  private static String reason(String message) {
    return message.substring(message.indexOf(DECLINE) + DECLINE.length()).replaceFirst("^: ", "");
  }
}
