// KernelTuneResult.java -- the best hyperparameters of kernel ridge, and the coefficients there.
package io.fenchel;

/** What {@link KernelTuner#tune} found. Plain Java memory: nothing is to be closed. */
public final class KernelTuneResult extends TuneFields {
  private final double[] theta;
  /** double[] or float[]. */
  private final Object alpha;
  private final TuneSummary summary;

  KernelTuneResult(double[] theta, Object alpha, double[] fields) {
    this.theta = theta;
    this.alpha = alpha;
    this.summary = TuneSummary.of(fields, 0);
  }

  /**
   * The weight of the squared norm.
   *
   * @return greater than 0
   */
  public double lam() {
    return theta[0];
  }

  /**
   * The width of the kernel rbf.
   *
   * @return greater than 0; NaN for other kernels
   */
  public double gamma() {
    return theta.length > 1 ? theta[1] : Double.NaN;
  }

  /**
   * The coefficients: predictions are K(new, old) alpha.
   *
   * @return (n), a copy; exact also where the data are floats
   */
  public double[] alpha() {
    return Floats.toDoubles(alpha instanceof double[] doubles ? doubles.clone() : alpha);
  }

  /**
   * The coefficients where the data are floats.
   *
   * @return (n), a copy
   * @throws DtypeException when the data are doubles
   */
  public float[] alphaFloats() {
    return Floats.asFloats(alpha).clone();
  }

  @Override
  public TuneSummary summary() {
    return summary;
  }

  @Override
  public String toString() {
    return "KernelTuneResult[" + termination().label() + ", lam=" + lam() + ", gamma=" + gamma() + ", criterion=" + criterion()
        + "]";
  }
}
