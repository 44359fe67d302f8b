// CostMatrix.java -- a cost given entry by entry.
package io.fenchel;

import java.nio.Buffer;
import java.nio.ByteBuffer;

/** A cost matrix (n, m), row-major and finite. Arrays are copied; direct buffers are used in place. */
public final class CostMatrix extends Geometry {

  private CostMatrix(long address, Memory memory) {
    super(address, memory);
  }

  /**
   * Copies a matrix of doubles.
   *
   * @param cost (n, m), row-major
   * @param n rows
   * @param m columns
   * @return the geometry
   * @throws ShapeException when the array does not have n * m elements
   * @throws EmptyException when a side is empty
   * @throws NotFiniteException when an entry is NaN or infinite
   */
  public static CostMatrix of(double[] cost, int n, int m) {
    return ofArray(cost, Dtype.F64, n, m);
  }

  /**
   * Copies a matrix of floats.
   *
   * @param cost (n, m), row-major
   * @param n rows
   * @param m columns
   * @return the geometry
   * @throws ShapeException when the array does not have n * m elements
   * @throws EmptyException when a side is empty
   * @throws NotFiniteException when an entry is NaN or infinite
   */
  public static CostMatrix of(float[] cost, int n, int m) {
    return ofArray(cost, Dtype.F32, n, m);
  }

  /**
   * Uses the remaining elements of a buffer: in place, without a copy, when it is direct and in native byte order;
   * its content must then stay unchanged as long as the geometry and its solvers are used.
   *
   * @param cost (n, m), row-major: a DoubleBuffer or a FloatBuffer
   * @param n rows
   * @param m columns
   * @return the geometry
   * @throws ShapeException when n * m elements do not remain
   * @throws DtypeException when the buffer holds other elements
   */
  public static CostMatrix of(Buffer cost, int n, int m) {
    return ofBuffer(cost, ArrayView.dtype("cost", cost, null), n, m);
  }

  /**
   * Like {@link #of(Buffer, int, int)} for bytes that hold elements of a given type in the buffer's byte order.
   *
   * @param cost (n, m), row-major
   * @param dtype what the bytes mean
   * @param n rows
   * @param m columns
   * @return the geometry
   * @throws ShapeException when n * m elements do not remain
   */
  public static CostMatrix of(ByteBuffer cost, Dtype dtype, int n, int m) {
    return ofBuffer(cost, dtype, n, m);
  }

  private static CostMatrix ofArray(Object cost, Dtype dtype, int n, int m) {
    if (cost == null) {
      throw Status.NULL_ARGUMENT.exception("cost is null");
    }
    int length = (int) ArrayView.length("cost", cost, null);
    ArrayView.checkLength("cost", length, n, m);
    return create(Memory.copyOf(cost, dtype, length), dtype, n, m);
  }

  private static CostMatrix ofBuffer(Buffer cost, Dtype dtype, int n, int m) {
    int length = (int) ArrayView.length("cost", cost, dtype);
    ArrayView.checkLength("cost", length, n, m);
    return create(Memory.of(cost, dtype, length), dtype, n, m);
  }

  private static CostMatrix create(Memory memory, Dtype dtype, int n, int m) {
    long[] out = new long[1];
    try {
      FenchelRaw.fen_matrix_create(ArrayView.at(memory.address, dtype, n, m), out);
    } catch (RuntimeException failure) {
      memory.release();
      throw failure;
    }
    return new CostMatrix(out[0], memory);
  }
}
