// SinkhornSolver.java -- a problem with its workspace, solved as often as you like.
package io.fenchel;

import java.nio.Buffer;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A transport problem with all memory that solving needs. It belongs to one thread at a time, except
 * {@link #cancel()} and {@link #close()}, which any thread may call. Made by {@link Sinkhorn#build()}.
 */
public final class SinkhornSolver implements AutoCloseable {
  final int rows;
  final int cols;
  final int dimension;
  final Dtype dtype;
  private final Handle handle;
  private final Monitor monitor;
  private final AtomicLong solves = new AtomicLong();

  private SinkhornSolver(Geometry geometry, long address, Monitor monitor) {
    this.rows = geometry.rows();
    this.cols = geometry.cols();
    this.dimension = geometry.dimension();
    this.dtype = geometry.dtype();
    this.monitor = monitor;
    Memory memory = geometry.memory();
    this.handle = new Handle(
        this, "the solver", address, FenchelRaw::fen_solver_destroy, memory == null ? null : memory.retain());
  }

  static SinkhornSolver create(Geometry geometry, Object a, Object b, SinkhornSettings<?> settings, Monitor monitor) {
    long[] out = new long[1];
    long support = geometry.acquire();
    try {
      long problem = problem(geometry, support, a, b, settings);
      try {
        FenchelRaw.fen_sinkhorn_create(problem, settings.method, settings.options, out);
      } finally {
        FenchelRaw.fen_problem_destroy(problem);
      }
      return new SinkhornSolver(geometry, out[0], monitor);
    } finally {
      geometry.release();
    }
  }

  static long workspace(Geometry geometry, Object a, Object b, SinkhornSettings<?> settings) {
    long[] bytes = new long[1];
    long support = geometry.acquire();
    try {
      long problem = problem(geometry, support, a, b, settings);
      try {
        FenchelRaw.fen_sinkhorn_workspace(problem, settings.method, settings.options, bytes);
      } finally {
        FenchelRaw.fen_problem_destroy(problem);
      }
    } finally {
      geometry.release();
    }
    return bytes[0];
  }

  private static long problem(Geometry geometry, long support, Object a, Object b, SinkhornSettings<?> settings) {
    long[] out = new long[1];
    Dtype dtype = geometry.dtype();
    FenchelRaw.fen_transport_create(
        support, ArrayView.in("a", a, dtype, geometry.rows()), ArrayView.in("b", b, dtype, geometry.cols()),
        settings.spec, out);
    return out[0];
  }

  /**
   * Starts the next solves from these potentials. Both null undoes an earlier warm start.
   *
   * @param phi (n), in units of the cost; null: found from psi
   * @param psi (m), in units of the cost; null: found from phi
   * @return this solver
   * @throws ShapeException when an array has the wrong length
   * @throws NotFiniteException when a potential is NaN or +inf
   */
  public SinkhornSolver warmStart(double[] phi, double[] psi) {
    return warmStartObjects(phi, psi);
  }

  /**
   * Starts the next solves of a problem of type float from these potentials.
   *
   * @param phi (n), in units of the cost; null: found from psi
   * @param psi (m), in units of the cost; null: found from phi
   * @return this solver
   * @throws ShapeException when an array has the wrong length
   * @throws NotFiniteException when a potential is NaN or +inf
   */
  public SinkhornSolver warmStart(float[] phi, float[] psi) {
    return warmStartObjects(phi, psi);
  }

  /**
   * Starts the next solves from potentials in buffers, from position to limit.
   *
   * @param phi (n), in units of the cost; null: found from psi
   * @param psi (m), in units of the cost; null: found from phi
   * @return this solver
   * @throws ShapeException when a buffer has the wrong number of remaining elements
   * @throws NotFiniteException when a potential is NaN or +inf
   */
  public SinkhornSolver warmStart(Buffer phi, Buffer psi) {
    return warmStartObjects(phi, psi);
  }

  private SinkhornSolver warmStartObjects(Object phi, Object psi) {
    long address = handle.acquire();
    try {
      FenchelRaw.fen_solver_warm_start(
          address, ArrayView.in("phi", phi, dtype, rows), ArrayView.in("psi", psi, dtype, cols));
    } finally {
      handle.release();
    }
    return this;
  }

  /**
   * Solves from the warm start, or from zero. An interrupt of the solving thread cancels the solve and stays set.
   *
   * @return the result; it reads from this solver, until it solves again or is closed
   * @throws BusyException when the solver runs on another thread, or this is called from its own monitor
   * @throws StateException after {@link #close()}
   */
  public TransportResult solve() {
    return solve(false);
  }

  TransportResult solve(boolean resultOwnsSolver) {
    double[] fields = new double[TransportSummary.SIZE];
    long number = solves.incrementAndGet();
    long address = handle.acquire();
    try {
      FenchelRaw.solve_monitored(address, monitor, fields);
    } finally {
      handle.release();
    }
    return new TransportResult(this, number, TransportSummary.of(fields, 0), resultOwnsSolver);
  }

  /**
   * Ends a running solve soon, or one about to start, with {@link Termination#CANCELLED} and the best iterate so far.
   * Any thread may call it; after {@link #close()} it does nothing.
   */
  public void cancel() {
    if (handle.isClosed()) {
      return;
    }
    long address;
    try {
      address = handle.acquire();
    } catch (StateException closedMeanwhile) {
      return;
    }
    try {
      FenchelRaw.fen_cancel(address);
    } finally {
      handle.release();
    }
  }

  /** Frees the native memory, after a running call; a second call does nothing. */
  @Override
  public void close() {
    handle.close();
  }

  /** The address for one call on the result of a given solve; {@link #release()} follows. */
  long acquire(long solve) {
    long address = handle.acquire();
    if (solves.get() != solve) {
      handle.release();
      throw Status.STATE.exception("the solver has solved again: the arrays of this result are gone");
    }
    return address;
  }

  void release() {
    handle.release();
  }
}
