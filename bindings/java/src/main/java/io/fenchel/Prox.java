// Prox.java -- simple terms, those with a proximal map.
package io.fenchel;

/**
 * A simple term g of the catalogue: a norm, an indicator, a penalty. Its parameter {@code lam} is its own weight.
 *
 * <pre>{@code
 * try (Prox g = Prox.named("l1").number("lam", 0.1).array("weights", w).build()) {
 *   double[] z = g.prox(v, 1.0);
 * }
 * }</pre>
 */
public final class Prox extends Term {

  /** Size of the groups of a group norm, else 0. */
  private final int groupSize;

  /** Of the groups of a group norm given one by one, else 0. */
  private final int groups;

  private Prox(TermParams.Made made, int groupSize, int groups) {
    super(made);
    this.groupSize = groupSize;
    this.groups = groups;
  }

  private static Prox make(Builder<Prox> builder) {
    TermParams.Made made = builder.create();
    boolean grouped = builder.isNamed(ProxNames.GROUP_L2);
    return new Prox(made, grouped ? (int) builder.params.number("size") : 0,
        grouped ? 1 + builder.params.largestIndex("group") : 0);
  }

  /** How many weights there are: one a group, or one for each of n coordinates. */
  int weights(int n) {
    return groups > 0 ? groups : groupSize > 0 ? n / groupSize : n;
  }

  /**
   * Any simple term of the catalogue.
   *
   * @param name see {@link ProxNames}
   * @return a builder for its parameters
   */
  public static Builder<Prox> named(String name) {
    return new Builder<>("prox", name, Prox::make);
  }

  /**
   * The weighted l1 norm, lam ||x||_1.
   *
   * @param lam its weight
   * @return the term
   */
  public static Prox l1(double lam) {
    return named(ProxNames.L1).number("lam", lam).build();
  }

  /**
   * The elastic net, l1 ||x||_1 + l2 ||x||^2 / 2.
   *
   * @param l1 weight of the norm
   * @param l2 weight of half the squares
   * @return the term
   */
  public static Prox elasticNet(double l1, double l2) {
    return named(ProxNames.ELASTIC_NET).number("l1", l1).number("l2", l2).build();
  }

  /**
   * A simple term by its proximal map, a function of the caller.
   *
   * <pre>{@code
   * Prox ball = Prox.of(n, true, (v, step, x) -> {
   *   double norm = Math.sqrt(Arrays.stream(v).map(a -> a * a).sum());
   *   for (int i = 0; i < n; i++) {
   *     x[i] = v[i] / Math.max(1, norm);
   *   }
   *   return step > 0 || norm <= 1 ? 0 : Double.POSITIVE_INFINITY;
   * });
   * }</pre>
   *
   * @param n the number of unknowns, greater than 0
   * @param convex whether g is convex: methods that need it refuse a term that is not
   * @param g the proximal map and the value there
   * @return the term, which keeps the function; it lives until the term and all that was made from it are closed
   * @throws NullArgumentException when the function is null
   * @throws RangeException when n is not greater than 0
   */
  public static Prox of(int n, boolean convex, ProxFunction g) {
    return ofFunction(n, convex, g, false);
  }

  /**
   * A simple term by a proximal map that works on the library's own memory, without copies: worth it from about 10,000
   * unknowns on.
   *
   * @param n the number of unknowns, greater than 0
   * @param convex whether g is convex
   * @param g the proximal map and the value there
   * @return the term, which keeps the function; it lives until the term and all that was made from it are closed
   * @throws NullArgumentException when the function is null
   * @throws RangeException when n is not greater than 0
   */
  public static Prox inPlace(int n, boolean convex, ProxFunction.InPlace g) {
    return ofFunction(n, convex, g, true);
  }

  private static Prox ofFunction(int n, boolean convex, Object g, boolean inPlace) {
    Functions.require("g", g);
    return new Prox(Functions.term(g, null, n, n, inPlace,
        (functions, out) -> FenchelRaw.fen_prox_callback(n, functions, convex ? 1 : 0, out)), 0, 0);
  }

  /**
   * The proximal map: the x that minimises g(x) + ||x - v||^2 / (2 step).
   *
   * @param v (n)
   * @param step greater than 0
   * @return (n)
   * @throws ShapeException when v has another length than the term
   * @throws NotFiniteException when an entry of v is NaN or infinite
   */
  public double[] prox(double[] v, double step) {
    return prox(v, 1, step);
  }

  /**
   * The proximal map of floats.
   *
   * @param v (n)
   * @param step greater than 0
   * @return (n)
   * @throws ShapeException when v has another length than the term
   */
  public float[] prox(float[] v, double step) {
    return prox(v, 1, step);
  }

  /**
   * The proximal map of each row.
   *
   * @param v (rows, n), row-major
   * @param rows how many problems
   * @param step greater than 0
   * @return (rows, n)
   * @throws ShapeException when the length of v is no multiple of rows
   */
  public double[] prox(double[] v, int rows, double step) {
    return prox(v, rows, step, null);
  }

  /**
   * The proximal map of each row of floats.
   *
   * @param v (rows, n), row-major
   * @param rows how many problems
   * @param step greater than 0
   * @return (rows, n)
   * @throws ShapeException when the length of v is no multiple of rows
   */
  public float[] prox(float[] v, int rows, double step) {
    return prox(v, rows, step, null);
  }

  /**
   * The proximal map of each row, and g there, which often costs nothing more.
   *
   * @param v (rows, n), row-major
   * @param rows how many problems
   * @param step greater than 0
   * @param values (rows) receives g of each row of the result; null: not asked for
   * @return (rows, n)
   * @throws ShapeException when the length of v is no multiple of rows, or values does not have a number a row
   */
  public double[] prox(double[] v, int rows, double step, double[] values) {
    double[] out = new double[length("v", v)];
    apply(v, shape(v, rows, false), step, null, out, values, 1);
    return out;
  }

  /**
   * The proximal map of each row of floats, and g there.
   *
   * @param v (rows, n), row-major
   * @param rows how many problems
   * @param step greater than 0
   * @param values (rows) receives g of each row of the result; null: not asked for
   * @return (rows, n)
   * @throws ShapeException when the length of v is no multiple of rows, or values does not have a number a row
   */
  public float[] prox(float[] v, int rows, double step, double[] values) {
    float[] out = new float[length("v", v)];
    apply(v, shape(v, rows, false), step, null, out, values, 1);
    return out;
  }

  /**
   * The proximal map with a step for each coordinate.
   *
   * @param v (n)
   * @param steps (n), greater than 0
   * @return (n)
   * @throws UnsupportedException without the capability vector_step
   */
  public double[] prox(double[] v, double[] steps) {
    double[] out = new double[length("v", v)];
    apply(v, shape(v, 1, false), 1.0, input("steps", steps, length("steps", steps)), out, null, 1);
    return out;
  }

  /**
   * The proximal map of floats with a step for each coordinate.
   *
   * @param v (n)
   * @param steps (n), greater than 0
   * @return (n)
   * @throws UnsupportedException without the capability vector_step
   */
  public float[] prox(float[] v, float[] steps) {
    float[] out = new float[length("v", v)];
    apply(v, shape(v, 1, false), 1.0, input("steps", steps, length("steps", steps)), out, null, 1);
    return out;
  }

  /**
   * The proximal map of each row with a step of its own; rows are shared out to threads.
   *
   * @param v (rows, n), row-major
   * @param steps (rows), greater than 0
   * @param values (rows) receives g of each row of the result; null: not asked for
   * @param numThreads threads, 0: as many as there are processors; the result does not depend on them
   * @return (rows, n)
   * @throws ShapeException when the length of v is no multiple of rows, or values does not have a number a row
   * @throws RangeException when a step is not greater than 0
   */
  public double[] proxRows(double[] v, double[] steps, double[] values, int numThreads) {
    double[] out = new double[length("v", v)];
    int rows = length("steps", steps);
    apply(v, shape(v, rows, true), 1.0, input("steps", steps, rows, 1), out, values, numThreads);
    return out;
  }

  /**
   * The proximal map of each row of floats with a step of its own; rows are shared out to threads.
   *
   * @param v (rows, n), row-major
   * @param steps (rows), greater than 0
   * @param values (rows) receives g of each row of the result; null: not asked for
   * @param numThreads threads, 0: as many as there are processors; the result does not depend on them
   * @return (rows, n)
   * @throws ShapeException when the length of v is no multiple of rows, or values does not have a number a row
   * @throws RangeException when a step is not greater than 0
   */
  public float[] proxRows(float[] v, float[] steps, double[] values, int numThreads) {
    float[] out = new float[length("v", v)];
    int rows = length("steps", steps);
    apply(v, shape(v, rows, true), 1.0, input("steps", steps, rows, 1), out, values, numThreads);
    return out;
  }

  private static long[] shape(Object v, int rows, boolean always) {
    int length = length("v", v);
    if (rows <= 0) {
      throw Status.RANGE.exception("rows is " + rows + "; legal: > 0");
    }
    return rows == 1 && !always ? new long[] {length} : new long[] {rows, length / rows};
  }

  private void apply(
      Object v, long[] shape, double step, ArrayView steps, Object out, double[] values, int numThreads) {
    if (values != null) {
      ArrayView.checkLength("values", values.length, shape.length == 1 ? 1 : shape[0]);
    }
    ArrayView in = input("v", v, shape);
    ArrayView view = ArrayView.out("out", out, null, shape);
    call(address -> FenchelRaw.fen_prox_apply(address, in, step, steps, view, values, numThreads));
  }

  /**
   * The value g(x).
   *
   * @param x (n)
   * @return g(x); infinite outside the domain
   */
  public double value(double[] x) {
    return valueOf(x);
  }

  /**
   * The value g(x) at floats.
   *
   * @param x (n)
   * @return g(x); infinite outside the domain
   */
  public double value(float[] x) {
    return valueOf(x);
  }

  private double valueOf(Object x) {
    ArrayView in = input("x", x, length("x", x));
    return number((address, out) -> FenchelRaw.fen_prox_value(address, in, out));
  }

  /**
   * The transposed derivative of the proximal map at v times a cotangent.
   *
   * @param v (n)
   * @param step greater than 0
   * @param cotangent (n)
   * @return (n)
   * @throws UnsupportedException without the capability vjp
   */
  public double[] vjp(double[] v, double step, double[] cotangent) {
    double[] out = new double[length("v", v)];
    back(v, shape(v, 1, false), step, cotangent, out);
    return out;
  }

  /**
   * The transposed derivative of the proximal map at floats times a cotangent.
   *
   * @param v (n)
   * @param step greater than 0
   * @param cotangent (n)
   * @return (n)
   * @throws UnsupportedException without the capability vjp
   */
  public float[] vjp(float[] v, double step, float[] cotangent) {
    float[] out = new float[length("v", v)];
    back(v, shape(v, 1, false), step, cotangent, out);
    return out;
  }

  /**
   * The transposed derivative of the proximal map at each row times a row of cotangents.
   *
   * @param v (rows, n), row-major
   * @param rows how many problems
   * @param step greater than 0
   * @param cotangent (rows, n)
   * @return (rows, n)
   * @throws ShapeException when the length of v is no multiple of rows
   * @throws UnsupportedException without the capability vjp
   */
  public double[] vjp(double[] v, int rows, double step, double[] cotangent) {
    double[] out = new double[length("v", v)];
    back(v, shape(v, rows, false), step, cotangent, out);
    return out;
  }

  /**
   * The transposed derivative of the proximal map at each row of floats times a row of cotangents.
   *
   * @param v (rows, n), row-major
   * @param rows how many problems
   * @param step greater than 0
   * @param cotangent (rows, n)
   * @return (rows, n)
   * @throws ShapeException when the length of v is no multiple of rows
   * @throws UnsupportedException without the capability vjp
   */
  public float[] vjp(float[] v, int rows, double step, float[] cotangent) {
    float[] out = new float[length("v", v)];
    back(v, shape(v, rows, false), step, cotangent, out);
    return out;
  }

  private void back(Object v, long[] shape, double step, Object cotangent, Object out) {
    ArrayView at = input("v", v, shape);
    ArrayView along = input("cotangent", cotangent, shape);
    ArrayView view = ArrayView.out("out", out, null, shape);
    call(address -> FenchelRaw.fen_prox_vjp(address, at, step, along, view));
  }

  /**
   * The conjugate, the largest &lt;u, x&gt; - g(x).
   *
   * @param u (n)
   * @return g*(u); infinite outside its domain
   * @throws UnsupportedException without the capability conjugate
   */
  public double conjugate(double[] u) {
    return conjugateOf(u);
  }

  /**
   * The conjugate at floats.
   *
   * @param u (n)
   * @return g*(u); infinite outside its domain
   * @throws UnsupportedException without the capability conjugate
   */
  public double conjugate(float[] u) {
    return conjugateOf(u);
  }

  private double conjugateOf(Object u) {
    ArrayView in = input("u", u, length("u", u));
    return number((address, out) -> FenchelRaw.fen_prox_conjugate(address, in, out));
  }
}
