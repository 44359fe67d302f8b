// Grid.java -- a regular grid; costs that split by axis.
package io.fenchel;

/**
 * A regular grid of 1 to 3 axes, the same for both sides: n = m = the product of its shape, row-major. An iteration
 * costs O(n sum shape), or O(n axes) for "l1".
 */
public final class Grid extends Geometry {

  private Grid(long address) {
    super(address, null);
  }

  /**
   * A grid of doubles.
   *
   * @param shape points by axis
   * @param spacing distance between neighbours by axis, positive; null: 1 / shape
   * @param cost "sqeuclidean" or "l1"
   * @return the geometry
   * @throws ShapeException when there are not 1 to 3 axes, or spacing has another length than shape
   * @throws NameException when the cost is unknown
   * @throws UnsupportedException when the cost does not split by axis
   */
  public static Grid of(int[] shape, double[] spacing, String cost) {
    return of(shape, spacing, cost, Dtype.F64);
  }

  /**
   * A grid.
   *
   * @param shape points by axis
   * @param spacing distance between neighbours by axis, positive; null: 1 / shape
   * @param cost "sqeuclidean" or "l1"
   * @param dtype element type of the weights and potentials
   * @return the geometry
   * @throws ShapeException when there are not 1 to 3 axes, or spacing has another length than shape
   * @throws NameException when the cost is unknown
   * @throws UnsupportedException when the cost does not split by axis
   */
  public static Grid of(int[] shape, double[] spacing, String cost, Dtype dtype) {
    if (shape == null) {
      throw Status.NULL_ARGUMENT.exception("shape is null");
    }
    if (spacing != null && spacing.length != shape.length) {
      throw Status.SHAPE.exception("spacing has " + spacing.length + " elements, but shape has " + shape.length);
    }
    long[] extents = new long[shape.length];
    for (int k = 0; k < shape.length; k++) {
      extents[k] = shape[k];
    }
    long[] out = new long[1];
    FenchelRaw.fen_grid_create(shape.length, extents, spacing, cost, dtype.code, out);
    return new Grid(out[0]);
  }
}
