// PointCloud.java -- a cost between points, computed on the fly.
package io.fenchel;

import java.nio.Buffer;

/**
 * Points x, (n, d), and y, (m, d), and a named ground cost. The n x m matrix is never formed: memory is
 * O((n + m) d). The points are copied.
 */
public final class PointCloud extends Geometry {
  private final int dimension;

  private PointCloud(long address, int dimension) {
    super(address, null);
    this.dimension = dimension;
  }

  /**
   * Points of doubles.
   *
   * @param x (n, d), row-major
   * @param n points on the first side
   * @param y (m, d), row-major; null: y = x
   * @param m points on the second side
   * @param d dimension
   * @param cost a name from {@link Costs}
   * @return the geometry
   * @throws ShapeException when an array has the wrong length
   * @throws NotFiniteException when a coordinate is NaN or infinite
   * @throws NameException when the cost is unknown
   */
  public static PointCloud of(double[] x, int n, double[] y, int m, int d, String cost) {
    return create(x, n, y, m, d, cost, null);
  }

  /**
   * Points of floats.
   *
   * @param x (n, d), row-major
   * @param n points on the first side
   * @param y (m, d), row-major; null: y = x
   * @param m points on the second side
   * @param d dimension
   * @param cost a name from {@link Costs}
   * @return the geometry
   * @throws ShapeException when an array has the wrong length
   * @throws NotFiniteException when a coordinate is NaN or infinite
   * @throws NameException when the cost is unknown
   */
  public static PointCloud of(float[] x, int n, float[] y, int m, int d, String cost) {
    return create(x, n, y, m, d, cost, null);
  }

  /**
   * Points in buffers, from position to limit.
   *
   * @param x (n, d), row-major: a DoubleBuffer or FloatBuffer
   * @param n points on the first side
   * @param y (m, d), row-major, of the same type; null: y = x
   * @param m points on the second side
   * @param d dimension
   * @param cost a name from {@link Costs}
   * @return the geometry
   * @throws ShapeException when a buffer has the wrong number of remaining elements
   * @throws DtypeException when a buffer holds other elements
   */
  public static PointCloud of(Buffer x, int n, Buffer y, int m, int d, String cost) {
    return create(x, n, y, m, d, cost, null);
  }

  private static PointCloud create(Object x, int n, Object y, int m, int d, String cost, Dtype bytes) {
    long[] out = new long[1];
    FenchelRaw.fen_point_cloud_create(
        ArrayView.in("x", x, bytes, n, d), ArrayView.in("y", y, bytes, m, d), cost, out);
    return new PointCloud(out[0], d);
  }

  /**
   * Dimension of the points.
   *
   * @return d
   */
  @Override
  public int dimension() {
    return dimension;
  }
}
