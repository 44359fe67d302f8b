// ImplicitDerivative.java -- derivatives of whatever solves an equation, given by products with its Jacobians.
package io.fenchel;

import java.util.HashMap;
import java.util.Map;

/**
 * Derivatives of any x*(theta) with F(x*, theta) = 0, by products with the Jacobians of F at the solution.
 *
 * <pre>{@code
 * // x^2 = theta, at theta = 4: dx / dtheta = 1 / (2 x).
 * Derivative forward = ImplicitDerivative.of(1, 1, (v, out) -> out[0] = 2 * 2 * v[0]).symmetric()
 *     .dtheta((d, out) -> out[0] = -d[0]).jvp(new double[] {1});
 * double quarter = forward.value()[0];
 * }</pre>
 *
 * <p>Functions run on the thread that calls; an exception in one is thrown by the call as it is. A builder belongs to one
 * thread at a time. Blondel et al., Efficient and Modular Implicit Differentiation (2022).
 */
public final class ImplicitDerivative extends DerivativeSettings<ImplicitDerivative> {
  private static final int SYMMETRIC = 1;
  private static final int FIXED_POINT = 2;
  private static final int PRECONDITIONED = 4;
  private static final int HAS_DIAGONAL = 8;

  private final int n;
  private final int m;
  /** In the order of fen_root_product. */
  private final LinearFunction[] products = new LinearFunction[6];
  private int flags;
  private double[] start;

  private ImplicitDerivative(int n, int m, LinearFunction dx) {
    this.n = n;
    this.m = m;
    this.products[0] = dx;
  }

  /**
   * A condition.
   *
   * @param n size of x, greater than 0
   * @param m size of theta, greater than 0
   * @param dx writes (dF/dx) v, (n), of v (n)
   * @return a builder
   * @throws NullArgumentException when dx is null
   */
  public static ImplicitDerivative of(int n, int m, LinearFunction dx) {
    Functions.require("dx", dx);
    return new ImplicitDerivative(n, m, dx);
  }

  /**
   * Says that dF/dx is symmetric.
   *
   * @return this builder
   */
  public ImplicitDerivative symmetric() {
    flags |= SYMMETRIC;
    return this;
  }

  /**
   * Says that the products are those of T with x* = T(x*, theta), so that F = x - T.
   *
   * @return this builder
   */
  public ImplicitDerivative fixedPoint() {
    flags |= FIXED_POINT;
    return this;
  }

  /**
   * The transpose of dx: needed by vjp unless dF/dx is symmetric, and by lsmr.
   *
   * @param product writes (dF/dx)^T u, (n), of u (n)
   * @return this builder
   */
  public ImplicitDerivative dxTransposed(LinearFunction product) {
    products[1] = product;
    return this;
  }

  /**
   * The derivative by theta: needed by jvp.
   *
   * @param product writes (dF/dtheta) d, (n), of d (m)
   * @return this builder
   */
  public ImplicitDerivative dtheta(LinearFunction product) {
    products[2] = product;
    return this;
  }

  /**
   * Its transpose: needed by vjp.
   *
   * @param product writes (dF/dtheta)^T u, (m), of u (n)
   * @return this builder
   */
  public ImplicitDerivative dthetaTransposed(LinearFunction product) {
    products[3] = product;
    return this;
  }

  /**
   * A preconditioner for conjugate gradients.
   *
   * @param product writes about the inverse of dF/dx times r, (n), of r (n); positive definite; null: none
   * @return this builder
   */
  public ImplicitDerivative precondition(LinearFunction product) {
    products[4] = product;
    flags = product == null ? flags & ~PRECONDITIONED : flags | PRECONDITIONED;
    return this;
  }

  /**
   * The diagonal of dF/dx: conjugate gradients divide by it where there is no other preconditioner.
   *
   * @param diagonal (n), of T's Jacobian for a fixed point; null: none
   * @return this builder
   */
  public ImplicitDerivative diagonal(double[] diagonal) {
    products[5] = diagonal == null ? null : (ones, out) -> System.arraycopy(diagonal, 0, out, 0, out.length);
    flags = diagonal == null ? flags & ~HAS_DIAGONAL : flags | HAS_DIAGONAL;
    return this;
  }

  /**
   * Where the linear system of {@link #vjp} starts.
   *
   * @param adjoint (n) that of a call nearby; null: zero
   * @return this builder
   */
  public ImplicitDerivative start(double[] adjoint) {
    this.start = adjoint;
    return this;
  }

  /**
   * A cotangent of x* pulled back to theta.
   *
   * @param cotangent (n)
   * @return (m), with the adjoint; see {@link Derivative#value}
   * @throws SingularException when dF/dx is
   * @throws NullArgumentException when a product that is needed was not given
   * @throws FenchelException the subclass says what is wrong with sizes or settings
   */
  public Derivative vjp(double[] cotangent) {
    double[] fields = new double[DerivativeSummary.SIZE];
    double[] adjoint = start == null ? new double[Math.max(n, 0)] : start.clone();
    double[] out = new double[Math.max(m, 0)];
    FenchelRaw.fen_implicit_vjp(n, m, flags, this, Term.input("cotangent", cotangent, n), ArrayView.update(adjoint, n),
        ArrayView.out("out", out, null, m), options, fields);
    Map<String, Object> values = new HashMap<>();
    values.put("", out);
    values.put("adjoint", adjoint);
    return new Derivative(values, fields);
  }

  /**
   * How x* moves with theta along a tangent.
   *
   * @param tangent (m)
   * @return (n), see {@link Derivative#value}
   * @throws SingularException when dF/dx is
   * @throws NullArgumentException when a product that is needed was not given
   * @throws FenchelException the subclass says what is wrong with sizes or settings
   */
  public Derivative jvp(double[] tangent) {
    double[] fields = new double[DerivativeSummary.SIZE];
    double[] out = new double[Math.max(n, 0)];
    FenchelRaw.fen_implicit_jvp(n, m, flags, this, Term.input("tangent", tangent, m), ArrayView.out("out", out, null, n),
        options, fields);
    return new Derivative(Map.of("", out), fields);
  }

  /** Called from native code. */
  void product(int what, double[] in, double[] out) {
    LinearFunction function = products[what];
    if (function == null) {
      throw Status.NULL_ARGUMENT.exception(
          new String[] {"dx", "dxTransposed", "dtheta", "dthetaTransposed", "precondition", "diagonal"}[what]
              + " is needed and was not given");
    }
    function.apply(in, out);
  }

  @Override
  ImplicitDerivative self() {
    return this;
  }
}
