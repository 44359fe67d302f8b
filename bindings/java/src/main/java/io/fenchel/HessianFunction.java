// HessianFunction.java -- products with the second derivative of a differentiable term, in Java.
package io.fenchel;

import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;

/** Products with the Hessian of a {@link SmoothFunction}; threads, arrays and exceptions as there. */
@FunctionalInterface
public interface HessianFunction {
  /**
   * Writes the Hessian at x times v to out, all of it.
   *
   * @param x (n) finite
   * @param v (n) finite
   * @param out (n) receives the product
   */
  void apply(double[] x, double[] v, double[] out);

  /**
   * The same for problems of type float; unless overridden it calls {@link #apply(double[], double[], double[])} and
   * rounds.
   *
   * @param x (n) finite
   * @param v (n) finite
   * @param out (n) receives the product
   */
  default void apply(float[] x, float[] v, float[] out) {
    double[] wide = new double[out.length];
    apply(Floats.toDoubles(x), Floats.toDoubles(v), wide);
    Floats.round(wide, out);
  }

  /** The same on the library's own memory: buffers as in {@link LinearFunction.InPlace}. */
  @FunctionalInterface
  interface InPlace {
    /**
     * Writes the Hessian at x times v to out, all of it.
     *
     * @param x (n) finite, read-only
     * @param v (n) finite, read-only
     * @param out (n) receives the product
     */
    void apply(DoubleBuffer x, DoubleBuffer v, DoubleBuffer out);

    /**
     * The same for problems of type float; unless overridden it calls
     * {@link #apply(DoubleBuffer, DoubleBuffer, DoubleBuffer)} and rounds.
     *
     * @param x (n) finite, read-only
     * @param v (n) finite, read-only
     * @param out (n) receives the product
     */
    default void apply(FloatBuffer x, FloatBuffer v, FloatBuffer out) {
      DoubleBuffer wide = DoubleBuffer.allocate(out.limit());
      apply(Floats.widened(x), Floats.widened(v), wide);
      Floats.round(wide, out);
    }
  }
}
