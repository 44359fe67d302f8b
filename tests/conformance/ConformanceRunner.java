// ConformanceRunner.java -- solves the problems of a plain-text case file and prints the answers bit for bit, through the public
// classes; the C runner is the model, and README.md describes both forms.
import io.fenchel.*;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Usage: ConformanceRunner CASES. */
public final class ConformanceRunner {
  private static final PrintStream OUT = new PrintStream(System.out, false, StandardCharsets.US_ASCII);

  private final Map<String, String> keys = new HashMap<>();
  final boolean single; // f32
  private long state;

  private ConformanceRunner(String line) {
    for (String word : line.split(" ")) {
      int at = word.indexOf('=');
      keys.put(word.substring(0, at), word.substring(at + 1));
    }
    single = text("dtype").equals("f32");
    state = Long.parseLong(text("seed"));
  }

  // ---- case and numbers -------------------------------------------------------------------------------------------

  String text(String key) {
    return keys.get(key);
  }

  int integer(String key) {
    return Integer.parseInt(text(key));
  }

  double number(String key) {
    return Double.longBitsToDouble(Long.parseUnsignedLong(text(key), 16));
  }

  boolean asks(String what) {
    return List.of(text("ask").split(",")).contains(what);
  }

  private double uniform() {
    state = state * 6364136223846793005L + 1442695040888963407L;
    return (state >>> 11) / 9007199254740992.0;
  }

  double[] uniforms(int count) {
    double[] out = new double[count];
    for (int k = 0; k < count; k++) {
      out[k] = uniform();
    }
    return out;
  }

  private double[] weights(String kind, double mass, int count) {
    double[] out = new double[count];
    double sum = 0;
    for (int k = 0; k < count; k++) {
      double u = uniform();
      if (kind.equals("zeros")) {
        out[k] = k > 0 && u < 0.25 ? 0.0 : u;
      } else if (kind.equals("decades")) {
        out[k] = 1.0 + uniform();
        for (int halvings = (int) (u * 41); halvings > 0; halvings--) {
          out[k] *= 0.5;
        }
      } else {
        out[k] = 0.1 + u;
      }
      sum += out[k];
    }
    for (int k = 0; k < count; k++) {
      out[k] = out[k] / sum * mass;
    }
    return out;
  }

  /** Null where the weights are uniform. */
  private double[] side(String side, int count) {
    String kind = text(side);
    double mass = side.equals("weights_b") ? number("mass_b") : 1.0;
    return kind.equals("uniform") ? null : weights(kind, mass, count);
  }

  static float[] floats(double[] values) {
    if (values == null) {
      return null;
    }
    float[] out = new float[values.length];
    for (int k = 0; k < out.length; k++) {
      out[k] = (float) values[k];
    }
    return out;
  }

  static double[] doubles(float[] values) {
    double[] out = new double[values.length];
    for (int k = 0; k < out.length; k++) {
      out[k] = values[k];
    }
    return out;
  }

  private <B extends SinkhornSettings<B>> B set(B settings) {
    return settings.method(text("method")).eps(number("eps")).rhoA(number("rho_a")).rhoB(number("rho_b"))
        .regType(text("reg_type").equals("entropy") ? RegType.ENTROPY : RegType.KL).tol(number("tol"))
        .maxIter(integer("max_iter")).numThreads(integer("num_threads"));
  }

  // ---- printing ---------------------------------------------------------------------------------------------------

  private void words(String field, List<String> words) {
    OUT.print(text("name") + " " + field);
    words.forEach(word -> OUT.print(" " + word));
    OUT.print("\n");
  }

  /** In the case's dtype: a double that was a float turns back without loss. */
  void array(String field, double[] values) {
    array(field, values, single);
  }

  void array(String field, double[] values, boolean asFloats) {
    words(field, Arrays.stream(values).mapToObj(value -> asFloats
        ? String.format("%08x", Float.floatToRawIntBits((float) value))
        : String.format("%016x", Double.doubleToRawLongBits(value))).toList());
  }

  void integers(String field, long... values) {
    words(field, Arrays.stream(values).mapToObj(Long::toString).toList());
  }

  private void result(String prefix, TransportSummary r) {
    integers(prefix + "counts", r.termination().code(), r.certificate().code(), r.iterations(), r.passes(), r.sweeps(),
        r.newtonSteps(), r.cgIterations(), r.stages());
    array(prefix + "numbers", new double[] {r.eps(), r.tol(), r.errorA(), r.errorB(), r.mass(), r.cost(), r.primal(), r.dual(),
        r.gap()}, false);
  }

  // ---- questions to a solved problem --------------------------------------------------------------------------------

  private double[] apply(TransportResult result, double[] v, PlanProduct product) {
    return single ? doubles(result.apply(floats(v), 2, product)) : result.apply(v, 2, product);
  }

  private void askPlans(TransportResult result) {
    int n = result.rows();
    int m = result.cols();
    if (asks("plan")) {
      array("plan", result.plan());
    }
    if (asks("csr")) {
      SparsePlan csr = result.planSparse(1e-6);
      integers("csr_indptr", csr.indptr());
      integers("csr_indices", Arrays.stream(csr.indices()).asLongStream().toArray());
      array("csr_values", csr.values());
    }
    if (asks("apply")) {
      double[] v = uniforms(m * 2);
      double[] w = uniforms(n * 2);
      array("apply", apply(result, v, PlanProduct.PLAN));
      array("project_back", apply(result, w, PlanProduct.PROJECTION_TRANSPOSED));
    }
    if (asks("sample")) {
      Samples joint = result.sample(SampleMode.JOINT, 16, 7);
      integers("sample_rows", joint.rows());
      integers("sample_cols", joint.cols());
      Samples distinct = result.sample(SampleMode.WITHOUT_REPLACEMENT, 16, 8);
      integers("distinct_rows", distinct.rows());
      integers("distinct_cols", distinct.cols());
      integers("per_row", result.sample(SampleMode.PER_ROW, n, 9).cols());
    }
    for (String name : List.of("a", "b", "cost", "x", "y")) {
      if (asks("gradient_" + name)) {
        array("gradient_" + name, result.gradient(name));
      }
    }
  }

  private void askDerivatives(TransportResult result) {
    int n = result.rows();
    int m = result.cols();
    int d = integer("d");
    boolean points = text("kind").equals("points");
    if (asks("vjp")) {
      SolutionTangent cotangent = new SolutionTangent(uniforms(n), uniforms(m), uniforms(n * m));
      ProblemTangent back = points ? result.vjp(cotangent, "a", "b", "x", "y") : result.vjp(cotangent, "a", "b", "cost");
      array("vjp_a", back.a());
      array("vjp_b", back.b());
      array(points ? "vjp_x" : "vjp_cost", points ? back.x() : back.cost());
      if (points) {
        array("vjp_y", back.y());
      }
    }
    if (asks("jvp")) {
      ProblemTangent tangent = points ? ProblemTangent.ofPoints(uniforms(n * d), uniforms(m * d))
          : ProblemTangent.ofCost(uniforms(n * m));
      SolutionTangent forward = result.jvp(tangent, 0, true);
      array("jvp_phi", forward.phi());
      array("jvp_psi", forward.psi());
      array("jvp_plan", forward.plan());
    }
  }

  // ---- kinds of problems --------------------------------------------------------------------------------------------

  private Geometry geometry() {
    int n = integer("n");
    int m = integer("m");
    int d = integer("d");
    switch (text("kind")) {
      case "points": {
        double[] x = uniforms(n * d);
        double[] y = uniforms(m * d);
        return single ? PointCloud.of(floats(x), n, floats(y), m, d, text("cost")) : PointCloud.of(x, n, y, m, d, text("cost"));
      }
      case "grid": {
        int[] shape = Arrays.stream(text("shape").split(",")).mapToInt(Integer::parseInt).toArray();
        return Grid.of(shape, null, text("cost"), single ? Dtype.F32 : Dtype.F64);
      }
      default: {
        double[] cost = uniforms(n * m);
        return single ? CostMatrix.of(floats(cost), n, m) : CostMatrix.of(cost, n, m);
      }
    }
  }

  private void transport() {
    try (Geometry geometry = geometry()) {
      double[] a = side("weights_a", geometry.rows());
      double[] b = side("weights_b", geometry.cols());
      Sinkhorn problem = set(Sinkhorn.problem(geometry));
      problem = single ? problem.weights(floats(a), floats(b)) : problem.weights(a, b);
      try (TransportResult result = problem.solve()) {
        result("", result.summary());
        array("phi", result.phi());
        array("psi", result.psi());
        askPlans(result);
        askDerivatives(result);
      }
    }
  }

  private void divergence() {
    int n = integer("n");
    int m = integer("m");
    int d = integer("d");
    double[] x = uniforms(n * d);
    double[] y = uniforms(m * d);
    double[] a = side("weights_a", n);
    double[] b = side("weights_b", m);
    SinkhornDivergence problem = set(single ? SinkhornDivergence.between(floats(x), n, floats(y), m, d)
        : SinkhornDivergence.between(x, n, y, m, d)).cost(text("cost")).gradients("x", "y", "a", "b");
    DivergenceResult result = (single ? problem.weights(floats(a), floats(b)) : problem.weights(a, b)).compute();
    array("value", new double[] {result.value()}, false);
    array("gradient_x", result.xGrad());
    array("gradient_y", result.yGrad());
    array("gradient_a", result.aGrad());
    array("gradient_b", result.bGrad());
  }

  private void batch() {
    int count = integer("count");
    int n = integer("n");
    int m = integer("m");
    boolean sized = integer("sized") == 1;
    double[] costs = uniforms(count * n * m);
    double[] a = new double[count * n];
    double[] b = new double[count * m];
    int[] rows = new int[count];
    int[] cols = new int[count];
    for (int k = 0; k < count; k++) {
      rows[k] = sized ? 1 + (int) (uniform() * n) : n;
      cols[k] = sized ? 1 + (int) (uniform() * m) : m;
      System.arraycopy(weights(text("weights_a"), 1.0, rows[k]), 0, a, k * n, rows[k]);
      System.arraycopy(weights(text("weights_b"), 1.0, cols[k]), 0, b, k * m, cols[k]);
    }
    SinkhornBatch problems = set(SinkhornBatch.problems(count, n, m));
    problems = single ? problems.costs(floats(costs)).weights(floats(a), floats(b)) : problems.costs(costs).weights(a, b);
    BatchResult solved = (sized ? problems.sizes(rows, cols) : problems).solve();
    for (int k = 0; k < count; k++) {
      String prefix = "item" + k + "_";
      integers(prefix + "status", solved.status(k).code());
      result(prefix, solved.summary(k));
      array(prefix + "phi", solved.phi(k));
      array(prefix + "psi", solved.psi(k));
    }
  }

  private void run() {
    try {
      switch (text("kind")) {
        case "divergence" -> divergence();
        case "batch" -> batch();
        case "composite" -> new CompositeCases(this).run();
        case "bilevel" -> new BilevelCases(this).run();
        default -> transport();
      }
    } catch (FenchelException error) {
      integers("status", error.status().code());
    }
  }

  public static void main(String[] arguments) throws IOException {
    for (String line : Files.readAllLines(Path.of(arguments[0]))) {
      new ConformanceRunner(line).run();
    }
    OUT.flush();
  }
}
