package dev.refrain.cli.chart;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Finds room for the labels of points so that none covers another, a dot or a line: beside its dot
 * where there is room, else some way off at the end of a line, else nowhere. Earlier labels choose
 * first.
 */
final class LabelLayout {
  /** Free space between a dot or the end of its line and its label. */
  private static final double GAP = 3;

  /** Free space around labels. */
  private static final double MARGIN = 1;

  private static final int DIRECTIONS = 24;
  private static final double FIRST_DISTANCE = 12;
  private static final double DISTANCE_STEP = 6;
  private static final double LAST_DISTANCE = 132;

  private static final double CELL = 32;

  /** A rectangle on the canvas; y grows downwards. */
  record Box(double left, double top, double right, double bottom) {
    boolean overlaps(Box other) {
      return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
    }

    private Box widened(double by) {
      return new Box(left - by, top - by, right + by, bottom + by);
    }

    /** Whether a line from one point to another touches this (Liang and Barsky's clipping). */
    boolean meets(Line line) {
      double[] part = {0, 1};
      double dx = line.toX - line.fromX;
      double dy = line.toY - line.fromY;
      return clip(-dx, line.fromX - left, part)
          && clip(dx, right - line.fromX, part)
          && clip(-dy, line.fromY - top, part)
          && clip(dy, bottom - line.fromY, part);
    }

    private static boolean clip(double direction, double distance, double[] part) {
      if (direction == 0) {
        return distance >= 0;
      }
      double at = distance / direction;
      if (direction < 0) {
        part[0] = Math.max(part[0], at);
      } else {
        part[1] = Math.min(part[1], at);
      }
      return part[0] <= part[1];
    }
  }

  /** A straight line. */
  record Line(double fromX, double fromY, double toX, double toY) {
    private Box box() {
      return new Box(
          Math.min(fromX, toX), Math.min(fromY, toY), Math.max(fromX, toX), Math.max(fromY, toY));
    }
  }

  /**
   * Where a label stands.
   *
   * @param box it fills
   * @param line from its dot to it, or null where it stands beside the dot
   */
  record Place(Box box, Line line) {}

  private final Box canvas;
  private final double dotRadius;
  private final Grid<Box> labels;
  private final Grid<Box> dots;
  private final Grid<Line> lines;

  /**
   * Makes room for labels.
   *
   * @param canvas no label leaves it
   * @param x of all dots
   * @param y of all dots
   */
  LabelLayout(Box canvas, double[] x, double[] y, double dotRadius) {
    this.canvas = canvas;
    this.dotRadius = dotRadius;
    this.labels = new Grid<>(canvas);
    this.dots = new Grid<>(canvas);
    this.lines = new Grid<>(canvas);
    for (int i = 0; i < x.length; i++) {
      Box dot = new Box(x[i], y[i], x[i], y[i]).widened(dotRadius);
      dots.add(dot, dot);
    }
  }

  /** Keeps labels away from a part of the canvas. */
  void reserve(Box box) {
    labels.add(box, box);
  }

  /** Finds a place for the label of a dot, and keeps it; null if there is none. */
  Place place(double x, double y, double width, double height) {
    for (int direction = 0; direction < 8; direction++) {
      Box box = beside(x, y, width, height, direction);
      if (isFree(box)) {
        return keep(new Place(box, null));
      }
    }
    for (double distance = FIRST_DISTANCE; distance <= LAST_DISTANCE; distance += DISTANCE_STEP) {
      for (int direction = 0; direction < DIRECTIONS; direction++) {
        Place place = atDistance(x, y, width, height, distance, direction);
        if (isFree(place.box) && isFree(place.line, x, y)) {
          return keep(place);
        }
      }
    }
    return null;
  }

  /** Right, left, above, below, then the corners. */
  private Box beside(double x, double y, double width, double height, int direction) {
    int[] alongX = {1, -1, 0, 0, 1, 1, -1, -1};
    int[] alongY = {0, 0, -1, 1, -1, 1, -1, 1};
    boolean corner = direction >= 4;
    // A corner of the box may come nearer than its side.
    double gap = corner ? 0.7 * (dotRadius + GAP) : dotRadius + GAP;
    double centreX = x + alongX[direction] * (gap + width / 2);
    double centreY = y + alongY[direction] * (gap + height / 2);
    return around(centreX, centreY, width, height);
  }

  private static Box around(double x, double y, double width, double height) {
    return new Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2);
  }

  /** The line points to the middle of the label and ends at its edge. */
  private Place atDistance(
      double x, double y, double width, double height, double distance, int direction) {
    double angle = 2 * Math.PI * direction / DIRECTIONS;
    double alongX = Math.cos(angle);
    double alongY = Math.sin(angle);
    double toEdge =
        Math.min(
            (width / 2 + 1) / Math.max(1e-9, Math.abs(alongX)),
            (height / 2 + 1) / Math.max(1e-9, Math.abs(alongY)));
    double reach = distance + toEdge;
    Box box = around(x + alongX * reach, y + alongY * reach, width, height);
    Line line =
        new Line(
            x + alongX * (dotRadius + 1),
            y + alongY * (dotRadius + 1),
            x + alongX * distance,
            y + alongY * distance);
    return new Place(box, line);
  }

  private boolean isFree(Box box) {
    Box room = box.widened(MARGIN);
    return box.left >= canvas.left
        && box.top >= canvas.top
        && box.right <= canvas.right
        && box.bottom <= canvas.bottom
        && labels.near(room).stream().noneMatch(room::overlaps)
        && dots.near(room).stream().noneMatch(room::overlaps)
        && lines.near(room).stream().noneMatch(room::meets);
  }

  private boolean isFree(Line line, double x, double y) {
    Box extent = line.box();
    Box own = new Box(x, y, x, y).widened(dotRadius);
    return labels.near(extent).stream().noneMatch(label -> label.meets(line))
        && dots.near(extent).stream().noneMatch(dot -> !dot.equals(own) && dot.meets(line))
        && lines.near(extent).stream().noneMatch(other -> cross(line, other));
  }

  private static boolean cross(Line a, Line b) {
    return side(a, b.fromX, b.fromY) * side(a, b.toX, b.toY) <= 0
        && side(b, a.fromX, a.fromY) * side(b, a.toX, a.toY) <= 0;
  }

  private static double side(Line line, double x, double y) {
    return Math.signum(
        (line.toX - line.fromX) * (y - line.fromY) - (line.toY - line.fromY) * (x - line.fromX));
  }

  private Place keep(Place place) {
    labels.add(place.box, place.box);
    if (place.line != null) {
      lines.add(place.line, place.line.box());
    }
    return place;
  }

  /** Things by the squares of the canvas that they reach into. */
  private static final class Grid<T> {
    private final Box canvas;
    private final int columns;
    private final int rows;
    private final List<List<T>> cells;

    Grid(Box canvas) {
      this.canvas = canvas;
      this.columns = 1 + (int) ((canvas.right - canvas.left) / CELL);
      this.rows = 1 + (int) ((canvas.bottom - canvas.top) / CELL);
      this.cells = new ArrayList<>();
      for (int cell = 0; cell < columns * rows; cell++) {
        cells.add(new ArrayList<>());
      }
    }

    void add(T thing, Box extent) {
      forCells(extent, cell -> cell.add(thing));
    }

    List<T> near(Box extent) {
      List<T> found = new ArrayList<>();
      forCells(extent, found::addAll);
      return found;
    }

    private void forCells(Box extent, Consumer<List<T>> action) {
      int left = clamp((int) ((extent.left - canvas.left) / CELL), columns);
      int right = clamp((int) ((extent.right - canvas.left) / CELL), columns);
      int top = clamp((int) ((extent.top - canvas.top) / CELL), rows);
      int bottom = clamp((int) ((extent.bottom - canvas.top) / CELL), rows);
      for (int row = top; row <= bottom; row++) {
        for (int column = left; column <= right; column++) {
          action.accept(cells.get(row * columns + column));
        }
      }
    }

    private static int clamp(int index, int count) {
      return Math.max(0, Math.min(count - 1, index));
    }
  }
}
