// TransportResult.java -- what a solved transport problem answers.
package io.fenchel;

import java.nio.Buffer;
import java.util.List;

/**
 * A solved transport problem: the declared fields at once, the arrays on demand. One thread at a time. Closing a
 * result of {@link Sinkhorn#solve()} frees the solver's memory; the fields stay readable, the arrays do not.
 *
 * <p>Arrays of a problem of type float come widened, exactly, from the methods that return {@code double[]}.
 */
public final class TransportResult extends TransportFields implements AutoCloseable {
  private static final List<String> INPUTS = List.of("a", "b", "cost", "x", "y");

  private final SinkhornSolver solver;
  private final long solve;
  private final boolean ownsSolver;
  private final TransportSummary summary;

  TransportResult(SinkhornSolver solver, long solve, TransportSummary summary, boolean ownsSolver) {
    this.solver = solver;
    this.solve = solve;
    this.summary = summary;
    this.ownsSolver = ownsSolver;
  }

  @Override
  public TransportSummary summary() {
    return summary;
  }

  /**
   * Whether the tolerance was met.
   *
   * @return termination is {@link Termination#CONVERGED}
   */
  public boolean converged() {
    return termination() == Termination.CONVERGED;
  }

  /**
   * Size of the first side.
   *
   * @return n
   */
  public int rows() {
    return solver.rows;
  }

  /**
   * Size of the second side.
   *
   * @return m
   */
  public int cols() {
    return solver.cols;
  }

  /**
   * Element type of the problem.
   *
   * @return the element type
   */
  public Dtype dtype() {
    return solver.dtype;
  }

  // ---- potentials ---------------------------------------------------------------------------------------------------

  /**
   * The first potential.
   *
   * @return (n), in units of the cost
   * @throws StateException after {@link #close()}, or when the solver has solved again; so does every method below
   */
  public double[] phi() {
    return Floats.toDoubles(potential(true));
  }

  /**
   * The second potential.
   *
   * @return (m), in units of the cost
   */
  public double[] psi() {
    return Floats.toDoubles(potential(false));
  }

  /**
   * The first potential of a problem of type float.
   *
   * @return (n), in units of the cost
   * @throws DtypeException when the problem is of type double
   */
  public float[] phiFloats() {
    return Floats.asFloats(potential(true));
  }

  /**
   * The second potential of a problem of type float.
   *
   * @return (m), in units of the cost
   * @throws DtypeException when the problem is of type double
   */
  public float[] psiFloats() {
    return Floats.asFloats(potential(false));
  }

  /**
   * Writes the potentials into buffers, from position to limit.
   *
   * @param phi (n) elements of the problem's type; null: not wanted
   * @param psi (m) elements of the problem's type; null: not wanted
   * @throws ShapeException when a buffer has the wrong number of remaining elements
   * @throws ReadOnlyException when a buffer is read-only
   */
  public void potentials(Buffer phi, Buffer psi) {
    ArrayView first = ArrayView.out("phi", phi, dtype(), rows());
    ArrayView second = ArrayView.out("psi", psi, dtype(), cols());
    call(address -> FenchelRaw.fen_transport_potentials(address, first, second));
    ArrayView.finish(first, second);
  }

  private Object potential(boolean first) {
    Object out = dtype().array(first ? rows() : cols());
    ArrayView view = ArrayView.out(first ? "phi" : "psi", out, null, first ? rows() : cols());
    call(address -> FenchelRaw.fen_transport_potentials(address, first ? view : null, first ? null : view));
    return out;
  }

  // ---- plan ---------------------------------------------------------------------------------------------------------

  /**
   * The plan P.
   *
   * @return (n, m), row-major
   * @throws TooLargeException when n * m exceeds the size of a Java array
   */
  public double[] plan() {
    return Floats.toDoubles(planObject());
  }

  /**
   * The plan of a problem of type float.
   *
   * @return (n, m), row-major
   * @throws DtypeException when the problem is of type double
   * @throws TooLargeException when n * m exceeds the size of a Java array
   */
  public float[] planFloats() {
    return Floats.asFloats(planObject());
  }

  /**
   * Writes the plan into a buffer, from position to limit.
   *
   * @param out (n, m) elements of the problem's type, row-major
   * @throws ShapeException when the buffer has the wrong number of remaining elements
   * @throws ReadOnlyException when the buffer is read-only
   */
  public void plan(Buffer out) {
    writePlan(out);
  }

  private Object planObject() {
    Object out = dtype().array(size(rows(), cols()));
    writePlan(out);
    return out;
  }

  private void writePlan(Object out) {
    ArrayView view = ArrayView.out("plan", out, dtype(), rows(), cols());
    call(address -> FenchelRaw.fen_transport_plan(address, view));
    ArrayView.finish(view);
  }

  /**
   * The plan's entries above a threshold.
   *
   * @param threshold least mass of an entry, exclusive
   * @return the entries in compressed rows
   * @throws TooLargeException when there are more than a Java array holds
   */
  public SparsePlan planSparse(double threshold) {
    long[] count = new long[1];
    call(address -> FenchelRaw.fen_transport_plan_csr(address, threshold, count, null, null, null));
    int entries = size(count[0], 1);
    long[] indptr = new long[rows() + 1];
    int[] indices = new int[entries];
    Object values = dtype().array(entries);
    call(address -> FenchelRaw.fen_transport_plan_csr(
        address, threshold, count, ArrayView.out("indptr", indptr, null, indptr.length),
        ArrayView.out("indices", indices, null, entries), ArrayView.out("values", values, null, entries)));
    return new SparsePlan(rows(), cols(), indptr, indices, Floats.toDoubles(values));
  }

  /**
   * P v, without forming P.
   *
   * @param v (m, k), row-major
   * @param k columns
   * @return (n, k), row-major
   */
  public double[] apply(double[] v, int k) {
    return apply(v, k, PlanProduct.PLAN);
  }

  /**
   * A product with the plan, without forming it.
   *
   * @param v (m, k), row-major; (n, k) where the product is transposed
   * @param k columns
   * @param product which one
   * @return (n, k), row-major; (m, k) where the product is transposed
   * @throws ShapeException when v has the wrong length
   * @throws DtypeException when the problem is of type float
   */
  public double[] apply(double[] v, int k, PlanProduct product) {
    double[] out = new double[size(product.isTransposed() ? cols() : rows(), k)];
    applyObjects(v, k, out, product);
    return out;
  }

  /**
   * A product with the plan of a problem of type float, without forming it.
   *
   * @param v (m, k), row-major; (n, k) where the product is transposed
   * @param k columns
   * @param product which one
   * @return (n, k), row-major; (m, k) where the product is transposed
   * @throws ShapeException when v has the wrong length
   * @throws DtypeException when the problem is of type double
   */
  public float[] apply(float[] v, int k, PlanProduct product) {
    float[] out = new float[size(product.isTransposed() ? cols() : rows(), k)];
    applyObjects(v, k, out, product);
    return out;
  }

  /**
   * A product with the plan, from buffer to buffer, each from position to limit.
   *
   * @param v (m, k), row-major; (n, k) where the product is transposed
   * @param k columns
   * @param out (n, k), row-major; (m, k) where the product is transposed
   * @param product which one
   * @throws ShapeException when a buffer has the wrong number of remaining elements
   * @throws OverlapException when the buffers overlap in memory
   * @throws ReadOnlyException when out is read-only
   */
  public void apply(Buffer v, int k, Buffer out, PlanProduct product) {
    applyObjects(v, k, out, product);
  }

  /**
   * Where each row's mass goes on average: {@link PlanProduct#PROJECTION}.
   *
   * @param v (m, k), row-major, for instance the points y
   * @param k columns
   * @return (n, k), row-major
   */
  public double[] project(double[] v, int k) {
    return apply(v, k, PlanProduct.PROJECTION);
  }

  private void applyObjects(Object v, int k, Object out, PlanProduct product) {
    int from = product.isTransposed() ? rows() : cols();
    int to = product.isTransposed() ? cols() : rows();
    ArrayView input = ArrayView.in("v", v, dtype(), from, k);
    ArrayView output = ArrayView.out("out", out, dtype(), to, k);
    call(address -> FenchelRaw.fen_transport_apply(address, product.flags, input, output));
    ArrayView.finish(output);
  }

  /**
   * Draws pairs from the plan: a function of plan, mode and seed only, whatever the number of threads.
   *
   * @param mode how to draw
   * @param count how many; n for {@link SampleMode#PER_ROW}
   * @param seed any 64 bits
   * @return the pairs
   * @throws ShapeException when the count does not suit the mode
   */
  public Samples sample(SampleMode mode, int count, long seed) {
    Samples out = new Samples(new long[count], new long[count]);
    call(address -> FenchelRaw.fen_transport_sample(
        address, mode.code, seed, ArrayView.out("rows", out.rows(), null, count),
        ArrayView.out("cols", out.cols(), null, count)));
    return out;
  }

  // ---- derivatives --------------------------------------------------------------------------------------------------

  /**
   * Gradient of the optimal value by the envelope theorem.
   *
   * @param withRespectTo "a" (n), "b" (m), "cost" (n, m), or of a point cloud "x" (n, d), "y" (m, d)
   * @return the gradient, row-major
   * @throws NameException when the name is none of these
   * @throws UnsupportedException when the problem has no such input
   */
  public double[] gradient(String withRespectTo) {
    return Floats.toDoubles(gradientObject(withRespectTo));
  }

  /**
   * Gradient of the optimal value of a problem of type float.
   *
   * @param withRespectTo as in {@link #gradient(String)}
   * @return the gradient, row-major
   * @throws DtypeException when the problem is of type double
   */
  public float[] gradientFloats(String withRespectTo) {
    return Floats.asFloats(gradientObject(withRespectTo));
  }

  private Object gradientObject(String name) {
    long[] shape = shapeOf(name);
    Object out = zeros(shape);
    ArrayView view = ArrayView.out(name, out, null, shape);
    call(address -> FenchelRaw.fen_transport_gradient(address, name, view));
    return out;
  }

  /**
   * Vector-Jacobian product of the solution map (a, b, cost) to (phi, psi, plan), by implicit differentiation.
   *
   * @param cotangent of the solution; null parts are zero
   * @param withRespectTo the inputs wanted: "a", "b", "cost", or of a point cloud "x", "y"
   * @return gradients of the inputs wanted; the other parts are null
   * @throws SingularException when the linear solve missed its tolerance
   * @throws UnsupportedException where the problem has no implicit derivative, as symmetric ones have none
   */
  public ProblemTangent vjp(SolutionTangent cotangent, String... withRespectTo) {
    return vjp(cotangent, 0.0, withRespectTo);
  }

  /**
   * {@link #vjp(SolutionTangent, String...)} with a given accuracy.
   *
   * @param cotangent of the solution; null parts are zero
   * @param tol relative tolerance of the linear solve; 0: 1e-10 for double, 1e-5 for float
   * @param withRespectTo the inputs wanted
   * @return gradients of the inputs wanted; the other parts are null
   * @throws SingularException when the linear solve missed its tolerance
   * @throws UnsupportedException where the problem has no implicit derivative, as symmetric ones have none
   */
  public ProblemTangent vjp(SolutionTangent cotangent, double tol, String... withRespectTo) {
    Object[] out = new Object[INPUTS.size()];
    ArrayView[] bundle = new ArrayView[8];
    for (String name : withRespectTo) {
      long[] shape = shapeOf(name);
      int slot = INPUTS.indexOf(name);
      out[slot] = zeros(shape);
      bundle[slot] = ArrayView.out(name, out[slot], null, shape);
    }
    bundle[5] = ArrayView.in("phi", Floats.to(dtype(), cotangent.phi()), null, rows());
    bundle[6] = ArrayView.in("psi", Floats.to(dtype(), cotangent.psi()), null, cols());
    bundle[7] = ArrayView.in("plan", Floats.to(dtype(), cotangent.plan()), null, rows(), cols());
    call(address -> FenchelRaw.fen_transport_vjp(address, tol, bundle));
    return new ProblemTangent(
        Floats.toDoubles(out[0]), Floats.toDoubles(out[1]), Floats.toDoubles(out[2]), Floats.toDoubles(out[3]),
        Floats.toDoubles(out[4]));
  }

  /**
   * Jacobian-vector product of the solution map, by implicit differentiation.
   *
   * @param tangent direction in the inputs; null parts are zero
   * @param tol relative tolerance of the linear solve; 0: 1e-10 for double, 1e-5 for float
   * @param withPlan whether the plan's derivative, (n, m), is wanted
   * @return derivatives of the potentials, and of the plan or null
   * @throws SingularException when the linear solve missed its tolerance
   * @throws UnsupportedException where the problem has no implicit derivative, as symmetric ones have none
   */
  public SolutionTangent jvp(ProblemTangent tangent, double tol, boolean withPlan) {
    double[][] parts = {tangent.a(), tangent.b(), tangent.cost(), tangent.x(), tangent.y()};
    ArrayView[] bundle = new ArrayView[8];
    for (int slot = 0; slot < parts.length; slot++) {
      if (parts[slot] != null) {
        String name = INPUTS.get(slot);
        bundle[slot] = ArrayView.in(name, Floats.to(dtype(), parts[slot]), null, shapeOf(name));
      }
    }
    Object phi = dtype().array(rows());
    Object psi = dtype().array(cols());
    Object plan = withPlan ? dtype().array(size(rows(), cols())) : null;
    bundle[5] = ArrayView.out("phi", phi, null, rows());
    bundle[6] = ArrayView.out("psi", psi, null, cols());
    bundle[7] = ArrayView.out("plan", plan, null, rows(), cols());
    call(address -> FenchelRaw.fen_transport_jvp(address, tol, bundle));
    return new SolutionTangent(Floats.toDoubles(phi), Floats.toDoubles(psi), Floats.toDoubles(plan));
  }

  // ---- the rest -----------------------------------------------------------------------------------------------------

  /** Frees the memory of a solver that this result owns; a second call does nothing. */
  @Override
  public void close() {
    if (ownsSolver) {
      solver.close();
    }
  }

  @Override
  public String toString() {
    return String.format(
        java.util.Locale.ROOT, "TransportResult[%s, %d x %d %s, cost %.8g, error %.1e, %d passes, %.3g s]",
        termination().label(), rows(), cols(), dtype(), cost(), Math.max(errorA(), errorB()), passes(), seconds());
  }

  private interface Call {
    void on(long address);
  }

  private void call(Call call) {
    long address = solver.acquire(solve);
    try {
      call.on(address);
    } finally {
      solver.release();
    }
  }

  private long[] shapeOf(String name) {
    int d = solver.dimension;
    if (d == 0 && ("x".equals(name) || "y".equals(name))) {
      throw Status.UNSUPPORTED.exception(name + ": only point clouds have points");
    }
    return switch (String.valueOf(name)) {
      case "a" -> new long[] {rows()};
      case "b" -> new long[] {cols()};
      case "cost" -> new long[] {rows(), cols()};
      case "x" -> new long[] {rows(), d};
      case "y" -> new long[] {cols(), d};
      default -> throw Status.NAME.exception("no input is named '" + name + "'; there are " + INPUTS);
    };
  }

  private Object zeros(long[] shape) {
    return dtype().array(size(shape[0], shape.length > 1 ? shape[1] : 1));
  }

  private static int size(long rows, long cols) {
    if (rows * cols > Integer.MAX_VALUE - 8) {
      throw Status.TOO_LARGE.exception("a Java array cannot hold " + rows + " x " + cols + " elements");
    }
    return (int) (rows * cols);
  }
}
