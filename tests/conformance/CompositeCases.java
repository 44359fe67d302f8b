// CompositeCases.java -- the cases of kind "composite", as composite_cases.c solves and asks them.
import io.fenchel.*;
import java.util.Arrays;

/** A linear model and a simple term, solved and asked. */
final class CompositeCases {
  private static final int ROWS = 3;
  private static final int STEPS = 4;
  private static final int FOLDS = 3;

  private final ConformanceRunner c;
  private final int m;
  private final int n;

  CompositeCases(ConformanceRunner c) {
    this.c = c;
    this.m = c.integer("m");
    this.n = c.integer("n");
  }

  // ---- the problem --------------------------------------------------------------------------------------------------

  /** Row by row or (layout f) column by column in memory: the same numbers. */
  private Operator matrix() {
    double[] values = Arrays.stream(c.uniforms(m * n)).map(u -> u - 0.5).toArray();
    if (!c.text("layout").equals("f")) {
      return c.single ? Operator.dense(ConformanceRunner.floats(values), m, n) : Operator.dense(values, m, n);
    }
    double[] turned = new double[m * n];
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        turned[j * m + i] = values[i * n + j];
      }
    }
    return c.single ? Operator.denseColumns(ConformanceRunner.floats(turned), m, n)
        : Operator.denseColumns(turned, m, n);
  }

  private double[] targets() {
    double[] y = c.uniforms(m);
    switch (c.text("loss")) {
      case "logistic", "squared_hinge" -> Arrays.setAll(y, i -> y[i] < 0.5 ? -1.0 : 1.0);
      case "poisson" -> Arrays.setAll(y, i -> (int) (4 * y[i]));
      default -> { }
    }
    return y;
  }

  private Smooth smooth(Operator data) {
    var f = Smooth.named(c.text("loss")).term("A", data).number("intercept", c.integer("intercept"));
    double[] y = targets();
    return (c.single ? f.array("y", ConformanceRunner.floats(y)) : f.array("y", y)).build();
  }

  private Prox simple() {
    var g = Prox.named(c.text("prox"));
    return (c.text("parameter").equals("-") ? g : g.number(c.text("parameter"), c.number("lam"))).build();
  }

  // ---- printing -----------------------------------------------------------------------------------------------------

  private void minimized(String prefix, MinimizeSummary r) {
    c.integers(prefix + "counts", r.termination().code(), r.certificate().code(), r.method(), r.iterations(),
        r.gradients(), r.values(), r.proxes(), r.products(), r.coordinateUpdates(), r.outerIterations(), r.newtonSteps(),
        r.cgIterations(), r.backtracks(), r.restarts(), r.support(), r.screened());
    double[] numbers = {r.tol(), r.residual(), r.objective(), r.smooth(), r.dual(), r.gap(), r.scale(), r.step()};
    c.array(prefix + "numbers", numbers, false);
  }

  // ---- questions ----------------------------------------------------------------------------------------------------

  private void askTerms(Smooth f, Prox g, int size) {
    if (c.asks("prox")) {
      double[] v = Arrays.stream(c.uniforms(ROWS * n)).map(u -> 4 * u - 2).toArray();
      double[] values = new double[ROWS];
      c.array("prox", c.single ? ConformanceRunner.doubles(g.prox(ConformanceRunner.floats(v), ROWS, 0.75, values))
          : g.prox(v, ROWS, 0.75, values));
      c.array("prox_values", values, false);
    }
    if (c.asks("gradient")) {
      double[] x = c.uniforms(size);
      double[] slope = new double[size];
      float[] shortSlope = new float[size];
      double value = c.single ? f.valueAndGradient(ConformanceRunner.floats(x), shortSlope)
          : f.valueAndGradient(x, slope);
      c.array("smooth_value", new double[] {value}, false);
      c.array("smooth_gradient", c.single ? ConformanceRunner.doubles(shortSlope) : slope);
    }
  }

  private void askPath(Composite problem) {
    double most = problem.lambdaMax();
    c.array("lambda_max", new double[] {most}, false);
    double[] factors = {most / 2, most / 4, most / 8};
    PathResult path = problem.path(factors);
    double[] solutions = new double[0];
    for (int k = 0; k < ROWS; k++) {
      double[] x = path.x(k);
      int at = solutions.length;
      solutions = Arrays.copyOf(solutions, at + x.length);
      System.arraycopy(x, 0, solutions, at, x.length);
    }
    c.array("path", solutions);
    for (int k = 0; k < ROWS; k++) {
      minimized("path" + k + "_", path.summary(k));
    }
    int[] folds = new int[m];
    Arrays.setAll(folds, i -> i % FOLDS);
    double[][] losses = problem.crossValidate(factors, folds);
    c.array("losses", Arrays.stream(losses).flatMapToDouble(Arrays::stream).toArray(), false);
  }

  private void askUnfolded(Composite problem, int size) {
    double[] steps = new double[STEPS];
    double[] levels = new double[STEPS];
    Arrays.setAll(steps, k -> 0.0625 * (k + 1));
    Arrays.setAll(levels, k -> 0.25 * (k + 1));
    double[] x0 = c.uniforms(size);
    double[] cotangent = c.uniforms(size);
    double[] objectives = new double[STEPS];
    c.array("unfold", problem.unfold(steps, levels, x0, objectives));
    c.array("unfold_objectives", objectives, false);
    UnfoldGradient back = problem.unfoldGradient(steps, levels, x0, cotangent);
    c.array("unfold_steps", back.steps(), false);
    c.array("unfold_thresholds", back.thresholds(), false);
    c.array("unfold_start", back.x0());
  }

  void run() {
    try (Operator data = matrix(); Smooth f = smooth(data); Prox g = simple()) {
      Composite problem = Composite.of(f).add(g).dtype(c.single ? Dtype.F32 : Dtype.F64).method(c.text("method"))
          .tol(c.number("tol")).maxIter(c.integer("max_iter")).numThreads(c.integer("num_threads"));
      int size;
      try (Minimizer solver = problem.build()) {
        MinimizeResult result = solver.solve();
        size = solver.size();
        minimized("", result.summary());
        c.array("x", result.x());
        if (c.asks("dual")) {
          c.array("dual", solver.dual(0));
        }
      }
      askTerms(f, g, size);
      if (c.asks("path")) {
        askPath(problem);
      }
      if (c.asks("unfold")) {
        askUnfolded(problem, size);
      }
    }
  }
}
