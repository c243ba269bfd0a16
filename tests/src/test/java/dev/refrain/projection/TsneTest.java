package dev.refrain.projection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.Python;
import dev.refrain.io.Npy;
import dev.refrain.io.NpyArray;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TsneTest {
  private static final int DIMENSIONS = 10;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.5})
  void clustersStayTogetherAndApart(double theta) {
    int points = 300;
    Projection projection =
        new Tsne().theta(theta).perplexity(20).project(clusters(points, 3), DIMENSIONS);
    for (int point = 0; point < points; point++) {
      int nearest = nearest(projection, point);
      assertEquals(point % 3, nearest % 3, "the nearest of " + point + " is " + nearest);
    }
    double meanX = 0;
    for (int point = 0; point < points; point++) {
      meanX += projection.x(point) / points;
    }
    assertEquals(0, meanX, 1e-9);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.5})
  void threadsChangeNoBit(double theta) {
    Tsne tsne = new Tsne().theta(theta).iterations(300).perplexity(10);
    float[] points = clusters(777, 5);
    Projection alone = tsne.threads(1).project(points, DIMENSIONS);
    for (int threads : new int[] {2, 5}) {
      assertSameBits(alone, tsne.threads(threads).project(points, DIMENSIONS));
    }
    Projection other = tsne.seed(2).project(points, DIMENSIONS);
    assertTrue(other.x(0) != alone.x(0), "another seed is another start");
  }

  @Test
  void theDivergenceFallsAndIsReported() {
    List<Double> reported = new ArrayList<>();
    List<Integer> iterations = new ArrayList<>();
    Projection projection =
        new Tsne()
            .iterations(520)
            .project(
                clusters(200, 4),
                DIMENSIONS,
                (iteration, divergence) -> {
                  iterations.add(iteration);
                  reported.add(divergence);
                });
    assertEquals(List.of(50, 100, 150), iterations.subList(0, 3));
    assertEquals(520, iterations.get(iterations.size() - 1));
    assertEquals(520, projection.iterations());
    double last = reported.get(reported.size() - 1);
    assertEquals(last, projection.klDivergence());
    assertTrue(last > 0 && last < reported.get(4), reported.toString());
  }

  @Test
  void equalPointsPointsOnALineAndTwoPointsAreLaidOut() {
    for (float[] points :
        List.of(new float[30], line(30), new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})) {
      int dimensions = points.length == 30 ? 1 : 6;
      for (double theta : new double[] {0, 0.5}) {
        Projection projection = new Tsne().theta(theta).perplexity(1.5).project(points, dimensions);
        for (int point = 0; point < projection.size(); point++) {
          assertTrue(Double.isFinite(projection.x(point)) && Double.isFinite(projection.y(point)));
        }
        assertTrue(projection.x(0) != projection.x(1) || projection.y(0) != projection.y(1));
      }
    }
  }

  @Test
  void whatCannotBeLaidOutIsRefused() {
    Tsne tsne = new Tsne();
    refused(
        "perplexity is 30.0, but must be below the number of points, 30",
        () -> tsne.project(new float[30], 1));
    refused("7 numbers are no points of 2 dimensions", () -> tsne.project(new float[7], 2));
    float[] points = new float[200];
    points[101] = Float.NaN;
    refused("point 50 has the number NaN", () -> tsne.project(points, 2));
    refused("perplexity is 0.5", () -> tsne.perplexity(0.5));
    refused("perplexity is NaN", () -> tsne.perplexity(Double.NaN));
    refused("theta is -1.0", () -> tsne.theta(-1));
    refused("iterations is 0", () -> tsne.iterations(0));
    refused("threads is 0", () -> tsne.threads(0));
    refused("learning rate is 0.0", () -> tsne.learningRate(0));
    refused("early exaggeration is 0.0", () -> tsne.earlyExaggeration(0));
  }

  /**
   * Descents end in neighbouring minima, which differ by some 2 percent from seed to seed: means of
   * three are compared.
   */
  @ParameterizedTest
  @ValueSource(strings = {"exact", "barnes_hut"})
  void theDivergenceIsThatOfScikitLearn(String method) throws Exception {
    Python.require("numpy", "sklearn");
    float[] points = clusters(250, 6);
    Path file = folder.resolve("points.npy");
    Npy.write(file, NpyArray.floats(List.of(250L, (long) DIMENSIONS), points));
    double ours = 0;
    for (int seed = 1; seed <= 3; seed++) {
      ours +=
          new Tsne()
                  .theta(method.equals("exact") ? 0 : 0.5)
                  .seed(seed)
                  .project(points, DIMENSIONS)
                  .klDivergence()
              / 3;
    }
    double theirs =
        Double.parseDouble(
            Python.run(
                    """
                    import sys
                    import numpy as np
                    from sklearn.decomposition import PCA
                    from sklearn.manifold import TSNE
                    points = np.load(sys.argv[1])
                    start = PCA(2).fit_transform(points)
                    start *= 1e-4 / start[:, 0].std()
                    total = 0
                    for seed in range(3):
                        noise = 1e-6 * np.random.RandomState(seed).randn(*start.shape)
                        tsne = TSNE(method=sys.argv[2], init=(start + noise).astype(np.float32),
                                    learning_rate='auto', random_state=seed)
                        tsne.fit(points)
                        total += tsne.kl_divergence_
                    print(total / 3)
                    """,
                    file,
                    method)
                .get(0));
    assertEquals(theirs, ours, 0.05 * theirs);
  }

  private static float[] clusters(int points, int clusters) {
    Random random = new Random(7);
    float[] values = new float[points * DIMENSIONS];
    for (int i = 0; i < values.length; i++) {
      int cluster = i / DIMENSIONS % clusters;
      double centre = 6 * Math.sin(1 + cluster * 7.0 + i % DIMENSIONS * 3.0);
      values[i] = (float) (centre + random.nextGaussian());
    }
    return values;
  }

  private static float[] line(int points) {
    float[] values = new float[points];
    for (int i = 0; i < points; i++) {
      values[i] = i;
    }
    return values;
  }

  private static int nearest(Projection projection, int point) {
    int nearest = -1;
    double least = Double.POSITIVE_INFINITY;
    for (int other = 0; other < projection.size(); other++) {
      double dx = projection.x(point) - projection.x(other);
      double dy = projection.y(point) - projection.y(other);
      if (other != point && dx * dx + dy * dy < least) {
        least = dx * dx + dy * dy;
        nearest = other;
      }
    }
    return nearest;
  }

  private static void assertSameBits(Projection a, Projection b) {
    for (int point = 0; point < a.size(); point++) {
      assertEquals(a.x(point), b.x(point), "x of " + point);
      assertEquals(a.y(point), b.y(point), "y of " + point);
    }
    assertEquals(a.klDivergence(), b.klDivergence());
  }

  private static void refused(String message, Runnable call) {
    String actual = assertThrows(IllegalArgumentException.class, call::run).getMessage();
    assertTrue(actual.contains(message), actual);
  }
}
