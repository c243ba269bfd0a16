package dev.refrain.cli.csv;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;

/**
 * The cells of a row in one piece: a file of many series has too many cells for a string each,
 * which takes about 56 bytes whatever little it says.
 */
final class PackedCells {
  private final byte[] text;

  /** Where each cell ends in the text. */
  private final int[] ends;

  private PackedCells(byte[] text, int[] ends) {
    this.text = text;
    this.ends = ends;
  }

  static PackedCells of(List<String> cells) {
    int[] ends = new int[cells.size()];
    byte[][] parts = new byte[ends.length][];
    int end = 0;
    for (int i = 0; i < ends.length; i++) {
      parts[i] = cells.get(i).getBytes(StandardCharsets.UTF_8);
      end = Math.addExact(end, parts[i].length);
      ends[i] = end;
    }
    byte[] text = new byte[end];
    for (int i = 0; i < ends.length; i++) {
      System.arraycopy(parts[i], 0, text, ends[i] - parts[i].length, parts[i].length);
    }
    return new PackedCells(text, ends);
  }

  static PackedCells blank(int count) {
    return of(Collections.nCopies(count, ""));
  }

  int size() {
    return ends.length;
  }

  /** A cell; blank beyond the last. */
  String get(int index) {
    if (index >= ends.length) {
      return "";
    }
    int from = index == 0 ? 0 : ends[index - 1];
    return new String(text, from, ends[index] - from, StandardCharsets.UTF_8);
  }
}
