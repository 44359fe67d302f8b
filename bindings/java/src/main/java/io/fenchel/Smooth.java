// Smooth.java -- the differentiable part of a composite problem.
package io.fenchel;

/** A smooth term f of the catalogue. */
public final class Smooth extends Term {
  /** Entries at the end of x that are a free intercept. */
  final int tail;

  private Smooth(TermParams.Made made, int tail) {
    super(made);
    this.tail = tail;
  }

  /**
   * Any smooth term of the catalogue.
   *
   * @param name see {@link SmoothNames}
   * @return a builder for its parameters
   */
  public static Builder<Smooth> named(String name) {
    return new Builder<>("smooth", name, Smooth::make);
  }

  private static Smooth make(Builder<Smooth> builder) {
    TermParams.Made made = builder.create();
    Term data = builder.params.term("A");
    boolean intercept = data != null && builder.params.number("intercept") != 0;
    // x holds one intercept behind the features, or one for each class.
    long tail = intercept ? FenchelRaw.fen_term_cols(made.address()) / (data.cols() + 1L) : 0;
    return new Smooth(made, (int) tail);
  }

  /**
   * Half the sum of squares of y - A x.
   *
   * @param data A, (samples, features)
   * @param y (samples) targets
   * @return the term
   */
  public static Smooth leastSquares(Operator data, double[] y) {
    return named(SmoothNames.LEAST_SQUARES).term("A", data).array("y", y).build();
  }

  /**
   * The logistic loss, sum of log(1 + exp(-y_i (A x)_i)).
   *
   * @param data A, (samples, features)
   * @param y (samples) labels, -1 or 1
   * @return the term
   */
  public static Smooth logistic(Operator data, double[] y) {
    return named(SmoothNames.LOGISTIC).term("A", data).array("y", y).build();
  }

  /**
   * The value f(x).
   *
   * @param x (n)
   * @return f(x)
   * @throws ShapeException when x has another length
   */
  public double value(double[] x) {
    ArrayView in = input("x", x, size(x.length));
    return number((address, out) -> FenchelRaw.fen_smooth_gradient(address, in, out, null));
  }

  /**
   * The gradient of f at x.
   *
   * @param x (n)
   * @return (n)
   * @throws ShapeException when x has another length
   */
  public double[] gradient(double[] x) {
    double[] gradient = new double[x.length];
    ArrayView in = input("x", x, size(x.length));
    ArrayView view = ArrayView.out("gradient", gradient, null, x.length);
    number((address, out) -> FenchelRaw.fen_smooth_gradient(address, in, out, view));
    return gradient;
  }

  /**
   * The gradient of f at floats.
   *
   * @param x (n)
   * @return (n)
   * @throws ShapeException when x has another length
   */
  public float[] gradient(float[] x) {
    float[] gradient = new float[x.length];
    ArrayView in = input("x", x, size(x.length));
    ArrayView view = ArrayView.out("gradient", gradient, null, x.length);
    number((address, out) -> FenchelRaw.fen_smooth_gradient(address, in, out, view));
    return gradient;
  }

  /**
   * The Hessian at x times v.
   *
   * @param x (n)
   * @param v (n)
   * @return (n)
   * @throws UnsupportedException without the capability hvp
   */
  public double[] hvp(double[] x, double[] v) {
    double[] out = new double[x.length];
    ArrayView at = input("x", x, size(x.length));
    ArrayView along = input("v", v, x.length);
    ArrayView view = ArrayView.out("out", out, null, x.length);
    call(address -> FenchelRaw.fen_smooth_hvp(address, at, along, view));
    return out;
  }

  /**
   * An upper bound of the Lipschitz constant of the gradient.
   *
   * @return the bound, or infinity
   */
  public double lipschitz() {
    return number(FenchelRaw::fen_smooth_lipschitz);
  }

  private long size(int length) {
    return cols() < 0 ? length : cols();
  }
}
