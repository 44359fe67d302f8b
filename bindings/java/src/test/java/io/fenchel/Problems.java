// Problems.java -- small reproducible problems for the tests.
package io.fenchel;

import java.util.SplittableRandom;

/** Random but reproducible data. */
final class Problems {

  private Problems() {}

  static double[] uniform(long seed, int count) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] out = new double[count];
    for (int i = 0; i < count; i++) {
      out[i] = random.nextDouble();
    }
    return out;
  }

  /** Positive, of total mass 1. */
  static double[] weights(long seed, int count) {
    double[] out = uniform(seed, count);
    double mass = 0;
    for (int i = 0; i < count; i++) {
      out[i] += 0.1;
      mass += out[i];
    }
    for (int i = 0; i < count; i++) {
      out[i] /= mass;
    }
    return out;
  }

  static float[] floats(double[] values) {
    return (float[]) Floats.to(Dtype.F32, values);
  }

  /** A problem whose solve lasts longer than any test looks at it: hundreds of passes over 9 million entries. */
  static Sinkhorn endless() {
    int n = 3000;
    PointCloud cloud = PointCloud.of(uniform(5, 3 * n), n, uniform(6, 3 * n), n, 3, Costs.SQEUCLIDEAN);
    return Sinkhorn.problem(cloud).eps(1e-3).method(Methods.SINKHORN).maxIter(1_000_000_000L).tol(1e-15);
  }

  static double[] rowSums(double[] plan, int n, int m) {
    double[] out = new double[n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < m; j++) {
        out[i] += plan[i * m + j];
      }
    }
    return out;
  }

  static double[] colSums(double[] plan, int n, int m) {
    double[] out = new double[m];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < m; j++) {
        out[j] += plan[i * m + j];
      }
    }
    return out;
  }

  static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }

  static double l1(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += Math.abs(x[i] - y[i]);
    }
    return sum;
  }
}
