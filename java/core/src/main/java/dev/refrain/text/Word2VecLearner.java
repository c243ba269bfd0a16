package dev.refrain.text;

import dev.refrain.text.Word2VecState.Cursor;
import dev.refrain.text.Word2VecState.Steps;
import java.io.IOException;
import java.util.Map;

/** A model in a device's memory that learns a text piece by piece. */
interface Word2VecLearner extends AutoCloseable {
  /**
   * What a piece was.
   *
   * @param next where the following one begins; the text's length at its end
   * @param learned how many pairs of the center there have been learned already
   * @param loss sum over pairs, each before its own update
   * @param pairs of them
   */
  record Piece(long next, int learned, double loss, long pairs) {}

  /** Learns a piece of this pass that begins at the cursor and goes no further than the pass. */
  Piece learn(Cursor from) throws IOException;

  /** Copies of {@link Word2VecState#arrays}. */
  Map<String, float[]> arrays();

  /** A copy of the vectors {@code [V,D]}. */
  float[] vectors();

  /** Batches learned so far. */
  Steps steps();

  @Override
  void close();
}
