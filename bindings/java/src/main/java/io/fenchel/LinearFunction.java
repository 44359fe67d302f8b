// LinearFunction.java -- one direction of a linear map, in Java.
package io.fenchel;

import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;

/**
 * One direction of a linear map: {@link Operator#of} takes two of them.
 *
 * <p>It runs on the thread that called the library, once a product, and may be called by several threads where the
 * operator is shared by them. The arrays are the operator's own, used again by later calls: they are not to be kept. An
 * exception ends the call or the solve, and is thrown by it as it is.
 */
@FunctionalInterface
public interface LinearFunction {
  /**
   * Writes the product to y, all of it: y still holds what an earlier call left there.
   *
   * @param x (n) finite
   * @param y (m) receives the product
   */
  void apply(double[] x, double[] y);

  /**
   * The same for problems of type float; unless overridden it calls {@link #apply(double[], double[])} and rounds.
   *
   * @param x (n) finite
   * @param y (m) receives the product
   */
  default void apply(float[] x, float[] y) {
    double[] wide = new double[y.length];
    apply(Floats.toDoubles(x), wide);
    Floats.round(wide, y);
  }

  /**
   * The same on the library's own memory, without copies: for {@link Operator#inPlace}. The buffers are direct and in
   * native byte order, from 0 to their limit. They must not be used after the call: the memory may be gone.
   */
  @FunctionalInterface
  interface InPlace {
    /**
     * Writes the product to y, all of it.
     *
     * @param x (n) finite, read-only
     * @param y (m) receives the product
     */
    void apply(DoubleBuffer x, DoubleBuffer y);

    /**
     * The same for problems of type float; unless overridden it calls {@link #apply(DoubleBuffer, DoubleBuffer)} and
     * rounds.
     *
     * @param x (n) finite, read-only
     * @param y (m) receives the product
     */
    default void apply(FloatBuffer x, FloatBuffer y) {
      DoubleBuffer wide = DoubleBuffer.allocate(y.limit());
      apply(Floats.widened(x), wide);
      Floats.round(wide, y);
    }
  }
}
