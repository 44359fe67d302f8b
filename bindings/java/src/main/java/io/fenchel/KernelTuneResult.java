// KernelTuneResult.java -- the best hyperparameters of kernel ridge, and the coefficients there.
package io.fenchel;

/** What {@link KernelTuner#tune} found. Plain Java memory: nothing is to be closed. */
public final class KernelTuneResult extends TuneFields {
  private final double[] theta;
  private final double[] alpha;
  private final TuneSummary summary;

  KernelTuneResult(double[] theta, double[] alpha, double[] fields) {
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
   * @return (n), a copy
   */
  public double[] alpha() {
    return alpha.clone();
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
