// UnfoldGradient.java -- derivatives of unfolded iterations.
package io.fenchel;

/**
 * The gradients that {@link Composite#unfoldGradient} returns.
 *
 * @param steps (T) of the steps
 * @param thresholds (T) of the thresholds
 * @param x0 (n) of the start
 */
public record UnfoldGradient(double[] steps, double[] thresholds, double[] x0) {}
