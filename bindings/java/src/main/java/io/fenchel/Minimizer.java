// Minimizer.java -- a composite problem with its workspace, solved as often as you like.
package io.fenchel;

/**
 * A composite problem with all memory that solving needs. It belongs to one thread at a time, except {@link #cancel()}
 * and {@link #close()}, which any thread may call. Made by {@link Composite#build()}; it keeps what it needs of the
 * terms, which may be closed before it.
 */
public final class Minimizer implements AutoCloseable {
  private static final int TRACE_COLUMNS = 6;

  private final Handle handle;
  private final int size;
  private final Dtype dtype;
  private final int[] summandSizes;
  private final Monitor monitor;

  Minimizer(long address, Memory memory, int size, Dtype dtype, int[] summandSizes, Monitor monitor) {
    this.handle = new Handle(this, "the minimizer", address, FenchelRaw::fen_solver_destroy, memory);
    this.size = size;
    this.dtype = dtype;
    this.summandSizes = summandSizes;
    this.monitor = monitor;
  }

  /**
   * The number of unknowns.
   *
   * @return n
   */
  public int size() {
    return size;
  }

  /**
   * Element type of the problem.
   *
   * @return the element type
   */
  public Dtype dtype() {
    return dtype;
  }

  /**
   * Starts the next solves from x.
   *
   * @param x (n), finite; null: from zero again. Rounded where the problem is of type float
   * @return this solver
   * @throws ShapeException when x has another length
   * @throws NotFiniteException when an entry is NaN or infinite
   */
  public Minimizer warmStart(double[] x) {
    return warmStartObject(Floats.to(dtype, x));
  }

  /**
   * Starts the next solves of a problem of type float from x.
   *
   * @param x (n), finite; null: from zero again
   * @return this solver
   * @throws ShapeException when x has another length
   * @throws DtypeException when the problem is of type double
   */
  public Minimizer warmStart(float[] x) {
    return warmStartObject(x);
  }

  private Minimizer warmStartObject(Object x) {
    ArrayView view = ArrayView.in("x", x, null, size);
    call(address -> FenchelRaw.fen_minimize_warm_start(address, view));
    return this;
  }

  /**
   * Solves from the warm start, or from zero. An interrupt of the solving thread cancels the solve and stays set.
   *
   * @return the result: a copy, which later solves do not touch
   * @throws BusyException when the solver runs on another thread, or this is called from its own monitor
   * @throws StateException after {@link #close()}
   */
  public MinimizeResult solve() {
    Object x = dtype.array(size);
    ArrayView view = ArrayView.out("x", x, null, size);
    double[] fields = new double[MinimizeSummary.SIZE];
    double[][][] trace = new double[1][][];
    // In one use of the handle: a close during the solve must not lose its records.
    call(address -> {
      FenchelRaw.minimize_monitored(address, monitor, view, fields);
      trace[0] = trace(address);
    });
    return new MinimizeResult(x, MinimizeSummary.of(fields, 0), trace[0]);
  }

  /**
   * The dual point of a summand after a solve: u in the subdifferential of g_i at A_i x.
   *
   * @param summand its index, in the order of {@link Composite#add(Prox)}
   * @return u, of the size that g_i sees; exact also where the problem is of type float
   * @throws RangeException when there is no such summand
   * @throws StateException before the first solve
   * @throws UnsupportedException where the method has none
   */
  public double[] dual(int summand) {
    if (summand < 0 || summand >= summandSizes.length) {
      throw Status.RANGE.exception("summand is " + summand + "; legal: 0 .. " + (summandSizes.length - 1));
    }
    Object u = dtype.array(summandSizes[summand]);
    ArrayView view = ArrayView.out("u", u, null, summandSizes[summand]);
    call(address -> FenchelRaw.fen_minimize_dual(address, summand, view));
    return Floats.toDoubles(u);
  }

  /**
   * The records of the last solve, oldest first, as many as the setting trace keeps.
   *
   * @return (k, 6): iteration, seconds, objective, residual, gap, support
   * @throws StateException before the first solve
   */
  public double[][] trace() {
    double[][][] out = new double[1][][];
    call(address -> out[0] = trace(address));
    return out[0];
  }

  private static double[][] trace(long address) {
    long[] count = new long[1];
    FenchelRaw.fen_minimize_trace(address, count, null);
    int records = Math.toIntExact(count[0]);
    double[] flat = new double[Math.multiplyExact(records, TRACE_COLUMNS)];
    if (records > 0) {
      FenchelRaw.fen_minimize_trace(address, count, ArrayView.out("records", flat, null, records, TRACE_COLUMNS));
    }
    double[][] out = new double[records][];
    for (int k = 0; k < records; k++) {
      out[k] = java.util.Arrays.copyOfRange(flat, k * TRACE_COLUMNS, (k + 1) * TRACE_COLUMNS);
    }
    return out;
  }

  /**
   * Ends a running solve soon, or one about to start, with {@link Termination#CANCELLED} and the best iterate so far.
   * Any thread may call it; after {@link #close()} it does nothing.
   */
  public void cancel() {
    long address;
    try {
      address = handle.acquire();
    } catch (StateException closed) {
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

  private void call(java.util.function.LongConsumer call) {
    long address = handle.acquire();
    try {
      call.accept(address);
    } finally {
      handle.release();
    }
  }
}
