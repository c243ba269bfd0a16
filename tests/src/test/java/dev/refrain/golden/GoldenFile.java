package dev.refrain.golden;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Numbers that another framework computed: tensors {@code {"shape": [...], "data": [...]}}, lists
 * and single values by name. Sizes are read from the file, never assumed.
 */
final class GoldenFile {
  private final String name;
  private final JsonObject content;

  private GoldenFile(String name, JsonObject content) {
    this.name = name;
    this.content = content;
  }

  static GoldenFile read(Path path) {
    try (Reader reader = Files.newBufferedReader(path)) {
      String fileName = path.getFileName().toString();
      return new GoldenFile(
          fileName.substring(0, fileName.lastIndexOf('.')),
          JsonParser.parseReader(reader).getAsJsonObject());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Name of the file without its ending. */
  String name() {
    return name;
  }

  boolean has(String key) {
    return content.has(key);
  }

  /** One size of a tensor; negative indices count from the last. */
  int size(String tensor, int index) {
    JsonArray shape = tensor(tensor).getAsJsonArray("shape");
    return shape.get(index < 0 ? shape.size() + index : index).getAsInt();
  }

  /** The elements of a tensor. */
  double[] values(String tensor) {
    JsonArray data = tensor(tensor).getAsJsonArray("data");
    double[] values = new double[data.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = data.get(i).getAsDouble();
    }
    return values;
  }

  /** A list of whole numbers. */
  int[] integers(String key) {
    JsonArray list = required(key).getAsJsonArray();
    int[] values = new int[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = list.get(i).getAsInt();
    }
    return values;
  }

  /** Length of a list. */
  int count(String key) {
    return required(key).getAsJsonArray().size();
  }

  /** A list of numbers. */
  double[] numbers(String key) {
    JsonArray list = required(key).getAsJsonArray();
    double[] values = new double[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = list.get(i).getAsDouble();
    }
    return values;
  }

  /** The whole numbers of one of several lists. */
  int[] integers(String key, int index) {
    JsonArray list = required(key).getAsJsonArray().get(index).getAsJsonArray();
    int[] values = new int[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = list.get(i).getAsInt();
    }
    return values;
  }

  /** The elements of one of several tensors. */
  double[] values(String key, int index) {
    JsonArray data =
        required(key).getAsJsonArray().get(index).getAsJsonObject().getAsJsonArray("data");
    double[] values = new double[data.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = data.get(i).getAsDouble();
    }
    return values;
  }

  /** A gradient that a row of a table has at a step. */
  static final class Event {
    private final int step;
    private final int row;
    private final double[] gradient;

    Event(JsonArray event) {
      step = event.get(0).getAsInt();
      row = event.get(1).getAsInt();
      JsonArray values = event.get(2).getAsJsonArray();
      gradient = new double[values.size()];
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] = values.get(i).getAsDouble();
      }
    }

    int step() {
      return step;
    }

    int row() {
      return row;
    }

    double[] gradient() {
      return gradient;
    }
  }

  /** One of several events {@code [step, row, gradient]}. */
  Event event(String key, int index) {
    return new Event(required(key).getAsJsonArray().get(index).getAsJsonArray());
  }

  double number(String key) {
    return required(key).getAsDouble();
  }

  double number(String key, double otherwise) {
    return has(key) ? number(key) : otherwise;
  }

  String text(String key, String otherwise) {
    return has(key) ? required(key).getAsString() : otherwise;
  }

  /** A part with names of its own. */
  GoldenFile part(String key) {
    return new GoldenFile(name + "." + key, required(key).getAsJsonObject());
  }

  private JsonObject tensor(String key) {
    return required(key).getAsJsonObject();
  }

  private JsonElement required(String key) {
    if (!has(key)) {
      throw new IllegalArgumentException(name + " has no '" + key + "'");
    }
    return content.get(key);
  }
}
