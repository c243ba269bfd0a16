package dev.refrain.projection;

/** Where points lie in the plane, and how well that shows which are near each other. */
public final class Projection {
  private final double[] x;
  private final double[] y;
  private final double klDivergence;
  private final int iterations;

  Projection(double[] x, double[] y, double klDivergence, int iterations) {
    this.x = x;
    this.y = y;
    this.klDivergence = klDivergence;
    this.iterations = iterations;
  }

  /** Number of points. */
  public int size() {
    return x.length;
  }

  /** Horizontal place of a point; the mean of all is 0. */
  public double x(int point) {
    return x[point];
  }

  /** Vertical place of a point; the mean of all is 0. */
  public double y(int point) {
    return y[point];
  }

  /** Kullback–Leibler divergence from similarities in the plane to those of the points, in nats. */
  public double klDivergence() {
    return klDivergence;
  }

  /** Steps of gradient descent that were made. */
  public int iterations() {
    return iterations;
  }
}
