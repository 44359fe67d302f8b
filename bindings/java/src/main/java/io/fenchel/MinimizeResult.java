// MinimizeResult.java -- what solving a composite problem returned.
package io.fenchel;

/** The solution of a composite problem. Plain Java memory: nothing is to be closed. */
public final class MinimizeResult extends MinimizeFields {
  private final Object x;
  private final MinimizeSummary summary;
  private final double[][] trace;

  MinimizeResult(Object x, MinimizeSummary summary, double[][] trace) {
    this.x = x;
    this.summary = summary;
    this.trace = trace;
  }

  /**
   * The best iterate.
   *
   * @return (n), this result's own array; exact also where the problem is of type float
   */
  public double[] x() {
    return Floats.toDoubles(x);
  }

  /**
   * The best iterate of a problem of type float.
   *
   * @return (n), this result's own array
   * @throws DtypeException when the problem is of type double
   */
  public float[] xFloats() {
    return Floats.asFloats(x);
  }

  /**
   * The last records, oldest first, as many as the setting trace keeps.
   *
   * @return (k, 6): iteration, seconds, objective, residual, gap, support
   */
  public double[][] trace() {
    return trace;
  }

  /**
   * Whether the tolerance was met.
   *
   * @return true for {@link Termination#CONVERGED}
   */
  public boolean converged() {
    return summary.termination() == Termination.CONVERGED;
  }

  /**
   * The name of the method that ran, which auto chose.
   *
   * @return a name of {@link MinimizeMethods}
   */
  public String methodName() {
    return Fenchel.minimizeMethods().get(summary.method());
  }

  @Override
  public MinimizeSummary summary() {
    return summary;
  }

  @Override
  public String toString() {
    return "MinimizeResult[" + termination().label() + ", " + methodName() + ", objective=" + objective()
        + ", residual=" + residual() + ", iterations=" + iterations() + "]";
  }
}
