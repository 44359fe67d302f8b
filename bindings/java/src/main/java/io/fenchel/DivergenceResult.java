// DivergenceResult.java -- a Sinkhorn divergence with its gradients.
package io.fenchel;

/**
 * A Sinkhorn divergence; gradients that were not asked for are null.
 *
 * @param value the divergence
 * @param xGrad (n, d), row-major
 * @param yGrad (m, d), row-major
 * @param aGrad (n)
 * @param bGrad (m)
 * @param cross the solve of (a, b)
 * @param first the solve of (a, a)
 * @param second the solve of (b, b)
 */
public record DivergenceResult(
    double value, double[] xGrad, double[] yGrad, double[] aGrad, double[] bGrad,
    TransportSummary cross, TransportSummary first, TransportSummary second) {

  /**
   * Whether all three solves met their tolerance.
   *
   * @return all terminations are {@link Termination#CONVERGED}
   */
  public boolean converged() {
    return cross.termination() == Termination.CONVERGED && first.termination() == Termination.CONVERGED
        && second.termination() == Termination.CONVERGED;
  }
}
