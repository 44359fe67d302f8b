// SolutionDerivative.java -- how the solution of a composite problem depends on its data.
package io.fenchel;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Derivatives of x* = argmin f + g by the data and weights of its terms, on the active set, by one linear system. Made by
 * {@link Composite#derivativeAt}; the terms must be open when it is asked.
 *
 * <pre>{@code
 * try (Operator data = Operator.dense(matrix, rows, cols); Smooth f = Smooth.leastSquares(data, targets);
 *      Prox g = Prox.elasticNet(0.1, 0.5)) {
 *   Composite problem = Composite.of(f).add(g).tol(1e-12);
 *   double[] cotangent = new double[cols];
 *   Arrays.fill(cotangent, 1);
 *   Derivative back = problem.derivativeAt(problem.solve().x()).vjp(cotangent, SolutionParameters.G_L1, SolutionParameters.F_Y);
 *   double byWeight = back.of(SolutionParameters.G_L1)[0];         // of the sum of x*
 *   System.out.println(back);                                     // Derivative[certified, ...]
 * }
 * }</pre>
 *
 * <p>Blondel et al., Efficient and Modular Implicit Differentiation (2022); Bertrand et al., Implicit Differentiation for
 * Fast Hyperparameter Selection (2022).
 */
public final class SolutionDerivative extends DerivativeSettings<SolutionDerivative> {
  private final Composite problem;
  private final Object x;

  SolutionDerivative(Composite problem, Object x) {
    this.problem = problem;
    this.x = x;
  }

  /**
   * A cotangent of x* pulled back to parameters: one linear system, however many parameters.
   *
   * @param cotangent (n)
   * @param parameters names of {@link SolutionParameters}
   * @return the cotangents of the parameters, see {@link Derivative#of}
   * @throws NameException for an unknown parameter
   * @throws SingularException when the Hessian on the active set is
   * @throws UncertifiedException with requireCertified, when no bound is proved
   * @throws UnsupportedException for f without hvp, g without a derivative, several g, or a parameter that the problem
   *     lacks
   */
  public Derivative vjp(double[] cotangent, String... parameters) {
    double[] fields = new double[DerivativeSummary.SIZE];
    Map<String, Object> out = new LinkedHashMap<>();
    problem.withProblem(address -> {
      int n = Composite.unknowns(address);
      ArrayView[] views = new ArrayView[parameters.length];
      for (int k = 0; k < views.length; k++) {
        long[] shape = problem.shape(parameters[k], n);
        Object room = problem.type().array(Math.toIntExact(size(shape)));
        out.put(parameters[k], room);
        views[k] = ArrayView.out(parameters[k], room, null, shape);
      }
      ArrayView seed = Term.input("cotangent", Floats.to(problem.type(), cotangent), n);
      FenchelRaw.fen_solution_vjp(address, Term.input("x", x, n), seed, new Object[] {parameters.clone(), views},
          views.length, options, fields);
    });
    return new Derivative(out, fields);
  }

  /**
   * How x* moves with its parameters: the sum of its derivatives by each times a tangent.
   *
   * @param tangents by names of {@link SolutionParameters}, of their shapes
   * @return dx, (n), see {@link Derivative#value}
   * @throws FenchelException as {@link #vjp}, and for tangents of another length
   */
  public Derivative jvp(Map<String, double[]> tangents) {
    double[] fields = new double[DerivativeSummary.SIZE];
    Object[] dx = new Object[1];
    problem.withProblem(address -> {
      int n = Composite.unknowns(address);
      String[] names = tangents.keySet().toArray(new String[0]);
      ArrayView[] views = new ArrayView[names.length];
      for (int k = 0; k < views.length; k++) {
        views[k] = Term.input(names[k], Floats.to(problem.type(), tangents.get(names[k])), problem.shape(names[k], n));
      }
      dx[0] = problem.type().array(n);
      FenchelRaw.fen_solution_jvp(address, Term.input("x", x, n), new Object[] {names, views}, views.length,
          ArrayView.out("dx", dx[0], null, n), options, fields);
    });
    return new Derivative(Map.of("", dx[0]), fields);
  }

  private static long size(long[] shape) {
    long out = 1;
    for (long extent : shape) {
      out *= extent;
    }
    return out;
  }

  @Override
  SolutionDerivative self() {
    return this;
  }
}
