// Sinkhorn.java -- the main entry: one entropic transport problem.
package io.fenchel;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.util.function.Supplier;

/**
 * One entropic optimal transport problem, balanced or unbalanced: builder, solve, result.
 *
 * <pre>{@code
 * try (TransportResult result = Sinkhorn.problem(cost, n, m).weights(a, b).eps(0.05).solve()) {
 *   double[] plan = result.plan();
 * }
 * }</pre>
 *
 * <p>min over P &ge; 0 of &lt;C, P&gt; + eps KL(P | a b^T) + rhoA KL(P 1 | a) + rhoB KL(P^T 1 | b); an infinite rho
 * turns its term into a constraint. Cuturi, Sinkhorn Distances (2013); Chizat et al., Scaling Algorithms for
 * Unbalanced OT (2018).
 *
 * <p>A builder belongs to one thread at a time and may build again. Failures are unchecked {@link FenchelException}s,
 * one class a {@link Status}.
 */
public final class Sinkhorn extends SinkhornSettings<Sinkhorn> {
  private final Supplier<Geometry> geometry;
  private final boolean ownsGeometry;
  private Object a;
  private Object b;
  private Monitor monitor;

  private Sinkhorn(Supplier<Geometry> geometry, boolean ownsGeometry) {
    this.geometry = geometry;
    this.ownsGeometry = ownsGeometry;
  }

  /**
   * A problem on a cost matrix of doubles, copied when the problem is built.
   *
   * @param cost (n, m), row-major, finite
   * @param n size of the first side
   * @param m size of the second side
   * @return a builder
   */
  public static Sinkhorn problem(double[] cost, int n, int m) {
    return new Sinkhorn(() -> CostMatrix.of(cost, n, m), true);
  }

  /**
   * A problem on a cost matrix of floats, copied when the problem is built.
   *
   * @param cost (n, m), row-major, finite
   * @param n size of the first side
   * @param m size of the second side
   * @return a builder
   */
  public static Sinkhorn problem(float[] cost, int n, int m) {
    return new Sinkhorn(() -> CostMatrix.of(cost, n, m), true);
  }

  /**
   * A problem on a cost matrix in a buffer: used in place when it is direct and in native byte order.
   *
   * @param cost (n, m), row-major, from position to limit: a DoubleBuffer or FloatBuffer, unchanged until the result
   *     is closed
   * @param n size of the first side
   * @param m size of the second side
   * @return a builder
   */
  public static Sinkhorn problem(Buffer cost, int n, int m) {
    return new Sinkhorn(() -> CostMatrix.of(cost, n, m), true);
  }

  /**
   * Like {@link #problem(Buffer, int, int)} for bytes that hold elements of a given type.
   *
   * @param cost (n, m), row-major, from position to limit, unchanged until the result is closed
   * @param dtype what the bytes mean
   * @param n size of the first side
   * @param m size of the second side
   * @return a builder
   */
  public static Sinkhorn problem(ByteBuffer cost, Dtype dtype, int n, int m) {
    return new Sinkhorn(() -> CostMatrix.of(cost, dtype, n, m), true);
  }

  /**
   * A problem on a cost matrix, point cloud or grid.
   *
   * @param geometry stays the caller's; it may be closed once the problem is built
   * @return a builder
   */
  public static Sinkhorn problem(Geometry geometry) {
    return new Sinkhorn(() -> geometry, false);
  }

  /**
   * The marginals; uniform where not set or null. Exact zeros are legal. In a balanced problem the masses must agree.
   *
   * @param a (n), finite, not negative
   * @param b (m), finite, not negative
   * @return this builder
   */
  public Sinkhorn weights(double[] a, double[] b) {
    return weightObjects(a, b);
  }

  /**
   * The marginals of a problem of type float; uniform where not set or null.
   *
   * @param a (n), finite, not negative
   * @param b (m), finite, not negative
   * @return this builder
   */
  public Sinkhorn weights(float[] a, float[] b) {
    return weightObjects(a, b);
  }

  /**
   * The marginals in buffers, from position to limit; a ByteBuffer holds elements of the problem's type.
   *
   * @param a (n), finite, not negative; null: uniform
   * @param b (m), finite, not negative; null: uniform
   * @return this builder
   */
  public Sinkhorn weights(Buffer a, Buffer b) {
    return weightObjects(a, b);
  }

  /**
   * Watches the solve; see {@link Monitor}.
   *
   * @param monitor called on the solving thread; null: none
   * @return this builder
   */
  public Sinkhorn monitor(Monitor monitor) {
    this.monitor = monitor;
    return this;
  }

  /**
   * Builds a solver, with all memory that solving needs: for warm starts, repeated solves, and cancelling from
   * another thread.
   *
   * @return a solver, to be closed by the caller
   * @throws FenchelException the subclass says what is wrong with the problem or its settings
   */
  public SinkhornSolver build() {
    Geometry support = geometry.get();
    if (support == null) {
      throw Status.NULL_ARGUMENT.exception("geometry is null");
    }
    try {
      return SinkhornSolver.create(support, a, b, this, monitor);
    } finally {
      closeOwned(support);
    }
  }

  /**
   * Builds, solves, and hands the solver to the result.
   *
   * @return the result, to be closed by the caller
   * @throws FenchelException the subclass says what is wrong with the problem or its settings
   */
  public TransportResult solve() {
    SinkhornSolver solver = build();
    try {
      return solver.solve(true);
    } catch (Throwable failure) {
      solver.close();
      throw failure;
    }
  }

  /**
   * Memory that a solver of this problem would take, data excluded.
   *
   * @return bytes
   * @throws FenchelException the subclass says what is wrong with the problem or its settings
   */
  public long workspaceBytes() {
    Geometry support = geometry.get();
    try {
      return SinkhornSolver.workspace(support, a, b, this);
    } finally {
      closeOwned(support);
    }
  }

  private void closeOwned(Geometry support) {
    if (ownsGeometry) {
      support.close();
    }
  }

  private Sinkhorn weightObjects(Object a, Object b) {
    this.a = a;
    this.b = b;
    return this;
  }

  @Override
  Sinkhorn self() {
    return this;
  }
}
