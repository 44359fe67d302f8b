// SinkhornBatch.java -- many small transport problems in one call.
package io.fenchel;

/**
 * Many transport problems of their own sizes in one call, parallel over problems. A bad problem fails alone.
 *
 * <pre>{@code
 * BatchResult all = SinkhornBatch.problems(count, n, m).costs(costs).weights(as, bs).eps(0.05).numThreads(2).solve();
 * }</pre>
 *
 * <p>A builder belongs to one thread at a time and may solve again.
 */
public final class SinkhornBatch extends SinkhornSettings<SinkhornBatch> {
  private final int count;
  private final int n;
  private final int m;
  private Object cost;
  private boolean sharedCost;
  private Object a;
  private Object b;
  private long[] sizes;
  private boolean withPlans;
  private Monitor monitor;

  private SinkhornBatch(int count, int n, int m) {
    this.count = count;
    this.n = n;
    this.m = m;
  }

  /**
   * A batch of problems.
   *
   * @param count how many
   * @param n size of the first side, of the largest problem
   * @param m size of the second side, of the largest problem
   * @return a builder
   */
  public static SinkhornBatch problems(int count, int n, int m) {
    return new SinkhornBatch(count, n, m);
  }

  /**
   * A cost matrix for each problem.
   *
   * @param costs (count, n, m), row-major
   * @return this builder
   */
  public SinkhornBatch costs(double[] costs) {
    return costObject(costs, false);
  }

  /**
   * A cost matrix of floats for each problem.
   *
   * @param costs (count, n, m), row-major
   * @return this builder
   */
  public SinkhornBatch costs(float[] costs) {
    return costObject(costs, false);
  }

  /**
   * One cost matrix for all problems.
   *
   * @param cost (n, m), row-major
   * @return this builder
   */
  public SinkhornBatch sharedCost(double[] cost) {
    return costObject(cost, true);
  }

  /**
   * One cost matrix of floats for all problems.
   *
   * @param cost (n, m), row-major
   * @return this builder
   */
  public SinkhornBatch sharedCost(float[] cost) {
    return costObject(cost, true);
  }

  /**
   * The marginals; uniform where not set or null.
   *
   * @param a (count, n), row-major
   * @param b (count, m), row-major
   * @return this builder
   */
  public SinkhornBatch weights(double[] a, double[] b) {
    this.a = a;
    this.b = b;
    return this;
  }

  /**
   * The marginals of problems of type float; uniform where not set or null.
   *
   * @param a (count, n), row-major
   * @param b (count, m), row-major
   * @return this builder
   */
  public SinkhornBatch weights(float[] a, float[] b) {
    this.a = a;
    this.b = b;
    return this;
  }

  /**
   * The problems' own sizes: problem k uses the leading (rows[k], cols[k]) block of its matrices.
   *
   * @param rows (count), each 1 to n
   * @param cols (count), each 1 to m
   * @return this builder
   * @throws ShapeException when an array does not have count elements
   */
  public SinkhornBatch sizes(int[] rows, int[] cols) {
    ArrayView.checkLength("rows", rows.length, count);
    ArrayView.checkLength("cols", cols.length, count);
    long[] pairs = new long[2 * count];
    for (int k = 0; k < count; k++) {
      pairs[2 * k] = rows[k];
      pairs[2 * k + 1] = cols[k];
    }
    this.sizes = pairs;
    return this;
  }

  /**
   * Whether the plans are wanted.
   *
   * @param wanted default: false
   * @return this builder
   */
  public SinkhornBatch plans(boolean wanted) {
    this.withPlans = wanted;
    return this;
  }

  /**
   * Watches the batch: called between problems, {@link Progress#iteration()} being the problems done.
   *
   * @param monitor called on the calling thread; null: none
   * @return this builder
   */
  public SinkhornBatch monitor(Monitor monitor) {
    this.monitor = monitor;
    return this;
  }

  /**
   * Solves all problems.
   *
   * @return a status, a summary and potentials for each
   * @throws FenchelException when the batch as a whole is malformed; a bad problem has its own status instead
   */
  public BatchResult solve() {
    Dtype dtype = ArrayView.dtype("cost", cost, null);
    Object phi = outputs(dtype, n, 1);
    Object psi = outputs(dtype, m, 1);
    Object plans = withPlans ? outputs(dtype, n, m) : null;
    int[] statuses = new int[count];
    double[] summaries = new double[Math.multiplyExact(count, TransportSummary.SIZE)];
    BatchOutcome outcome = new BatchOutcome();
    ArrayView costs = sharedCost
        ? ArrayView.shared("cost", cost, count, n, m) : ArrayView.in("cost", cost, null, count, n, m);
    FenchelRaw.fen_sinkhorn_batch(
        count, costs, ArrayView.in("a", a, null, count, n), ArrayView.in("b", b, null, count, m),
        ArrayView.in("sizes", sizes, null, count, 2), spec, method, options, monitor,
        ArrayView.update(phi, count, n), ArrayView.update(psi, count, m), ArrayView.update(plans, count, n, m),
        statuses, summaries, outcome);
    return new BatchResult(new int[] {count, n, m}, sizes, statuses, summaries, phi, psi, plans, outcome);
  }

  private Object outputs(Dtype dtype, int rows, int cols) {
    long length = (long) count * rows * cols;
    if (length > Integer.MAX_VALUE - 8) {
      throw Status.TOO_LARGE.exception("a Java array cannot hold " + length + " elements: split the batch");
    }
    return dtype.array((int) length);
  }

  private SinkhornBatch costObject(Object cost, boolean shared) {
    this.cost = cost;
    this.sharedCost = shared;
    return this;
  }

  @Override
  SinkhornBatch self() {
    return this;
  }
}
