// OracleTable.java -- the functions of a bilevel problem as native code calls them.
package io.fenchel;

import java.nio.DoubleBuffer;

/** Functions on arrays get copies that are made where x or theta changed; functions in place get the buffers themselves. */
final class OracleTable {
  static final int LOWER = 0;
  static final int UPPER = 1;
  static final int HVP = 2;
  static final int CROSS_T = 3;
  static final int CROSS = 4;
  static final int PROX = 5;
  static final int PROX_VJP = 6;
  static final int PRECONDITION = 7;
  static final int CONSTANTS = 8;
  private static final int ALL_FRESH = BilevelProblem.FRESH_X | BilevelProblem.FRESH_THETA;

  /** Read by native code. */
  final int n;
  final int m;
  /** One bit a function that was given, read by native code. */
  int has;

  private final Object[] functions = new Object[9];
  /** The arrays that functions are given: x, theta, then three of each function's own. */
  private final double[][] arrays = new double[2 + 3 * 9][];
  /** What of x and theta changed since they were copied. */
  private int stale = ALL_FRESH;

  OracleTable(int n, int m) {
    this.n = n;
    this.m = m;
  }

  void put(int which, Object function) {
    functions[which] = function;
    has = function == null ? has & ~(1 << which) : has | 1 << which;
  }

  /** Before a call of the library: nothing is known of its memory. */
  OracleTable begin() {
    stale = ALL_FRESH;
    return this;
  }

  private double[] room(int slot, int size) {
    double[] found = arrays[slot];
    return found != null && found.length == size ? found : (arrays[slot] = new double[size]);
  }

  private double[] room(int which, int k, DoubleBuffer wanted) {
    return wanted == null ? null : room(2 + 3 * which + k, wanted.capacity());
  }

  private double[] copy(int slot, DoubleBuffer from) {
    double[] to = room(slot, from.capacity());
    from.get(0, to);
    return to;
  }

  private double[] copy(int which, int k, DoubleBuffer from) {
    return copy(2 + 3 * which + k, from);
  }

  private double[] x(DoubleBuffer x) {
    if ((stale & BilevelProblem.FRESH_X) == 0) {
      return arrays[0];
    }
    stale &= ~BilevelProblem.FRESH_X;
    return copy(0, x);
  }

  private double[] theta(DoubleBuffer theta) {
    if ((stale & BilevelProblem.FRESH_THETA) == 0) {
      return arrays[1];
    }
    stale &= ~BilevelProblem.FRESH_THETA;
    return copy(1, theta);
  }

  private static void bring(double[] from, DoubleBuffer to) {
    if (to != null) {
      to.put(0, from);
    }
  }

  /** The last call may have moved position and limit. */
  private static DoubleBuffer whole(DoubleBuffer buffer) {
    return buffer == null ? null : buffer.clear();
  }

  // The methods below are called from native code. Their buffers have their whole size as capacity, which is all that the
  // copies look at.

  double level(int which, DoubleBuffer x, DoubleBuffer theta, int fresh, DoubleBuffer dx, DoubleBuffer dtheta) {
    stale |= fresh;
    if (functions[which] instanceof LevelFunction.InPlace function) {
      return function.evaluate(whole(x), whole(theta), fresh, whole(dx), whole(dtheta));
    }
    double[] slope = room(which, 0, dx);
    double[] outer = room(which, 1, dtheta);
    double value = ((LevelFunction) functions[which]).evaluate(x(x), theta(theta), fresh, slope, outer);
    bring(slope, dx);
    bring(outer, dtheta);
    return value;
  }

  void product(int which, DoubleBuffer x, DoubleBuffer theta, int fresh, int count, DoubleBuffer v, DoubleBuffer out) {
    stale |= fresh;
    if (functions[which] instanceof LevelProduct.InPlace function) {
      function.apply(whole(x), whole(theta), fresh, count, whole(v), whole(out));
      return;
    }
    double[] to = room(which, 1, out);
    ((LevelProduct) functions[which]).apply(x(x), theta(theta), fresh, count, copy(which, 0, v), to);
    bring(to, out);
  }

  double prox(DoubleBuffer v, DoubleBuffer theta, double step, DoubleBuffer out) {
    if (functions[PROX] instanceof LevelProx.InPlace function) {
      return function.prox(whole(v), whole(theta), step, whole(out));
    }
    double[] to = room(PROX, 1, out);
    double value = ((LevelProx) functions[PROX]).prox(copy(PROX, 0, v), copy(PROX, 2, theta), step, to);
    bring(to, out);
    return value;
  }

  void proxVjp(DoubleBuffer v, DoubleBuffer theta, double step, DoubleBuffer c, DoubleBuffer dv, DoubleBuffer dtheta) {
    if (functions[PROX_VJP] instanceof LevelProxVjp.InPlace function) {
      function.apply(whole(v), whole(theta), step, whole(c), whole(dv), whole(dtheta));
      return;
    }
    double[] to = room(PROX_VJP, 0, dv);
    double[] outer = room(PROX_VJP, 1, dtheta);
    ((LevelProxVjp) functions[PROX_VJP]).apply(
        copy(PROX, 0, v), copy(PROX, 2, theta), step, copy(PROX_VJP, 2, c), to, outer);
    bring(to, dv);
    bring(outer, dtheta);
  }

  double[] constants(DoubleBuffer theta) {
    BilevelConstants c = ((BilevelConstants.Function) functions[CONSTANTS]).at(copy(CONSTANTS, 0, theta));
    return new double[] {c.mu(), c.lipschitz(), c.hessianLipschitz(), c.crossNorm(), c.crossLipschitz(), c.upperLipschitz()};
  }
}
