package dev.refrain.text;

import dev.refrain.text.Word2VecState.Cursor;

/** A learning rate that falls linearly over all passes through a text. */
final class LinearDecay {
  private final double begin;
  private final double fall;
  private final double length;
  private final double all;

  LinearDecay(Word2VecSettings settings, long length) {
    begin = settings.learningRate();
    fall = settings.learningRate() - settings.leastLearningRate();
    this.length = (double) length;
    all = (double) settings.epochs() * length;
  }

  double at(Cursor cursor) {
    double done = cursor.epoch() * length + cursor.next();
    return begin - fall * (done / all);
  }

  /** Its change from one number of the text to the next. */
  double slope() {
    return -fall / all;
  }
}
