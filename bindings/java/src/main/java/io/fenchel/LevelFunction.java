// LevelFunction.java -- one level of a bilevel problem, in Java.
package io.fenchel;

import java.nio.DoubleBuffer;

/**
 * A level of a {@link BilevelProblem}: h (the lower one) or f (the upper one), with gradients.
 *
 * <p>It runs on the thread that called the library. The arrays are the problem's own, used again by later calls: they are
 * not to be kept, and x and theta not to be changed. An exception ends the call, and is thrown by it as it is.
 */
@FunctionalInterface
public interface LevelFunction {
  /**
   * The value at (x, theta), and the gradients asked for, written in full. Numbers that are not finite say that (x, theta)
   * is outside the domain: a shorter step is tried.
   *
   * @param x (n) finite
   * @param theta (m) finite
   * @param fresh sum of {@link BilevelProblem#FRESH_X} and {@link BilevelProblem#FRESH_THETA}: what changed since the last
   *     call of any function of the problem; what was computed from the rest may be used again
   * @param dx (n) receives the gradient by x; null: not asked for
   * @param dtheta (m) receives the gradient by theta; null: not asked for
   * @return the value
   */
  double evaluate(double[] x, double[] theta, int fresh, double[] dx, double[] dtheta);

  /** The same on the library's own memory, without copies: buffers that must not be used after the call. */
  @FunctionalInterface
  interface InPlace {
    /**
     * The value at (x, theta), and the gradients asked for, written in full.
     *
     * @param x (n) finite, read-only
     * @param theta (m) finite, read-only
     * @param fresh as in {@link LevelFunction#evaluate}
     * @param dx (n) receives the gradient by x; null: not asked for
     * @param dtheta (m) receives the gradient by theta; null: not asked for
     * @return the value
     */
    double evaluate(DoubleBuffer x, DoubleBuffer theta, int fresh, DoubleBuffer dx, DoubleBuffer dtheta);
  }
}
