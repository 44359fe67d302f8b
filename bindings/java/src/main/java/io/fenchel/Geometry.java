// Geometry.java -- who sends mass to whom, at what cost.
package io.fenchel;

/**
 * A support and its ground cost: {@link CostMatrix}, {@link PointCloud} or {@link Grid}. Immutable; may be shared by
 * threads and problems. Native memory is freed by {@link #close()}, else when the object is collected; solvers made
 * from a geometry keep what they need.
 */
public abstract sealed class Geometry implements AutoCloseable permits CostMatrix, PointCloud, Grid {
  private final Handle handle;
  private final Memory memory;
  private final int rows;
  private final int cols;
  private final Dtype dtype;

  Geometry(long address, Memory memory) {
    this.handle = new Handle(this, getClass().getSimpleName(), address, FenchelRaw::fen_geometry_destroy, memory);
    this.memory = memory;
    this.rows = Math.toIntExact(FenchelRaw.fen_geometry_rows(address));
    this.cols = Math.toIntExact(FenchelRaw.fen_geometry_cols(address));
    this.dtype = Dtype.of(FenchelRaw.fen_geometry_dtype(address));
  }

  /**
   * Size of the first side, a.
   *
   * @return n
   */
  public int rows() {
    return rows;
  }

  /**
   * Size of the second side, b.
   *
   * @return m
   */
  public int cols() {
    return cols;
  }

  /**
   * Element type of the costs, and so of every array of a problem on this geometry.
   *
   * @return the element type
   */
  public Dtype dtype() {
    return dtype;
  }

  /**
   * The cost matrix written out.
   *
   * @return (n, m), row-major; exact also where the geometry is of type float
   * @throws StateException after {@link #close()}
   */
  public double[] cost() {
    Object out = dtype.array(Math.multiplyExact(rows, cols));
    long address = handle.acquire();
    try {
      FenchelRaw.fen_geometry_cost(address, ArrayView.out("out", out, null, rows, cols));
    } finally {
      handle.release();
    }
    return Floats.toDoubles(out);
  }

  /** Frees the native memory; a second call does nothing. */
  @Override
  public void close() {
    handle.close();
  }

  long acquire() {
    return handle.acquire();
  }

  void release() {
    handle.release();
  }

  /** Memory that solvers must keep, or null. */
  Memory memory() {
    return memory;
  }

  /** Dimension of the points; 0 where there are none. */
  int dimension() {
    return 0;
  }

  @Override
  public String toString() {
    return getClass().getSimpleName() + "[" + rows + " x " + cols + ", " + dtype + "]";
  }
}
