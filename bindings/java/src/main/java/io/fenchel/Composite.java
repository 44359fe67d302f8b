// Composite.java -- problems f(x) + sum of g_i(A_i x): builder, solve, paths, cross-validation, unfolding.
package io.fenchel;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * A composite problem: minimise f(x) + sum_i g_i(A_i x) over x.
 *
 * <pre>{@code
 * try (Operator data = Operator.dense(matrix, rows, cols);
 *      Smooth f = Smooth.leastSquares(data, targets);
 *      Prox g = Prox.l1(0.1)) {
 *   MinimizeResult result = Composite.of(f).add(g).tol(1e-9).solve();
 *   double[] x = result.x();
 * }
 * }</pre>
 *
 * <p>The terms stay the caller's and must be open while the problem is built or solved. A builder belongs to one thread
 * at a time and may build again. Failures are unchecked {@link FenchelException}s, one class a {@link Status}.
 */
public final class Composite extends MinimizeSettings<Composite> {
  private final Smooth smooth;
  private final List<Prox> terms = new ArrayList<>();
  private final List<Operator> maps = new ArrayList<>();
  private Dtype dtype = Dtype.F64;
  private long size;
  private Monitor monitor;

  private Composite(Smooth smooth) {
    this.smooth = smooth;
  }

  /**
   * A problem with the smooth term f.
   *
   * @param f stays the caller's; null: none
   * @return a builder
   */
  public static Composite of(Smooth f) {
    return new Composite(f);
  }

  /**
   * Adds g(x).
   *
   * @param g stays the caller's
   * @return this builder
   * @throws NullArgumentException when g is null
   */
  public Composite add(Prox g) {
    return add(g, null);
  }

  /**
   * Adds g(A x).
   *
   * @param g stays the caller's
   * @param map A, stays the caller's; null: the identity
   * @return this builder
   * @throws NullArgumentException when g is null
   */
  public Composite add(Prox g, Operator map) {
    if (g == null) {
      throw Status.NULL_ARGUMENT.exception("g is null");
    }
    terms.add(g);
    maps.add(map);
    return this;
  }

  /**
   * The element type of x; data of terms may be of either type.
   *
   * @param type default: {@link Dtype#F64}
   * @return this builder
   */
  public Composite dtype(Dtype type) {
    this.dtype = type;
    return this;
  }

  /**
   * The number of unknowns, needed where no term has a size.
   *
   * @param n default: that of the terms
   * @return this builder
   */
  public Composite size(long n) {
    this.size = n;
    return this;
  }

  /**
   * Watches solves, paths and cross-validations; see {@link Monitor}.
   *
   * @param monitor called on the solving thread; null: none
   * @return this builder
   */
  public Composite monitor(Monitor monitor) {
    this.monitor = monitor;
    return this;
  }

  /**
   * Builds a solver, with all memory that solving needs: for warm starts, repeated solves, dual points, and cancelling
   * from another thread.
   *
   * @return a solver, to be closed by the caller
   * @throws UnsupportedException when the method misses something; the message names methods that would work
   * @throws FenchelException the subclass says what is wrong with the problem or its settings
   */
  public Minimizer build() {
    Minimizer[] made = new Minimizer[1];
    withProblem(problem -> {
      long[] out = new long[1];
      int n = unknowns(problem);
      FenchelRaw.fen_minimize_create(problem, method, options, out);
      List<Memory> kept = new ArrayList<>();
      all().forEach(term -> term.retainMemory(kept));
      made[0] = new Minimizer(out[0], Memory.group(kept), n, dtype, summandSizes(n), monitor);
    });
    return made[0];
  }

  /**
   * Builds, solves, and frees the solver.
   *
   * @return the result, which needs no closing
   * @throws FenchelException the subclass says what is wrong with the problem or its settings
   */
  public MinimizeResult solve() {
    try (Minimizer solver = build()) {
      return solver.solve();
    }
  }

  /**
   * The least factor t of g at which x = 0 (but for intercepts and unpenalised coordinates) is optimal. For a linear
   * model with one term, separable or group_l2.
   *
   * @return t
   * @throws UnsupportedException for other problems
   */
  public double lambdaMax() {
    double[] out = new double[1];
    withProblem(problem -> FenchelRaw.fen_lambda_max(problem, out));
    return out[0];
  }

  /**
   * Solutions of f + t g for each factor t, warm-started in the order given: decreasing is fastest. The method is the
   * path's own.
   *
   * @param factors t, not negative
   * @return the solutions
   * @throws UnsupportedException for other problems than a linear model with one term, separable or group_l2
   */
  public PathResult path(double[] factors) {
    int count = requireLength("factors", factors);
    double[] fields = new double[Math.multiplyExact(count, MinimizeSummary.SIZE)];
    Object[] x = new Object[1];
    int[] n = new int[1];
    withProblem(problem -> {
      n[0] = unknowns(problem);
      x[0] = dtype.array(Math.multiplyExact(count, n[0]));
      FenchelRaw.fen_path(problem, ArrayView.in("factors", factors, null, count), options, monitor,
          ArrayView.out("x", x[0], null, count, n[0]), fields);
    });
    return new PathResult(factors.clone(), x[0], n[0], fields);
  }

  /**
   * The mean held-out loss per sample of each fold and factor. Folds run in parallel on the setting numThreads.
   *
   * @param factors t, not negative, decreasing is fastest
   * @param folds (samples) the fold in which each sample is held out, from 0
   * @return (folds, factors) losses
   * @throws RangeException when a fold is negative
   * @throws UnsupportedException for other problems than a linear model with one term, separable or group_l2
   */
  public double[][] crossValidate(double[] factors, int[] folds) {
    int width = requireLength("factors", factors);
    requireLength("folds", folds);
    int count = 1 + java.util.Arrays.stream(folds).max().orElse(0);
    double[] losses = new double[Math.multiplyExact(Math.max(count, 1), width)];
    withProblem(problem -> FenchelRaw.fen_cross_validate(
        problem, ArrayView.in("factors", factors, null, width), ArrayView.in("folds", folds, null, folds.length),
        options, monitor, ArrayView.out("losses", losses, null, Math.max(count, 1), width)));
    double[][] out = new double[Math.max(count, 1)][];
    for (int k = 0; k < out.length; k++) {
      out[k] = java.util.Arrays.copyOfRange(losses, k * width, (k + 1) * width);
    }
    return out;
  }

  /**
   * A fixed number of proximal gradient steps with parameters of their own. Gregor and LeCun, Learning Fast
   * Approximations of Sparse Coding (2010).
   *
   * @param steps one a step, greater than 0
   * @param thresholds factors of g, not negative; null: ones
   * @param x0 (n) the start; null: zero
   * @return (n), exact also where the problem is of type float
   */
  public double[] unfold(double[] steps, double[] thresholds, double[] x0) {
    return unfold(steps, thresholds, x0, null);
  }

  /**
   * The same, and how the objective went.
   *
   * @param steps one a step, greater than 0
   * @param thresholds factors of g, not negative; null: ones
   * @param x0 (n) the start; null: zero. Rounded where the problem is of type float
   * @param objectives (steps) receives f + g after each step; null: not asked for
   * @return (n), exact also where the problem is of type float
   * @throws ShapeException when an array has another length
   * @throws UnsupportedException when g has a linear map, or there are several
   */
  public double[] unfold(double[] steps, double[] thresholds, double[] x0, double[] objectives) {
    int count = requireLength("steps", steps);
    Object[] x = new Object[1];
    withProblem(problem -> {
      int n = unknowns(problem);
      x[0] = dtype.array(n);
      FenchelRaw.fen_unfold(problem, ArrayView.in("steps", steps, null, count),
          ArrayView.in("thresholds", thresholds, null, count), ArrayView.in("x0", Floats.to(dtype, x0), null, n),
          ArrayView.out("x", x[0], null, n), ArrayView.out("objectives", objectives, null, count));
    });
    return Floats.toDoubles(x[0]);
  }

  /**
   * The derivatives of {@link #unfold} in reverse mode.
   *
   * @param steps as there
   * @param thresholds as there
   * @param x0 as there
   * @param cotangent (n) of the result
   * @return the gradients of steps, thresholds and x0
   * @throws UnsupportedException where f has no capability hvp or g no vjp
   */
  public UnfoldGradient unfoldGradient(double[] steps, double[] thresholds, double[] x0, double[] cotangent) {
    int count = requireLength("steps", steps);
    requireLength("cotangent", cotangent);
    double[] stepsGrad = new double[count];
    double[] thresholdsGrad = new double[count];
    Object[] startGrad = new Object[1];
    withProblem(problem -> {
      int n = unknowns(problem);
      startGrad[0] = dtype.array(n);
      FenchelRaw.fen_unfold_vjp(problem, ArrayView.in("steps", steps, null, count),
          ArrayView.in("thresholds", thresholds, null, count), ArrayView.in("x0", Floats.to(dtype, x0), null, n),
          ArrayView.in("cotangent", Floats.to(dtype, cotangent), null, n),
          ArrayView.out("steps_grad", stepsGrad, null, count),
          ArrayView.out("thresholds_grad", thresholdsGrad, null, count),
          ArrayView.out("x0_grad", startGrad[0], null, n));
    });
    return new UnfoldGradient(stepsGrad, thresholdsGrad, Floats.toDoubles(startGrad[0]));
  }

  /**
   * Derivatives of the solution by data and weights of the terms.
   *
   * @param x (n) a solution, whoever found it; rounded where the problem is of type float
   * @return a builder for settings, to be asked for products
   * @throws NullArgumentException when x is null
   */
  public SolutionDerivative derivativeAt(double[] x) {
    requireLength("x", x);
    return new SolutionDerivative(this, Floats.to(dtype, x));
  }

  Dtype type() {
    return dtype;
  }

  /** The shape of a parameter of {@link SolutionParameters}; what the problem lacks is the native side's to refuse. */
  long[] shape(String parameter, int n) {
    int tail = smooth == null ? 0 : smooth.tail;
    return switch (String.valueOf(parameter)) {
      case SolutionParameters.F_Y, SolutionParameters.F_WEIGHTS -> new long[] {samples()};
      case SolutionParameters.F_OFFSET ->
          smooth != null && smooth.outputs > 0 ? new long[] {samples(), smooth.outputs} : new long[] {samples()};
      case SolutionParameters.F_LINEAR -> new long[] {n};
      case SolutionParameters.G_WEIGHTS ->
          new long[] {terms.isEmpty() ? 1 : Math.max(1, terms.get(0).weights(n - tail))};
      default -> new long[] {1};
    };
  }

  private long samples() {
    return smooth == null ? 1 : Math.max(1, smooth.samples);
  }

  // ---- native problem -----------------------------------------------------------------------------------------------

  private List<Term> all() {
    List<Term> out = new ArrayList<>(terms);
    maps.stream().filter(map -> map != null).forEach(out::add);
    if (smooth != null) {
      out.add(smooth);
    }
    return out;
  }

  /** Runs with the terms held open and a native problem that lives as long. */
  void withProblem(LongConsumer action) {
    List<Term> acquired = new ArrayList<>();
    try {
      for (Term term : all()) {
        term.acquire();
        acquired.add(term);
      }
      long problem = create();
      try {
        action.accept(problem);
      } finally {
        FenchelRaw.fen_problem_destroy(problem);
      }
    } finally {
      acquired.forEach(Term::release);
    }
  }

  /** The terms are open: their addresses stay valid after this second acquire is given back. */
  private long create() {
    long[] g = new long[terms.size()];
    long[] a = new long[terms.size()];
    for (int k = 0; k < g.length; k++) {
      g[k] = address(terms.get(k));
      a[k] = address(maps.get(k));
    }
    long[] out = new long[1];
    FenchelRaw.fen_composite_create(dtype.code, size, address(smooth), g.length, g, a, out);
    return out[0];
  }

  private static long address(Term term) {
    if (term == null) {
      return 0;
    }
    long address = term.acquire();
    term.release();
    return address;
  }

  static int unknowns(long problem) {
    return Math.toIntExact(FenchelRaw.fen_composite_size(problem));
  }

  private int[] summandSizes(int n) {
    int[] sizes = new int[maps.size()];
    for (int k = 0; k < sizes.length; k++) {
      sizes[k] = maps.get(k) == null ? n - (smooth == null ? 0 : smooth.tail) : maps.get(k).rows();
    }
    return sizes;
  }

  private static int requireLength(String name, Object array) {
    if (array == null) {
      throw Status.NULL_ARGUMENT.exception(name + " is null");
    }
    return (int) ArrayView.length(name, array, null);
  }

  @Override
  Composite self() {
    return this;
  }
}
