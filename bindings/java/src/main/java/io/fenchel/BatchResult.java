// BatchResult.java -- what a batch returned.
package io.fenchel;

/** Statuses, summaries and arrays of a batch; plain Java memory, nothing to close. */
public final class BatchResult {
  private final int count;
  private final int n;
  private final int m;
  private final long[] sizes;
  private final int[] statuses;
  private final double[] summaries;
  private final Object phi;
  private final Object psi;
  private final Object plans;
  private final BatchOutcome outcome;

  BatchResult(int[] shape, long[] sizes, int[] statuses, double[] summaries, Object phi, Object psi, Object plans,
              BatchOutcome outcome) {
    this.count = shape[0];
    this.n = shape[1];
    this.m = shape[2];
    this.sizes = sizes;
    this.statuses = statuses;
    this.summaries = summaries;
    this.phi = phi;
    this.psi = psi;
    this.plans = plans;
    this.outcome = outcome;
  }

  /**
   * Number of problems.
   *
   * @return count
   */
  public int count() {
    return count;
  }

  /**
   * Number of problems that failed.
   *
   * @return how many statuses are not {@link Status#OK}
   */
  public long failed() {
    return outcome.failed;
  }

  /**
   * What the first failed problem would have thrown alone.
   *
   * @return the exception, with its message; null when none failed
   */
  public FenchelException firstFailure() {
    return outcome.first;
  }

  /**
   * The status of a problem.
   *
   * @param k which problem
   * @return OK, or why it failed
   */
  public Status status(int k) {
    return Status.of(statuses[k]);
  }

  /**
   * The result fields of a problem.
   *
   * @param k which problem
   * @return the fields; those of a failed problem say {@link Termination#NOT_RUN}
   */
  public TransportSummary summary(int k) {
    java.util.Objects.checkIndex(k, count);
    return TransportSummary.of(summaries, k * TransportSummary.SIZE);
  }

  /**
   * Size of the first side of a problem.
   *
   * @param k which problem
   * @return its n
   */
  public int rows(int k) {
    return sizes == null ? n : (int) sizes[2 * k];
  }

  /**
   * Size of the second side of a problem.
   *
   * @param k which problem
   * @return its m
   */
  public int cols(int k) {
    return sizes == null ? m : (int) sizes[2 * k + 1];
  }

  /**
   * The first potential of a problem.
   *
   * @param k which problem
   * @return (rows(k)); zeros where it failed
   */
  public double[] phi(int k) {
    return block(phi, k * n, 1, rows(k), n);
  }

  /**
   * The second potential of a problem.
   *
   * @param k which problem
   * @return (cols(k)); zeros where it failed
   */
  public double[] psi(int k) {
    return block(psi, k * m, 1, cols(k), m);
  }

  /**
   * The plan of a problem.
   *
   * @param k which problem
   * @return (rows(k), cols(k)), row-major; zeros where it failed
   * @throws StateException when plans were not asked for
   */
  public double[] plan(int k) {
    if (plans == null) {
      throw Status.STATE.exception("plans were not asked for: SinkhornBatch.plans(true)");
    }
    return block(plans, k * n * m, rows(k), cols(k), m);
  }

  private static double[] block(Object data, int at, int rows, int cols, int stride) {
    double[] out = new double[rows * cols];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < cols; j++) {
        int from = at + i * stride + j;
        out[i * cols + j] = data instanceof float[] floats ? floats[from] : ((double[]) data)[from];
      }
    }
    return out;
  }

  @Override
  public String toString() {
    return "BatchResult[" + count + " problems, " + failed() + " failed]";
  }
}
