package dev.refrain.cli;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Writes JSON. Keys keep the order of their map; JSON has no NaN and no infinity, so that numbers
 * that are not finite become null.
 */
public final class Json {
  private static final Gson GSON =
      new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

  private Json() {}

  /**
   * One line of JSON.
   *
   * @param object of maps, lists, strings, numbers (finite ones), booleans and nulls
   */
  public static String line(Map<String, ?> object) {
    return GSON.toJson(object);
  }

  /** A number, or null if it is not finite. */
  public static Double number(double value) {
    return Double.isFinite(value) ? value : null;
  }

  /** Numbers, with null for what is not finite. */
  public static List<Double> numbers(double[] values) {
    List<Double> numbers = new ArrayList<>();
    for (double value : values) {
      numbers.add(number(value));
    }
    return numbers;
  }

  /** Single-precision numbers, in as few digits as tell them apart; null for what is not finite. */
  public static List<Float> numbers(float[] values) {
    List<Float> numbers = new ArrayList<>();
    for (float value : values) {
      numbers.add(Float.isFinite(value) ? value : null);
    }
    return numbers;
  }
}
