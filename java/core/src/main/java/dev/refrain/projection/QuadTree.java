package dev.refrain.projection;

import java.util.Arrays;

/**
 * Points in the plane, in squares within squares: what is far off acts as one point in its centre
 * of mass.
 *
 * <p>Nodes stand in the order of a walk that visits a square before its quarters, and each knows
 * where the walk goes on if its quarters are left out: so a walk needs no stack. Built anew for
 * each set of places, in the same memory.
 */
final class QuadTree {
  /** A square with at most so many points is not divided. */
  private static final int LEAF_POINTS = 4;

  /** Points that so many halvings of the square do not part are left together. */
  private static final int MOST_DEPTH = 40;

  private final int[] order;
  private final int[] scratch;
  private final double[] x;
  private final double[] y;

  private int nodes;
  private double[] centreX = new double[64];
  private double[] centreY = new double[64];
  private double[] squaredWidth = new double[64];
  private int[] first = new int[64];
  private int[] end = new int[64];
  private int[] skip = new int[64];
  private boolean[] leaf = new boolean[64];

  QuadTree(int points) {
    order = new int[points];
    scratch = new int[points];
    x = new double[points];
    y = new double[points];
  }

  /** Sorts the points into squares. */
  void build(double[] placeX, double[] placeY) {
    double lowX = Double.POSITIVE_INFINITY;
    double lowY = Double.POSITIVE_INFINITY;
    double highX = Double.NEGATIVE_INFINITY;
    double highY = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
      lowX = Math.min(lowX, placeX[i]);
      highX = Math.max(highX, placeX[i]);
      lowY = Math.min(lowY, placeY[i]);
      highY = Math.max(highY, placeY[i]);
    }
    nodes = 0;
    double width = Math.max(highX - lowX, highY - lowY);
    divide(placeX, placeY, 0, order.length, lowX, lowY, width, 0);
    for (int i = 0; i < order.length; i++) {
      x[i] = placeX[order[i]];
      y[i] = placeY[order[i]];
    }
  }

  /** The point at a rank of the walk; points near each other have near ranks. */
  int point(int rank) {
    return order[rank];
  }

  private void divide(
      double[] placeX,
      double[] placeY,
      int from,
      int to,
      double lowX,
      double lowY,
      double width,
      int depth) {
    int node = add(placeX, placeY, from, to, width);
    if (to - from > LEAF_POINTS && depth < MOST_DEPTH) {
      leaf[node] = false;
      double half = width / 2;
      double middleX = lowX + half;
      double middleY = lowY + half;
      int south = partition(placeY, from, to, middleY);
      int southWest = partition(placeX, from, south, middleX);
      int northWest = partition(placeX, south, to, middleX);
      quarter(placeX, placeY, from, southWest, lowX, lowY, half, depth);
      quarter(placeX, placeY, southWest, south, middleX, lowY, half, depth);
      quarter(placeX, placeY, south, northWest, lowX, middleY, half, depth);
      quarter(placeX, placeY, northWest, to, middleX, middleY, half, depth);
    }
    skip[node] = nodes;
  }

  private void quarter(
      double[] placeX,
      double[] placeY,
      int from,
      int to,
      double lowX,
      double lowY,
      double width,
      int depth) {
    if (from < to) {
      divide(placeX, placeY, from, to, lowX, lowY, width, depth + 1);
    }
  }

  private int add(double[] placeX, double[] placeY, int from, int to, double width) {
    if (nodes == leaf.length) {
      grow();
    }
    double sumX = 0;
    double sumY = 0;
    for (int i = from; i < to; i++) {
      sumX += placeX[order[i]];
      sumY += placeY[order[i]];
    }
    int node = nodes++;
    centreX[node] = sumX / (to - from);
    centreY[node] = sumY / (to - from);
    squaredWidth[node] = width * width;
    first[node] = from;
    end[node] = to;
    leaf[node] = true;
    return node;
  }

  private void grow() {
    int size = 2 * nodes;
    centreX = Arrays.copyOf(centreX, size);
    centreY = Arrays.copyOf(centreY, size);
    squaredWidth = Arrays.copyOf(squaredWidth, size);
    first = Arrays.copyOf(first, size);
    end = Arrays.copyOf(end, size);
    skip = Arrays.copyOf(skip, size);
    leaf = Arrays.copyOf(leaf, size);
  }

  /**
   * Puts those below the middle before the others, each in their order; returns where these begin.
   */
  private int partition(double[] place, int from, int to, double middle) {
    int low = from;
    int high = 0;
    for (int i = from; i < to; i++) {
      int point = order[i];
      if (place[point] < middle) {
        order[low++] = point;
      } else {
        scratch[high++] = point;
      }
    }
    System.arraycopy(scratch, 0, order, low, high);
    return low;
  }

  /** What all other points do to one. */
  static final class Repulsion {
    /** Σ q² (x_i − x_j), with q = 1/(1 + distance²). */
    double x;

    /** The same along y. */
    double y;

    /** Σ q. */
    double sum;
  }

  /**
   * Adds up what all others do to a point.
   *
   * @param rank of the point in the walk
   * @param squaredTheta a square acts as one point where width² is less than this times distance²;
   *     one with the point in it never does
   */
  void repulsion(int rank, double squaredTheta, Repulsion into) {
    double atX = x[rank];
    double atY = y[rank];
    double forceX = 0;
    double forceY = 0;
    double sum = 0;
    int node = 0;
    while (node < nodes) {
      double dx = atX - centreX[node];
      double dy = atY - centreY[node];
      double squared = dx * dx + dy * dy;
      if (squaredWidth[node] < squaredTheta * squared
          && (rank < first[node] || rank >= end[node])) {
        double q = 1 / (1 + squared);
        double weighted = (end[node] - first[node]) * q;
        sum += weighted;
        forceX += weighted * q * dx;
        forceY += weighted * q * dy;
        node = skip[node];
      } else if (leaf[node]) {
        for (int other = first[node]; other < end[node]; other++) {
          double ex = atX - x[other];
          double ey = atY - y[other];
          double q = 1 / (1 + ex * ex + ey * ey);
          sum += q;
          forceX += q * q * ex;
          forceY += q * q * ey;
        }
        node++;
      } else {
        node++;
      }
    }
    into.x = forceX;
    into.y = forceY;
    // The point itself was among them, with q = 1 and no force.
    into.sum = sum - 1;
  }
}
