// BilevelCases.java -- the cases of kind "bilevel", as bilevel_cases.c solves them.
import io.fenchel.*;
import java.util.Arrays;

/** h = sum_j a_j x_j^2 / 2 - <K t, x> + |x|^4 / 8, f = |x - b|^2 / 2 + |t|^2 / 20. */
final class BilevelCases {
  private final ConformanceRunner c;
  private final int m;
  private final int n;
  private final double[] a;
  private final double[] b;
  private final double[] k;

  BilevelCases(ConformanceRunner c) {
    this.c = c;
    this.m = c.integer("m");
    this.n = c.integer("n");
    this.a = Arrays.stream(c.uniforms(n)).map(u -> u + 1).toArray();
    this.b = Arrays.stream(c.uniforms(n)).map(u -> u - 0.5).toArray();
    this.k = Arrays.stream(c.uniforms(n * m)).map(u -> u - 0.5).toArray();
  }

  private static double dot(double[] x, double[] v, int from) {
    double sum = 0;
    for (int j = 0; j < x.length; j++) {
      sum += x[j] * v[from + j];
    }
    return sum;
  }

  /** out[at + i] = -(K^T v)_i. */
  private void pullBack(double[] v, int from, double[] out, int at) {
    for (int i = 0; i < m; i++) {
      double along = 0;
      for (int j = 0; j < n; j++) {
        along += k[j * m + i] * v[from + j];
      }
      out[at + i] = -along;
    }
  }

  private double lower(double[] x, double[] t, int fresh, double[] dx, double[] dt) {
    double square = dot(x, x, 0);
    double sum = 0;
    for (int j = 0; j < n; j++) {
      double pull = 0;
      for (int i = 0; i < m; i++) {
        pull += k[j * m + i] * t[i];
      }
      sum += a[j] * x[j] * x[j] / 2 - pull * x[j];
      if (dx != null) {
        dx[j] = a[j] * x[j] + 0.5 * square * x[j] - pull;
      }
    }
    if (dt != null) {
      pullBack(x, 0, dt, 0);
    }
    return sum + 0.125 * square * square;
  }

  private double upper(double[] x, double[] t, int fresh, double[] dx, double[] dt) {
    double sum = 0;
    for (int j = 0; j < n; j++) {
      sum += (x[j] - b[j]) * (x[j] - b[j]) / 2;
      if (dx != null) {
        dx[j] = x[j] - b[j];
      }
    }
    for (int i = 0; i < m; i++) {
      sum += t[i] * t[i] / 20;
      if (dt != null) {
        dt[i] = t[i] / 10;
      }
    }
    return sum;
  }

  private void hvp(double[] x, double[] t, int fresh, int count, double[] v, double[] out) {
    double square = dot(x, x, 0);
    for (int row = 0; row < count * n; row += n) {
      double along = dot(x, v, row);
      for (int j = 0; j < n; j++) {
        out[row + j] = (a[j] + 0.5 * square) * v[row + j] + along * x[j];
      }
    }
  }

  private void crossT(double[] x, double[] t, int fresh, int count, double[] v, double[] out) {
    for (int row = 0; row < count; row++) {
      pullBack(v, row * n, out, row * m);
    }
  }

  void run() {
    BilevelProblem problem = BilevelProblem.of(n, m, this::lower, this::upper);
    if (c.asks("products")) {
      problem.lowerHvp(this::hvp).lowerCrossT(this::crossT);
    }
    if (c.asks("constants")) {
      problem.constants(new BilevelConstants(1, Double.POSITIVE_INFINITY, 8, 10, 0, 1));
    }
    problem.tol(c.number("tol")).maxIter(c.integer("max_iter")).set("hypergradient_mode", c.text("mode"));
    double[] t = new double[m];
    Arrays.fill(t, 0.5);
    double[] x = new double[n];
    Arrays.fill(x, 0.25);
    boolean one = c.text("method").equals("hypergradient");
    BilevelResult r = one ? problem.hypergradient(t, x) : problem.solve(c.text("method"), t, x);
    c.integers("counts", r.termination().code(), r.derivativeStatus().code(), r.muSource().code(), r.finiteDifferences(),
        r.iterations(), r.lowerIterations(), r.linearIterations(), r.lowerGradients(), r.lowerHvps(), r.crossProducts(),
        r.upperGradients());
    c.array("numbers", new double[] {r.value(), r.firstValue(), r.residual(), r.hypergradient(), r.bound(),
        r.lowerResidual(), r.xError()}, false);
    c.array("theta", r.theta());
    c.array("x", r.x());
    if (one) {
      c.array("gradient", r.gradient());
    }
  }
}
