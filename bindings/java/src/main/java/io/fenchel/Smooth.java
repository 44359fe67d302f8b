// Smooth.java -- the differentiable part of a composite problem.
package io.fenchel;

import java.util.List;

/** A smooth term f of the catalogue. */
public final class Smooth extends Term {
  /** Entries at the end of x that are a free intercept. */
  final int tail;

  /** Rows of the data of a linear model, else 0. */
  final int samples;

  /** Classes of a multinomial model, else 0. */
  final int outputs;

  private Smooth(TermParams.Made made, int tail, int samples, int outputs) {
    super(made);
    this.tail = tail;
    this.samples = samples;
    this.outputs = outputs;
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
    int outputs = builder.isNamed(SmoothNames.MULTINOMIAL) ? (int) builder.params.number("classes") : 0;
    int samples = data == null ? 0 : data.rows();
    for (Term part : builder.isNamed(SmoothNames.SUM) ? builder.params.terms("term") : List.<Term>of()) {
      samples = Math.max(samples, part instanceof Smooth smooth ? smooth.samples : 0);
    }
    return new Smooth(made, (int) tail, samples, outputs);
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
   * A smooth term by a function of the caller.
   *
   * <pre>{@code
   * Smooth f = Smooth.of(n, true, (x, gradient) -> {
   *   double sum = 0;
   *   for (int i = 0; i < n; i++) {
   *     sum += Math.log(Math.cosh(x[i] - y[i]));
   *     if (gradient != null) {
   *       gradient[i] = Math.tanh(x[i] - y[i]);
   *     }
   *   }
   *   return sum;
   * });
   * }</pre>
   *
   * @param n the number of unknowns, greater than 0
   * @param convex whether f is convex: methods that need it refuse a term that is not
   * @param f value and gradient
   * @return the term, which keeps the function; it lives until the term and all that was made from it are closed
   * @throws NullArgumentException when the function is null
   * @throws RangeException when n is not greater than 0
   */
  public static Smooth of(int n, boolean convex, SmoothFunction f) {
    return of(n, convex, f, null, Double.POSITIVE_INFINITY);
  }

  /**
   * A smooth term by functions of the caller.
   *
   * @param n the number of unknowns, greater than 0
   * @param convex whether f is convex
   * @param f value and gradient
   * @param hessian products with the Hessian; null: the term has no capability hvp
   * @param lipschitz an upper bound of the gradient's Lipschitz constant, not negative; infinite where none is known
   * @return the term, which keeps the functions; they live until it and all that was made from it are closed
   * @throws NullArgumentException when f is null
   * @throws RangeException when n is not greater than 0 or the bound is negative or NaN
   */
  public static Smooth of(int n, boolean convex, SmoothFunction f, HessianFunction hessian, double lipschitz) {
    return ofFunctions(n, convex, f, hessian, lipschitz, false);
  }

  /**
   * A smooth term by a function that works on the library's own memory, without copies: worth it from about 10,000
   * unknowns on.
   *
   * @param n the number of unknowns, greater than 0
   * @param convex whether f is convex
   * @param f value and gradient
   * @return the term, which keeps the function; it lives until the term and all that was made from it are closed
   * @throws NullArgumentException when the function is null
   * @throws RangeException when n is not greater than 0
   */
  public static Smooth inPlace(int n, boolean convex, SmoothFunction.InPlace f) {
    return inPlace(n, convex, f, null, Double.POSITIVE_INFINITY);
  }

  /**
   * A smooth term by functions that work on the library's own memory, without copies.
   *
   * @param n the number of unknowns, greater than 0
   * @param convex whether f is convex
   * @param f value and gradient
   * @param hessian products with the Hessian; null: the term has no capability hvp
   * @param lipschitz an upper bound of the gradient's Lipschitz constant, not negative; infinite where none is known
   * @return the term, which keeps the functions; they live until it and all that was made from it are closed
   * @throws NullArgumentException when f is null
   * @throws RangeException when n is not greater than 0 or the bound is negative or NaN
   */
  public static Smooth inPlace(
      int n, boolean convex, SmoothFunction.InPlace f, HessianFunction.InPlace hessian, double lipschitz) {
    return ofFunctions(n, convex, f, hessian, lipschitz, true);
  }

  private static Smooth ofFunctions(
      int n, boolean convex, Object f, Object hessian, double lipschitz, boolean inPlace) {
    Functions.require("f", f);
    return new Smooth(Functions.term(f, hessian, n, n, inPlace,
        (functions, out) -> FenchelRaw.fen_smooth_callback(n, functions, lipschitz, convex ? 1 : 0, out)), 0, 0, 0);
  }

  /**
   * The value f(x).
   *
   * @param x (n)
   * @return f(x)
   * @throws ShapeException when x has another length
   * @throws NotFiniteException when an entry of x is NaN or infinite
   */
  public double value(double[] x) {
    return evaluate(x, null);
  }

  /**
   * The value f(x) at floats.
   *
   * @param x (n)
   * @return f(x)
   * @throws ShapeException when x has another length
   * @throws NotFiniteException when an entry of x is NaN or infinite
   */
  public double value(float[] x) {
    return evaluate(x, null);
  }

  /**
   * The gradient of f at x.
   *
   * @param x (n)
   * @return (n)
   * @throws ShapeException when x has another length
   * @throws NotFiniteException when an entry of x is NaN or infinite
   */
  public double[] gradient(double[] x) {
    double[] gradient = new double[length("x", x)];
    evaluate(x, gradient);
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
    float[] gradient = new float[length("x", x)];
    evaluate(x, gradient);
    return gradient;
  }

  /**
   * Value and gradient in one pass over the data.
   *
   * @param x (n)
   * @param gradient (n) receives the gradient
   * @return f(x)
   * @throws ShapeException when one has another length
   * @throws NotFiniteException when an entry of x is NaN or infinite
   */
  public double valueAndGradient(double[] x, double[] gradient) {
    return evaluate(x, gradient);
  }

  /**
   * Value and gradient at floats in one pass over the data.
   *
   * @param x (n)
   * @param gradient (n) receives the gradient
   * @return f(x)
   * @throws ShapeException when one has another length
   * @throws NotFiniteException when an entry of x is NaN or infinite
   */
  public double valueAndGradient(float[] x, float[] gradient) {
    return evaluate(x, gradient);
  }

  private double evaluate(Object x, Object gradient) {
    int length = length("x", x);
    ArrayView in = input("x", x, size(length));
    ArrayView view = ArrayView.out("gradient", gradient, null, size(length));
    return number((address, out) -> FenchelRaw.fen_smooth_gradient(address, in, out, view));
  }

  /**
   * The Hessian at x times v.
   *
   * @param x (n)
   * @param v (n)
   * @return (n)
   * @throws ShapeException when one has another length
   * @throws UnsupportedException without the capability hvp
   */
  public double[] hvp(double[] x, double[] v) {
    double[] out = new double[length("x", x)];
    product(x, v, out);
    return out;
  }

  /**
   * The Hessian at floats times v.
   *
   * @param x (n)
   * @param v (n)
   * @return (n)
   * @throws ShapeException when one has another length
   * @throws UnsupportedException without the capability hvp
   */
  public float[] hvp(float[] x, float[] v) {
    float[] out = new float[length("x", x)];
    product(x, v, out);
    return out;
  }

  private void product(Object x, Object v, Object out) {
    int length = length("x", x);
    ArrayView at = input("x", x, size(length));
    ArrayView along = input("v", v, size(length));
    ArrayView view = ArrayView.out("out", out, null, size(length));
    call(address -> FenchelRaw.fen_smooth_hvp(address, at, along, view));
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
