package dev.refrain.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Numbers distinct words in the order in which they come: a hash table from UTF-8 bytes to 0, 1,
 * 2... Bytes lie one after the other in one array; a look-up makes no object.
 */
final class WordTable {
  private static final int MOST_BYTES = Integer.MAX_VALUE - 8;

  private int[] slots = new int[1 << 12]; // number + 1; 0: free
  private int[] hashes = new int[1 << 10];
  private int[] ends = new int[1 << 10];
  private byte[] bytes = new byte[1 << 14];
  private int size;

  int size() {
    return size;
  }

  /** The word's number, or -1. */
  int find(byte[] text, int from, int to) {
    int found = slots[slot(hash(text, from, to), text, from, to)];
    return found - 1;
  }

  /** The word's number, a new one if it is new. */
  int add(byte[] text, int from, int to) {
    int hash = hash(text, from, to);
    int slot = slot(hash, text, from, to);
    if (slots[slot] != 0) {
      return slots[slot] - 1;
    }
    append(hash, text, from, to);
    slots[slot] = size;
    if (size > slots.length / 2) {
      rehash();
    }
    return size - 1;
  }

  String word(int number) {
    int from = start(number);
    return new String(bytes, from, ends[number] - from, StandardCharsets.UTF_8);
  }

  /** Hands a word's bytes to another table and returns its number there. */
  int addTo(WordTable other, int number) {
    return other.add(bytes, start(number), ends[number]);
  }

  private int start(int number) {
    return number == 0 ? 0 : ends[number - 1];
  }

  private void append(int hash, byte[] text, int from, int to) {
    int start = start(size);
    int length = to - from;
    if (length > MOST_BYTES - start) {
      throw new IllegalArgumentException(
          "the text has more than 2 GB of distinct words; is it a text with blanks?");
    }
    if (start + length > bytes.length) {
      bytes = Arrays.copyOf(bytes, (int) Math.min(MOST_BYTES, 2L * (start + length)));
    }
    System.arraycopy(text, from, bytes, start, length);
    if (size == ends.length) {
      ends = Arrays.copyOf(ends, 2 * size);
      hashes = Arrays.copyOf(hashes, 2 * size);
    }
    ends[size] = start + length;
    hashes[size] = hash;
    size++;
  }

  private int slot(int hash, byte[] text, int from, int to) {
    int mask = slots.length - 1;
    int slot = hash & mask;
    while (slots[slot] != 0 && !equal(slots[slot] - 1, hash, text, from, to)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private boolean equal(int number, int hash, byte[] text, int from, int to) {
    return hashes[number] == hash
        && Arrays.equals(bytes, start(number), ends[number], text, from, to);
  }

  private void rehash() {
    slots = new int[2 * slots.length];
    int mask = slots.length - 1;
    for (int i = 0; i < size; i++) {
      int slot = hashes[i] & mask;
      while (slots[slot] != 0) {
        slot = (slot + 1) & mask;
      }
      slots[slot] = i + 1;
    }
  }

  /** FNV-1a, its bits mixed once more because the table uses the low ones. */
  private static int hash(byte[] text, int from, int to) {
    int hash = 0x811c9dc5;
    for (int i = from; i < to; i++) {
      hash = (hash ^ text[i]) * 0x01000193;
    }
    return hash ^ (hash >>> 15);
  }
}
