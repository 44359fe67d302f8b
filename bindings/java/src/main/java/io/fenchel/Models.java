// Models.java -- common models in one call.
package io.fenchel;

/**
 * Common models with default settings, in one call. Losses are sums over samples, without a factor 1/n, and there is no
 * intercept. They stop at a duality gap of the default tol times the objective at x = 0: see
 * {@link MinimizeFields#gap()}. For intercepts, weights, other settings, sparse or float data and repeated solves compose
 * a {@link Composite}.
 *
 * <p>Arrays are read during the call only and never kept. Any thread may call; {@link Thread#interrupt()} ends a call
 * early, with {@link Termination#CANCELLED}. Numbers have no units of their own: a weight of the norm is in units of the
 * loss divided by those of x.
 */
public final class Models {

  private Models() {}

  /**
   * The Lasso: ||y - A x||^2 / 2 + lam ||x||_1. Tibshirani (1996).
   *
   * @param a (rows, cols), row-major
   * @param rows samples
   * @param cols features
   * @param y (rows)
   * @param lam weight of the norm
   * @return the result
   * @throws ShapeException when a does not have rows * cols elements, or y not rows
   * @throws NotFiniteException when an entry of a or y is NaN or infinite
   * @throws RangeException when lam is negative or not finite
   * @throws NullArgumentException when an array is null
   */
  public static MinimizeResult lasso(double[] a, int rows, int cols, double[] y, double lam) {
    try (Operator data = Operator.dense(a, rows, cols); Smooth f = Smooth.leastSquares(data, y);
        Prox g = Prox.l1(lam)) {
      return Composite.of(f).add(g).solve();
    }
  }

  /**
   * The elastic net: ||y - A x||^2 / 2 + l1 ||x||_1 + l2 ||x||^2 / 2. Zou and Hastie (2005).
   *
   * @param a (rows, cols), row-major
   * @param rows samples
   * @param cols features
   * @param y (rows)
   * @param l1 weight of the norm
   * @param l2 weight of half the squares
   * @return the result
   * @throws ShapeException when a does not have rows * cols elements, or y not rows
   * @throws NotFiniteException when an entry of a or y is NaN or infinite
   * @throws RangeException when a weight is negative or not finite
   * @throws NullArgumentException when an array is null
   */
  public static MinimizeResult elasticNet(double[] a, int rows, int cols, double[] y, double l1, double l2) {
    try (Operator data = Operator.dense(a, rows, cols); Smooth f = Smooth.leastSquares(data, y);
        Prox g = Prox.elasticNet(l1, l2)) {
      return Composite.of(f).add(g).solve();
    }
  }

  /**
   * Sparse logistic regression: sum of log(1 + exp(-y_i (A x)_i)) + lam ||x||_1.
   *
   * @param a (rows, cols), row-major
   * @param rows samples
   * @param cols features
   * @param y (rows) labels, -1 or 1
   * @param lam weight of the norm
   * @return the result
   * @throws ShapeException when a does not have rows * cols elements, or y not rows
   * @throws NotFiniteException when an entry of a or y is NaN or infinite
   * @throws RangeException when lam is negative or not finite, or a label is neither -1 nor 1
   * @throws NullArgumentException when an array is null
   */
  public static MinimizeResult logistic(double[] a, int rows, int cols, double[] y, double lam) {
    try (Operator data = Operator.dense(a, rows, cols); Smooth f = Smooth.logistic(data, y);
        Prox g = Prox.l1(lam)) {
      return Composite.of(f).add(g).solve();
    }
  }

  /**
   * The Lasso for several weights, warm-started in the order given: decreasing is fastest.
   *
   * @param a (rows, cols), row-major
   * @param rows samples
   * @param cols features
   * @param y (rows)
   * @param lams weights of the norm
   * @return the solutions
   * @throws ShapeException when a does not have rows * cols elements, or y not rows
   * @throws NotFiniteException when an entry of a or y is NaN or infinite
   * @throws RangeException when a weight is negative or not finite
   * @throws NullArgumentException when an array is null
   */
  public static PathResult path(double[] a, int rows, int cols, double[] y, double[] lams) {
    try (Operator data = Operator.dense(a, rows, cols); Smooth f = Smooth.leastSquares(data, y);
        Prox g = Prox.l1(1.0)) {
      return Composite.of(f).add(g).path(lams);
    }
  }
}
