/**
 * Optimal transport and composite problems on the JVM: the Java face of the fenchel runtime.
 *
 * <p>{@link io.fenchel.Sinkhorn} solves one entropic problem on a {@link io.fenchel.CostMatrix},
 * {@link io.fenchel.PointCloud} or {@link io.fenchel.Grid}; {@link io.fenchel.SinkhornDivergence} compares point
 * clouds; {@link io.fenchel.SinkhornBatch} solves many small problems in one call.
 *
 * <p>{@link io.fenchel.Composite} minimises f(x) + sum g_i(A_i x) over terms of the catalogue, {@link io.fenchel.Smooth},
 * {@link io.fenchel.Prox} and {@link io.fenchel.Operator}; {@link io.fenchel.Models} has common models in one call.
 * Terms may be functions of the caller: {@link io.fenchel.SmoothFunction}, {@link io.fenchel.ProxFunction},
 * {@link io.fenchel.LinearFunction}. {@link io.fenchel.SolutionDerivative} and {@link io.fenchel.ImplicitDerivative}
 * differentiate solutions; {@link io.fenchel.BilevelProblem} takes bilevel problems whose levels are functions.
 *
 * <p>Names: phi, psi are potentials in units of the cost; a, b marginals; eps the entropic regularisation; rhoA, rhoB
 * the strengths of the marginal terms. Matrices are row-major. Times are seconds.
 *
 * <p>Handles are {@link java.lang.AutoCloseable}; a Cleaner frees what was not closed, but late: prefer
 * try-with-resources. Failures are unchecked {@link io.fenchel.FenchelException}s. The native library travels inside
 * the jar; the system property {@code fenchel.library.path} names another one.
 */
package io.fenchel;
