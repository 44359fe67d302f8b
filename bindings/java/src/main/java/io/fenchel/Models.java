// Models.java -- common models in one call.
package io.fenchel;

/**
 * Common models with default settings, in one call. Losses are sums over samples, without a factor 1/n. For intercepts,
 * weights, other settings, sparse data and repeated solves compose a {@link Composite}.
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
   * @throws FenchelException the subclass says what is wrong with the data
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
   * @throws FenchelException the subclass says what is wrong with the data
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
   * @throws FenchelException the subclass says what is wrong with the data
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
   * @throws FenchelException the subclass says what is wrong with the data
   */
  public static PathResult path(double[] a, int rows, int cols, double[] y, double[] lams) {
    try (Operator data = Operator.dense(a, rows, cols); Smooth f = Smooth.leastSquares(data, y);
        Prox g = Prox.l1(1.0)) {
      return Composite.of(f).add(g).path(lams);
    }
  }
}
