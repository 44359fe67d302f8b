// LevelProxVjp.java -- the derivative of the proximal map of a bilevel problem, in Java.
package io.fenchel;

import java.nio.DoubleBuffer;

/** Products with the transposed Jacobians of a {@link LevelProx}: rules as for {@link LevelFunction}. */
@FunctionalInterface
public interface LevelProxVjp {
  /**
   * Writes (du/dv)^T c and (du/dtheta)^T c, as far as asked for, in full; the first Jacobian is symmetric.
   *
   * @param v (n) finite
   * @param theta (m) finite
   * @param step above 0
   * @param c (n) the cotangent of u
   * @param dv (n) receives the first product; null: not asked for
   * @param dtheta (m) receives the second product; null: not asked for
   */
  void apply(double[] v, double[] theta, double step, double[] c, double[] dv, double[] dtheta);

  /** The same on the library's own memory, without copies: buffers that must not be used after the call. */
  @FunctionalInterface
  interface InPlace {
    /**
     * Writes (du/dv)^T c and (du/dtheta)^T c, as far as asked for, in full.
     *
     * @param v (n) finite, read-only
     * @param theta (m) finite, read-only
     * @param step above 0
     * @param c (n) the cotangent of u, read-only
     * @param dv (n) receives the first product; null: not asked for
     * @param dtheta (m) receives the second product; null: not asked for
     */
    void apply(DoubleBuffer v, DoubleBuffer theta, double step, DoubleBuffer c, DoubleBuffer dv, DoubleBuffer dtheta);
  }
}
