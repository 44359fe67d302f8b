// BilevelProblem.java -- bilevel problems whose levels are Java functions.
package io.fenchel;

/**
 * min over theta of F(theta) = f(x*(theta), theta), where x*(theta) minimises h(x, theta) + g(x, theta): h, f and what else is
 * known of them are functions of the caller. Every hypergradient says how wrong it can be.
 *
 * <pre>{@code
 * // x*(t) = argmin (x - t)^2 / 2 + x^2 / 20, F(t) = (x* - 1)^2 / 2
 * BilevelProblem problem = BilevelProblem.of(1, 1,
 *     (x, t, fresh, dx, dt) -> {
 *       if (dx != null) dx[0] = 1.1 * x[0] - t[0];
 *       if (dt != null) dt[0] = t[0] - x[0];
 *       return (x[0] - t[0]) * (x[0] - t[0]) / 2 + x[0] * x[0] / 20;
 *     },
 *     (x, t, fresh, dx, dt) -> {
 *       if (dx != null) dx[0] = x[0] - 1;
 *       if (dt != null) dt[0] = 0;
 *       return (x[0] - 1) * (x[0] - 1) / 2;
 *     })
 *     .lowerHvp((x, t, fresh, count, v, out) -> { for (int i = 0; i < v.length; i++) out[i] = 1.1 * v[i]; })
 *     .lowerCrossT((x, t, fresh, count, v, out) -> { for (int i = 0; i < v.length; i++) out[i] = -v[i]; })
 *     .constants(new BilevelConstants(1.1, 1.1, 0, 1, 0, 1));
 * BilevelResult slope = problem.hypergradient(new double[] {0}, new double[] {0});
 * double minusTenElevenths = slope.gradient()[0];               // its error is proved to be below slope.bound()
 * double onePointOne = problem.solve("implicit", new double[] {0}, slope.x()).theta()[0];
 * }</pre>
 *
 * <p>Products that are missing become differences of gradients: {@link BilevelResult#finiteDifferences} is 1 and nothing is
 * certified. Functions run on the thread that calls; an exception in one is thrown by the call as it is. Those of the methods
 * ending in InPlace see the library's own memory instead of copies. A builder belongs to one thread at a time and may be used
 * again. Pedregosa (2016); Salehi et al. (2024); Kwon et al. (2023).
 */
public final class BilevelProblem extends BilevelSettings<BilevelProblem> {
  /** In fresh: x changed since the last call of any function of the problem. */
  public static final int FRESH_X = 1;
  /** In fresh: theta changed since the last call of any function of the problem. */
  public static final int FRESH_THETA = 2;

  private final OracleTable table;
  private double[] low;
  private double[] high;
  private Monitor monitor;

  private BilevelProblem(int n, int m, Object lower, Object upper) {
    Functions.require("lower", lower);
    Functions.require("upper", upper);
    table = new OracleTable(n, m);
    with(OracleTable.LOWER, lower).with(OracleTable.UPPER, upper);
  }

  private BilevelProblem with(int which, Object function) {
    table.put(which, function);
    return this;
  }

  /**
   * A problem of functions on arrays.
   *
   * @param n size of x, greater than 0
   * @param m size of theta, greater than 0
   * @param lower h
   * @param upper f
   * @return a builder
   * @throws NullArgumentException when a function is null
   */
  public static BilevelProblem of(int n, int m, LevelFunction lower, LevelFunction upper) {
    return new BilevelProblem(n, m, lower, upper);
  }

  /**
   * A problem of functions on the library's own memory.
   *
   * @param n size of x, greater than 0
   * @param m size of theta, greater than 0
   * @param lower h
   * @param upper f
   * @return a builder
   * @throws NullArgumentException when a function is null
   */
  public static BilevelProblem inPlace(int n, int m, LevelFunction.InPlace lower, LevelFunction.InPlace upper) {
    return new BilevelProblem(n, m, lower, upper);
  }

  /**
   * Products with H = d2h/dx2: rows of (count, n) to rows of (count, n).
   *
   * @param function null: none
   * @return this builder
   */
  public BilevelProblem lowerHvp(LevelProduct function) {
    return with(OracleTable.HVP, function);
  }

  /**
   * Products with H = d2h/dx2: rows of (count, n) to rows of (count, n), on the library's own memory.
   *
   * @param function null: none
   * @return this builder
   */
  public BilevelProblem lowerHvpInPlace(LevelProduct.InPlace function) {
    return with(OracleTable.HVP, function);
  }

  /**
   * Products with the transpose of J = d2h/(dx dtheta): rows of (count, n) to rows of (count, m).
   *
   * @param function null: none
   * @return this builder
   */
  public BilevelProblem lowerCrossT(LevelProduct function) {
    return with(OracleTable.CROSS_T, function);
  }

  /**
   * Products with the transpose of J = d2h/(dx dtheta): rows of (count, n) to rows of (count, m), on the library's own memory.
   *
   * @param function null: none
   * @return this builder
   */
  public BilevelProblem lowerCrossTInPlace(LevelProduct.InPlace function) {
    return with(OracleTable.CROSS_T, function);
  }

  /**
   * Products with J = d2h/(dx dtheta): rows of (count, m) to rows of (count, n).
   *
   * @param function null: none
   * @return this builder
   */
  public BilevelProblem lowerCross(LevelProduct function) {
    return with(OracleTable.CROSS, function);
  }

  /**
   * Products with J = d2h/(dx dtheta): rows of (count, m) to rows of (count, n), on the library's own memory.
   *
   * @param function null: none
   * @return this builder
   */
  public BilevelProblem lowerCrossInPlace(LevelProduct.InPlace function) {
    return with(OracleTable.CROSS, function);
  }

  /**
   * The proximal map of g; without one g is 0.
   *
   * @param function null: none
   * @return this builder
   */
  public BilevelProblem prox(LevelProx function) {
    return with(OracleTable.PROX, function);
  }

  /**
   * The proximal map of g; without one g is 0, on the library's own memory.
   *
   * @param function null: none
   * @return this builder
   */
  public BilevelProblem proxInPlace(LevelProx.InPlace function) {
    return with(OracleTable.PROX, function);
  }

  /**
   * Its derivative, needed for hypergradients with a prox.
   *
   * @param function null: none
   * @return this builder
   */
  public BilevelProblem proxVjp(LevelProxVjp function) {
    return with(OracleTable.PROX_VJP, function);
  }

  /**
   * Its derivative, needed for hypergradients with a prox, on the library's own memory.
   *
   * @param function null: none
   * @return this builder
   */
  public BilevelProblem proxVjpInPlace(LevelProxVjp.InPlace function) {
    return with(OracleTable.PROX_VJP, function);
  }

  /**
   * out = M^-1 v with M positive definite and near H; count is 1.
   *
   * @param function null: none
   * @return this builder
   */
  public BilevelProblem precondition(LevelProduct function) {
    return with(OracleTable.PRECONDITION, function);
  }

  /**
   * out = M^-1 v with M positive definite and near H; count is 1, on the library's own memory.
   *
   * @param function null: none
   * @return this builder
   */
  public BilevelProblem preconditionInPlace(LevelProduct.InPlace function) {
    return with(OracleTable.PRECONDITION, function);
  }

  /**
   * What is proved of h and f; certificates come from it.
   *
   * @param constants a function of theta; null: nothing is known
   * @return this builder
   */
  public BilevelProblem constants(BilevelConstants.Function constants) {
    return with(OracleTable.CONSTANTS, constants);
  }

  /**
   * The same where it holds for every theta.
   *
   * @param constants null: nothing is known
   * @return this builder
   */
  public BilevelProblem constants(BilevelConstants constants) {
    return with(OracleTable.CONSTANTS, constants == null ? null : (BilevelConstants.Function) theta -> constants);
  }

  /**
   * Bounds of theta for {@link #solve}.
   *
   * @param low (m) the least values, minus infinity for none; null: none at all
   * @param high (m) the greatest values, infinity for none; null: none at all
   * @return this builder
   */
  public BilevelProblem bounds(double[] low, double[] high) {
    this.low = low == null ? null : low.clone();
    this.high = high == null ? null : high.clone();
    return this;
  }

  /**
   * Watches {@link #solve}; see {@link Monitor}. Progress tells calls of lower as passes and F as residual; where the monitor
   * cancels, the best so far is returned.
   *
   * @param monitor called on this thread; null: none
   * @return this builder
   */
  public BilevelProblem monitor(Monitor monitor) {
    this.monitor = monitor;
    return this;
  }

  /**
   * dF/dtheta at theta.
   *
   * @param theta (m)
   * @param x (n) where the lower level's solve starts
   * @return {@link BilevelResult#gradient}, and how wrong it can be
   * @throws SingularException when H is singular or indefinite at the solution
   * @throws UncertifiedException with requireCertified, when no bound is proved
   * @throws RangeException when a function is not finite at the start, or a setting out of its range
   * @throws FenchelException the subclass says what else is wrong
   */
  public BilevelResult hypergradient(double[] theta, double[] x) {
    Term.length("theta", theta);
    Term.length("x", x);
    double[] fields = new double[BilevelSummary.SIZE];
    double[] solution = x.clone();
    double[] gradient = new double[Math.max(table.m, 0)];
    FenchelRaw.fen_hypergradient(table.begin(), Term.input("theta", theta, theta.length),
        ArrayView.update(solution, solution.length), ArrayView.out("out", gradient, null, gradient.length), options, fields);
    return new BilevelResult(theta.clone(), solution, gradient, fields);
  }

  /**
   * The best theta that a method finds: the lowest value, certified before uncertified.
   *
   * @param method a name of {@link BilevelMethods}
   * @param theta (m) where the search starts
   * @param x (n) where the lower level's solve starts
   * @return the best pair found
   * @throws NameException for an unknown method
   * @throws SingularException when H is singular or indefinite where it is needed
   * @throws UncertifiedException with requireCertified, when no bound is proved
   * @throws RangeException when a function is not finite at the start, or a start, bound or setting out of its range
   * @throws FenchelException the subclass says what else is wrong
   */
  public BilevelResult solve(String method, double[] theta, double[] x) {
    Term.length("theta", theta);
    Term.length("x", x);
    double[] fields = new double[BilevelSummary.SIZE];
    double[] outer = theta.clone();
    double[] solution = x.clone();
    FenchelRaw.fen_bilevel(table.begin(), method, ArrayView.update(outer, outer.length),
        ArrayView.update(solution, solution.length), bound("low", low), bound("high", high), options, monitor, fields);
    return new BilevelResult(outer, solution, null, fields);
  }

  private static ArrayView bound(String name, double[] bound) {
    return bound == null ? null : Term.input(name, bound, bound.length);
  }

  @Override
  BilevelProblem self() {
    return this;
  }
}
