package dev.refrain.text;

/** Tells UTF-8 from other bytes (RFC 3629: shortest forms, no surrogates, at most U+10FFFF). */
final class Utf8 {
  private Utf8() {}

  /** Index of the first byte of the first malformed sequence, or -1. */
  static int firstInvalid(byte[] text, int from, int to) {
    int i = from;
    while (i < to) {
      int lead = text[i];
      if (lead >= 0) {
        i++;
        continue;
      }
      int length = sequenceLength(lead & 0xff);
      if (length == 0 || i + length > to || !continues(text, i, length)) {
        return i;
      }
      i += length;
    }
    return -1;
  }

  private static int sequenceLength(int lead) {
    if (lead >= 0xc2 && lead <= 0xdf) {
      return 2;
    }
    if (lead >= 0xe0 && lead <= 0xef) {
      return 3;
    }
    return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
  }

  private static boolean continues(byte[] text, int at, int length) {
    for (int i = 1; i < length; i++) {
      if ((text[at + i] & 0xc0) != 0x80) {
        return false;
      }
    }
    int lead = text[at] & 0xff;
    int second = text[at + 1] & 0xff;
    return switch (lead) {
      case 0xe0 -> second >= 0xa0;
      case 0xed -> second < 0xa0;
      case 0xf0 -> second >= 0x90;
      case 0xf4 -> second < 0x90;
      default -> true;
    };
  }
}
