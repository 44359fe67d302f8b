// BilevelResult.java -- a hypergradient, or the best point of a bilevel problem, and how far it can be trusted.
package io.fenchel;

/** What {@link BilevelProblem} found. Plain Java memory: nothing is to be closed. */
public final class BilevelResult extends BilevelFields {
  private final double[] theta;
  private final double[] x;
  private final double[] gradient;
  private final BilevelSummary summary;

  BilevelResult(double[] theta, double[] x, double[] gradient, double[] fields) {
    this.theta = theta;
    this.x = x;
    this.gradient = gradient;
    this.summary = BilevelSummary.of(fields, 0);
  }

  /**
   * The best theta found, or that of the hypergradient.
   *
   * @return (m), a copy
   */
  public double[] theta() {
    return theta.clone();
  }

  /**
   * The solution of the lower level there.
   *
   * @return (n), a copy
   */
  public double[] x() {
    return x.clone();
  }

  /**
   * dF/dtheta there, of {@link BilevelProblem#hypergradient}.
   *
   * @return (m), a copy
   * @throws StateException when it is the result of {@link BilevelProblem#solve}
   */
  public double[] gradient() {
    if (gradient == null) {
      throw Status.STATE.exception("a solve keeps the norm of the hypergradient only: hypergradient()");
    }
    return gradient.clone();
  }

  /**
   * Whether the method ended by its tolerance.
   *
   * @return true for {@link Termination#CONVERGED}
   */
  public boolean converged() {
    return summary.termination() == Termination.CONVERGED;
  }

  /**
   * Whether {@link #bound} is proved.
   *
   * @return true for {@link DerivativeStatus#CERTIFIED}
   */
  public boolean certified() {
    return summary.derivativeStatus() == DerivativeStatus.CERTIFIED;
  }

  @Override
  public BilevelSummary summary() {
    return summary;
  }

  @Override
  public String toString() {
    return "BilevelResult[" + termination().label() + ", " + derivativeStatus().label() + ", value=" + value() + " (was "
        + firstValue() + "), hypergradient=" + hypergradient() + ", bound=" + bound() + "]";
  }
}
