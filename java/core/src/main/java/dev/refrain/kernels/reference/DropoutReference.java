package dev.refrain.kernels.reference;

import dev.refrain.kernels.DropoutShape;
import dev.refrain.kernels.View;

/** Inverted dropout, dropout.h. */
final class DropoutReference {
  private DropoutReference() {}

  static void dropout(DropoutShape s, double rate, View xView, View yView, ReferenceState state) {
    Rows x = Rows.of(xView);
    Rows y = Rows.of(yView);
    double scale = y.round(1 / (1 - rate));
    int stream = PhiloxReference.DROPOUT + s.layer();
    for (int g = 0; g < s.groups(); g++) {
      for (long row = 0; row < s.rows(); row++) {
        int xStart = x.start(g, row);
        int yStart = y.start(g, row);
        for (int column = 0; column < s.columns(); column++) {
          long element = row * s.columns() + column;
          long word = PhiloxReference.word(state.group(g), stream, element);
          boolean dropped = PhiloxReference.happens(rate, word);
          y.store(yStart + column, dropped ? 0 : x.data[xStart + column] * scale);
        }
      }
    }
  }
}
