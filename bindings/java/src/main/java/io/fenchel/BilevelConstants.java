// BilevelConstants.java -- what the caller of a bilevel problem can prove of it.
package io.fenchel;

/**
 * What is proved of h and f of a {@link BilevelProblem} at a theta: certificates come from it. Infinite: unknown.
 *
 * @param mu modulus of strong convexity of h in x; 0: unknown
 * @param lipschitz Lipschitz constant of dh/dx in x
 * @param hessianLipschitz of the Hessian of h in x
 * @param crossNorm norm of d2h/(dx dtheta)
 * @param crossLipschitz Lipschitz constant of it in x
 * @param upperLipschitz Lipschitz constant of (df/dx, df/dtheta) in x
 */
public record BilevelConstants(double mu, double lipschitz, double hessianLipschitz, double crossNorm,
    double crossLipschitz, double upperLipschitz) {

  /** Their function of theta, for {@link BilevelProblem#constants(Function)}. */
  @FunctionalInterface
  public interface Function {
    /**
     * What is proved at theta.
     *
     * @param theta (m) finite
     * @return the constants
     */
    BilevelConstants at(double[] theta);
  }
}
