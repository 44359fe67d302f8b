// PathResult.java -- solutions along a path of factors.
package io.fenchel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The solutions of f + t g for several factors t, in their order. Plain Java memory: nothing is to be closed. */
public final class PathResult {
  private final double[] factors;
  private final Object x;
  private final int size;
  private final List<MinimizeSummary> summaries = new ArrayList<>();

  PathResult(double[] factors, Object x, int size, double[] fields) {
    this.factors = factors;
    this.x = x;
    this.size = size;
    for (int k = 0; k < factors.length; k++) {
      summaries.add(MinimizeSummary.of(fields, k * MinimizeSummary.SIZE));
    }
  }

  /**
   * How many solutions there are.
   *
   * @return the number of factors
   */
  public int count() {
    return factors.length;
  }

  /**
   * The factor of a solution.
   *
   * @param k its index
   * @return t
   */
  public double factor(int k) {
    return factors[k];
  }

  /**
   * A solution.
   *
   * @param k its index
   * @return (n), a copy; exact also where the problem is of type float
   */
  public double[] x(int k) {
    return Floats.toDoubles(x instanceof double[] doubles ? Arrays.copyOfRange(doubles, k * size, (k + 1) * size)
        : Arrays.copyOfRange((float[]) x, k * size, (k + 1) * size));
  }

  /**
   * A solution of a problem of type float.
   *
   * @param k its index
   * @return (n), a copy
   * @throws DtypeException when the problem is of type double
   */
  public float[] xFloats(int k) {
    return Arrays.copyOfRange(Floats.asFloats(x), k * size, (k + 1) * size);
  }

  /**
   * How a solution was found.
   *
   * @param k its index
   * @return the declared result fields
   */
  public MinimizeSummary summary(int k) {
    return summaries.get(k);
  }

  @Override
  public String toString() {
    return "PathResult[" + count() + " solutions of " + size + " unknowns]";
  }
}
