// LevelProx.java -- the proximal map of the simple term of a bilevel problem, in Java.
package io.fenchel;

import java.nio.DoubleBuffer;

/** The proximal map of g(., theta) of a {@link BilevelProblem}: rules as for {@link LevelFunction}. */
@FunctionalInterface
public interface LevelProx {
  /**
   * Writes the u that minimises g(u, theta) + ||u - v||^2 / (2 step), all of it.
   *
   * @param v (n) finite
   * @param theta (m) finite
   * @param step above 0
   * @param u (n) receives the result
   * @return g(u, theta)
   */
  double prox(double[] v, double[] theta, double step, double[] u);

  /** The same on the library's own memory, without copies: buffers that must not be used after the call. */
  @FunctionalInterface
  interface InPlace {
    /**
     * Writes the u that minimises g(u, theta) + ||u - v||^2 / (2 step), all of it.
     *
     * @param v (n) finite, read-only
     * @param theta (m) finite, read-only
     * @param step above 0
     * @param u (n) receives the result
     * @return g(u, theta)
     */
    double prox(DoubleBuffer v, DoubleBuffer theta, double step, DoubleBuffer u);
  }
}
