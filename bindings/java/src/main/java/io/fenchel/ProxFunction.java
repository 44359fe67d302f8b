// ProxFunction.java -- a simple term by its proximal map, in Java.
package io.fenchel;

import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;

/**
 * The proximal map of a simple term g, for {@link Prox#of}.
 *
 * <p>It runs on the thread that called the library, and may be called by several threads where the term is shared by
 * them. The arrays are the term's own, used again by later calls: they are not to be kept. An exception ends the call or
 * the solve, and is thrown by it as it is.
 */
@FunctionalInterface
public interface ProxFunction {
  /**
   * Writes the x that minimises g(x) + ||x - v||^2 / (2 step), all of it, and returns g there. With step 0, where x would
   * be v, only the value g(v) is asked for.
   *
   * @param v (n) finite
   * @param step not negative; 0: only g(v) is asked for, and what x receives is not looked at
   * @param x (n) receives the result
   * @return g(x); infinite outside its domain
   */
  double prox(double[] v, double step, double[] x);

  /**
   * The same for problems of type float; unless overridden it calls {@link #prox(double[], double, double[])} and
   * rounds.
   *
   * @param v (n) finite
   * @param step not negative
   * @param x (n) receives the result
   * @return g(x)
   */
  default double prox(float[] v, double step, float[] x) {
    double[] wide = new double[x.length];
    double value = prox(Floats.toDoubles(v), step, wide);
    Floats.round(wide, x);
    return value;
  }

  /** The same on the library's own memory, for {@link Prox#inPlace}: buffers as in {@link LinearFunction.InPlace}. */
  @FunctionalInterface
  interface InPlace {
    /**
     * Writes the x that minimises g(x) + ||x - v||^2 / (2 step), all of it, and returns g there.
     *
     * @param v (n) finite, read-only
     * @param step not negative; 0: only g(v) is asked for, and what x receives is not looked at
     * @param x (n) receives the result
     * @return g(x); infinite outside its domain
     */
    double prox(DoubleBuffer v, double step, DoubleBuffer x);

    /**
     * The same for problems of type float; unless overridden it calls {@link #prox(DoubleBuffer, double, DoubleBuffer)}
     * and rounds.
     *
     * @param v (n) finite, read-only
     * @param step not negative
     * @param x (n) receives the result
     * @return g(x)
     */
    default double prox(FloatBuffer v, double step, FloatBuffer x) {
      DoubleBuffer wide = DoubleBuffer.allocate(x.limit());
      double value = prox(Floats.widened(v), step, wide);
      Floats.round(wide, x);
      return value;
    }
  }
}
