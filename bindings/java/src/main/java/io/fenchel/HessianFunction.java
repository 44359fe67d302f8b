// HessianFunction.java -- products with the second derivative of a differentiable term, in Java.
package io.fenchel;

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
}
