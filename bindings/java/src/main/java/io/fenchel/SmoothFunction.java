// SmoothFunction.java -- a differentiable term, in Java.
package io.fenchel;

import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;

/**
 * A differentiable function f with its gradient, for {@link Smooth#of}.
 *
 * <p>It runs on the thread that called the library, once or more an iteration, and may be called by several threads where
 * the term is shared by them. The arrays are the term's own, used again by later calls: they are not to be kept. An
 * exception ends the call or the solve, and is thrown by it as it is.
 */
@FunctionalInterface
public interface SmoothFunction {
  /**
   * The value f(x), and the gradient where it is asked for.
   *
   * @param x (n) finite
   * @param gradient (n) receives the gradient, all of it; null: only the value is asked for
   * @return f(x); infinite or NaN where f is not defined, which makes a line search step back
   */
  double evaluate(double[] x, double[] gradient);

  /**
   * The same for problems of type float; unless overridden it calls {@link #evaluate(double[], double[])} and rounds.
   *
   * @param x (n) finite
   * @param gradient (n) receives the gradient; null: only the value is asked for
   * @return f(x)
   */
  default double evaluate(float[] x, float[] gradient) {
    double[] wide = gradient == null ? null : new double[gradient.length];
    double value = evaluate(Floats.toDoubles(x), wide);
    if (gradient != null) {
      Floats.round(wide, gradient);
    }
    return value;
  }

  /** The same on the library's own memory, for {@link Smooth#inPlace}: buffers as in {@link LinearFunction.InPlace}. */
  @FunctionalInterface
  interface InPlace {
    /**
     * The value f(x), and the gradient where it is asked for.
     *
     * @param x (n) finite, read-only
     * @param gradient (n) receives the gradient, all of it; null: only the value is asked for
     * @return f(x)
     */
    double evaluate(DoubleBuffer x, DoubleBuffer gradient);

    /**
     * The same for problems of type float; unless overridden it calls {@link #evaluate(DoubleBuffer, DoubleBuffer)} and
     * rounds.
     *
     * @param x (n) finite, read-only
     * @param gradient (n) receives the gradient; null: only the value is asked for
     * @return f(x)
     */
    default double evaluate(FloatBuffer x, FloatBuffer gradient) {
      DoubleBuffer wide = gradient == null ? null : DoubleBuffer.allocate(gradient.limit());
      double value = evaluate(Floats.widened(x), wide);
      if (gradient != null) {
        Floats.round(wide, gradient);
      }
      return value;
    }
  }
}
