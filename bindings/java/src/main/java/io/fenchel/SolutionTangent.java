// SolutionTangent.java -- directions in the solution of a problem.
package io.fenchel;

/**
 * A cotangent of a solution (input of {@link TransportResult#vjp}) or its derivative along a direction (output of
 * {@link TransportResult#jvp}). Parts that are null are zero, or were not asked for.
 *
 * @param phi (n)
 * @param psi (m)
 * @param plan (n, m), row-major; with null no n x m array is formed
 */
public record SolutionTangent(double[] phi, double[] psi, double[] plan) {}
