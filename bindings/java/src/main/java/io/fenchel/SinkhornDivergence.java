// SinkhornDivergence.java -- the debiased transport cost of two point clouds.
package io.fenchel;

/**
 * S = OT(a, b) - OT(a, a)/2 - OT(b, b)/2 + eps/2 (sum a - sum b)^2 between point clouds. Feydy et al., Interpolating
 * between Optimal Transport and MMD (2019); Sejourne et al. (2019), eq. 12.
 *
 * <pre>{@code
 * DivergenceResult s = SinkhornDivergence.between(x, n, y, m, d).eps(0.05).gradients("x").compute();
 * }</pre>
 *
 * <p>A builder belongs to one thread at a time and may compute again.
 */
public final class SinkhornDivergence extends SinkhornSettings<SinkhornDivergence> {
  private final Object x;
  private final Object y;
  private final int n;
  private final int m;
  private final int d;
  private final Dtype dtype;
  private Object a;
  private Object b;
  private String cost = "sqeuclidean";
  private String[] gradients = {};

  private SinkhornDivergence(Object x, int n, Object y, int m, int d) {
    this.dtype = ArrayView.dtype("x", x, null);
    this.x = x;
    this.y = y;
    this.n = n;
    this.m = m;
    this.d = d;
  }

  /**
   * Between clouds of doubles.
   *
   * @param x (n, d), row-major
   * @param n points of the first cloud
   * @param y (m, d), row-major
   * @param m points of the second cloud
   * @param d dimension
   * @return a builder
   */
  public static SinkhornDivergence between(double[] x, int n, double[] y, int m, int d) {
    return new SinkhornDivergence(x, n, y, m, d);
  }

  /**
   * Between clouds of floats.
   *
   * @param x (n, d), row-major
   * @param n points of the first cloud
   * @param y (m, d), row-major
   * @param m points of the second cloud
   * @param d dimension
   * @return a builder
   */
  public static SinkhornDivergence between(float[] x, int n, float[] y, int m, int d) {
    return new SinkhornDivergence(x, n, y, m, d);
  }

  /**
   * The weights of the points; uniform where not set or null.
   *
   * @param a (n), finite, not negative
   * @param b (m), finite, not negative
   * @return this builder
   */
  public SinkhornDivergence weights(double[] a, double[] b) {
    this.a = a;
    this.b = b;
    return this;
  }

  /**
   * The weights of points of type float; uniform where not set or null.
   *
   * @param a (n), finite, not negative
   * @param b (m), finite, not negative
   * @return this builder
   */
  public SinkhornDivergence weights(float[] a, float[] b) {
    this.a = a;
    this.b = b;
    return this;
  }

  /**
   * The ground cost.
   *
   * @param name a name from {@link Costs}; default: sqeuclidean
   * @return this builder
   */
  public SinkhornDivergence cost(String name) {
    this.cost = name;
    return this;
  }

  /**
   * Which gradients to compute.
   *
   * @param names of "x", "y", "a", "b"
   * @return this builder
   * @throws NameException when a name is none of these
   */
  public SinkhornDivergence gradients(String... names) {
    for (String name : names) {
      if (!java.util.List.of("x", "y", "a", "b").contains(name)) {
        throw Status.NAME.exception("no gradient is named '" + name + "'; there are [x, y, a, b]");
      }
    }
    this.gradients = names.clone();
    return this;
  }

  /**
   * Computes the divergence.
   *
   * @return value, gradients and the three solves
   * @throws FenchelException the subclass says what is wrong with the points, weights or settings
   */
  public DivergenceResult compute() {
    double[] value = new double[1];
    double[] solves = new double[3 * TransportSummary.SIZE];
    Object xGrad = wanted("x", n * d);
    Object yGrad = wanted("y", m * d);
    Object aGrad = wanted("a", n);
    Object bGrad = wanted("b", m);
    FenchelRaw.fen_sinkhorn_divergence(
        ArrayView.in("x", x, null, n, d), ArrayView.in("y", y, null, m, d),
        ArrayView.in("a", a, null, n), ArrayView.in("b", b, null, m), cost, spec, method, options, value,
        ArrayView.out("x", xGrad, null, n, d), ArrayView.out("y", yGrad, null, m, d),
        ArrayView.out("a", aGrad, null, n), ArrayView.out("b", bGrad, null, m), solves);
    return new DivergenceResult(
        value[0], Floats.toDoubles(xGrad), Floats.toDoubles(yGrad), Floats.toDoubles(aGrad), Floats.toDoubles(bGrad),
        TransportSummary.of(solves, 0), TransportSummary.of(solves, TransportSummary.SIZE),
        TransportSummary.of(solves, 2 * TransportSummary.SIZE));
  }

  private Object wanted(String name, int length) {
    return java.util.List.of(gradients).contains(name) ? dtype.array(length) : null;
  }

  @Override
  SinkhornDivergence self() {
    return this;
  }
}
