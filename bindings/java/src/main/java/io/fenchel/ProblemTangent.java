// ProblemTangent.java -- directions in the data of a problem.
package io.fenchel;

/**
 * A direction in a problem's data (input of {@link TransportResult#jvp}) or a gradient with respect to it (output of
 * {@link TransportResult#vjp}). Parts that are null are zero, or were not asked for.
 *
 * @param a (n)
 * @param b (m)
 * @param cost (n, m), row-major
 * @param x (n, d), row-major, of a point cloud
 * @param y (m, d), row-major, of a point cloud
 */
public record ProblemTangent(double[] a, double[] b, double[] cost, double[] x, double[] y) {

  /**
   * A direction in the weights.
   *
   * @param a (n) or null
   * @param b (m) or null
   * @return the tangent
   */
  public static ProblemTangent ofWeights(double[] a, double[] b) {
    return new ProblemTangent(a, b, null, null, null);
  }

  /**
   * A direction in the cost matrix.
   *
   * @param cost (n, m), row-major
   * @return the tangent
   */
  public static ProblemTangent ofCost(double[] cost) {
    return new ProblemTangent(null, null, cost, null, null);
  }

  /**
   * A direction in the points.
   *
   * @param x (n, d) or null
   * @param y (m, d) or null
   * @return the tangent
   */
  public static ProblemTangent ofPoints(double[] x, double[] y) {
    return new ProblemTangent(null, null, null, x, y);
  }
}
