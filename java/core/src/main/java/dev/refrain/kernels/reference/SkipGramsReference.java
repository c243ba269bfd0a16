package dev.refrain.kernels.reference;

import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.SkipGramShape;
import java.util.ArrayList;
import java.util.List;

/** Pairs of a word and a neighbour, skip_grams.h. */
final class SkipGramsReference {
  private SkipGramsReference() {}

  static void draw(
      SkipGramShape s,
      IndexBuffer text,
      IndexBuffer inputs,
      IndexBuffer labels,
      ReferenceState state) {
    int[] words = ((ReferenceIndices) text).data();
    int[] input = ((ReferenceIndices) inputs).data();
    int[] label = ((ReferenceIndices) labels).data();
    int centres = s.batch() / s.skips();
    long places = s.length() - 2L * s.window();
    for (int g = 0; g < s.groups(); g++) {
      long begin = s.sharedText() ? 0 : g * s.length();
      long stepsDone = Math.max(state.group(g).step, 1) - 1;
      for (int i = 0; i < centres; i++) {
        int place = (int) (begin + s.window() + (stepsDone * centres + i) % places);
        List<Integer> offsets = offsets(s.window());
        for (int j = 0; j < s.skips(); j++) {
          int n = i * s.skips() + j;
          long word = PhiloxReference.word(state.group(g), PhiloxReference.SKIP_GRAMS, n);
          int offset = offsets.remove((int) PhiloxReference.below(offsets.size(), word));
          input[g * s.batch() + n] = words[place];
          label[g * s.batch() + n] = words[place + offset];
        }
      }
    }
  }

  private static List<Integer> offsets(int window) {
    List<Integer> offsets = new ArrayList<>();
    for (int offset = -window; offset <= window; offset++) {
      if (offset != 0) {
        offsets.add(offset);
      }
    }
    return offsets;
  }
}
