// LevelProduct.java -- products with second derivatives of a bilevel problem, in Java.
package io.fenchel;

import java.nio.DoubleBuffer;

/**
 * Products with a matrix that a {@link BilevelProblem} has at (x, theta): rules as for {@link LevelFunction}.
 */
@FunctionalInterface
public interface LevelProduct {
  /**
   * Writes the matrix times each of count vectors, rows of v and of out.
   *
   * @param x (n) finite
   * @param theta (m) finite
   * @param fresh as in {@link LevelFunction#evaluate}
   * @param count how many vectors there are, at least 1
   * @param v the vectors, row after row
   * @param out receives the products, row after row
   */
  void apply(double[] x, double[] theta, int fresh, int count, double[] v, double[] out);

  /** The same on the library's own memory, without copies: buffers that must not be used after the call. */
  @FunctionalInterface
  interface InPlace {
    /**
     * Writes the matrix times each of count vectors, rows of v and of out.
     *
     * @param x (n) finite, read-only
     * @param theta (m) finite, read-only
     * @param fresh as in {@link LevelFunction#evaluate}
     * @param count how many vectors there are, at least 1
     * @param v the vectors, row after row, read-only
     * @param out receives the products, row after row
     */
    void apply(DoubleBuffer x, DoubleBuffer theta, int fresh, int count, DoubleBuffer v, DoubleBuffer out);
  }
}
