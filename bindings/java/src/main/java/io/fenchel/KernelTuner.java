// KernelTuner.java -- kernel ridge regression: hyperparameters from a risk, coefficients, their derivatives.
package io.fenchel;

import java.lang.reflect.Array;

/**
 * Chooses lam, and gamma of the kernel "rbf", of kernel ridge by derivatives of a risk instead of a grid. The risk is
 * {@link Risk#LEAVE_ONE_OUT}, {@link Risk#GCV} or {@link Risk#SURE}, in closed form; or, by default, the mean squared error on
 * held-out data.
 *
 * <pre>{@code
 * KernelTuneResult best = KernelTuner.of("rbf").data(matrix, rows, cols, targets).risk(Risk.LEAVE_ONE_OUT).tune();
 * double lam = best.lam(), gamma = best.gamma();
 * }</pre>
 *
 * <p>Kernels: linear; rbf, exp(-gamma ||x - z||^2); gram, where the data are the Gram matrix itself. Matrices are row after row.
 * A builder belongs to one thread at a time. Golub, Heath and Wahba, Generalized Cross-Validation (1979).
 */
public final class KernelTuner extends TuneSettings<KernelTuner> {
  private final String kernel;
  /** double[] or float[], as are the others. */
  private Object x;
  private Object y;
  private Object heldX;
  private Object heldY;
  private Dtype type = Dtype.F64;
  private int rows;
  private int cols;
  private double lam = 1;
  private double gamma;
  private Monitor monitor;

  private KernelTuner(String kernel) {
    this.kernel = kernel;
  }

  /**
   * Tunes kernel ridge.
   *
   * @param kernel linear, rbf or gram
   * @return a builder
   */
  public static KernelTuner of(String kernel) {
    return new KernelTuner(kernel);
  }

  /**
   * The training data; read when {@link #tune} runs.
   *
   * @param x (rows, cols), row after row; of gram (rows, rows)
   * @param rows samples
   * @param cols features
   * @param y (rows) targets
   * @return this builder
   */
  public KernelTuner data(double[] x, int rows, int cols, double[] y) {
    return data(x, rows, cols, y, Dtype.F64);
  }

  /**
   * Training data of floats; the coefficients are floats then, too.
   *
   * @param x (rows, cols), row after row; of gram (rows, rows)
   * @param rows samples
   * @param cols features
   * @param y (rows) targets
   * @return this builder
   */
  public KernelTuner data(float[] x, int rows, int cols, float[] y) {
    return data(x, rows, cols, y, Dtype.F32);
  }

  private KernelTuner data(Object x, int rows, int cols, Object y, Dtype type) {
    this.x = x;
    this.rows = rows;
    this.cols = cols;
    this.y = y;
    this.type = type;
    return this;
  }

  /**
   * Data for the risk holdout.
   *
   * @param x (samples, cols), row after row; of gram the kernel between these samples and the training data
   * @param y (samples) targets
   * @return this builder
   */
  public KernelTuner heldOut(double[] x, double[] y) {
    this.heldX = x;
    this.heldY = y;
    return this;
  }

  /**
   * Data for the risk holdout, of floats as the training data are.
   *
   * @param x (samples, cols), row after row; of gram the kernel between these samples and the training data
   * @param y (samples) targets
   * @return this builder
   */
  public KernelTuner heldOut(float[] x, float[] y) {
    this.heldX = x;
    this.heldY = y;
    return this;
  }

  /**
   * Where the search for lam starts.
   *
   * @param value greater than 0; default: 1
   * @return this builder
   */
  public KernelTuner lam(double value) {
    this.lam = value;
    return this;
  }

  /**
   * Where the search for gamma starts.
   *
   * @param value greater than 0; default: 1 / cols
   * @return this builder
   */
  public KernelTuner gamma(double value) {
    this.gamma = value;
    return this;
  }

  /**
   * Watches the search; see {@link Monitor}.
   *
   * @param monitor called on this thread; null: none
   * @return this builder
   */
  public KernelTuner monitor(Monitor monitor) {
    this.monitor = monitor;
    return this;
  }

  /**
   * Searches.
   *
   * @return the best hyperparameters found, and the coefficients there
   * @throws NameException for an unknown kernel
   * @throws ShapeException for arrays of another length
   * @throws DtypeException when some arrays are doubles and others floats
   * @throws RangeException for starts that are not greater than 0, or a sigma of 0 with {@link Risk#SURE}
   * @throws UnsupportedException for a risk that kernel ridge lacks
   * @throws SingularException where K + lam I is not positive definite
   */
  public KernelTuneResult tune() {
    boolean two = "rbf".equals(kernel);
    double[] theta = two ? new double[] {lam, gamma > 0 ? gamma : 1.0 / Math.max(cols, 1)} : new double[] {lam};
    Object alpha = type.array(Math.max(rows, 0));
    double[] fields = new double[TuneSummary.SIZE];
    int held = heldY == null ? 0 : Array.getLength(heldY);
    FenchelRaw.fen_tune_kernel(kernel, ArrayView.in("x", x, null, rows, cols), ArrayView.in("y", y, null, rows),
        heldX == null ? null : ArrayView.in("heldX", heldX, null, held, cols),
        heldY == null ? null : ArrayView.in("heldY", heldY, null, held), ArrayView.update(theta, theta.length),
        ArrayView.out("alpha", alpha, null, rows), options, monitor, fields);
    return new KernelTuneResult(theta, alpha, fields);
  }

  /**
   * alpha = (K + lam I)^-1 y.
   *
   * @param gram K, (n, n), symmetric
   * @param y (n) targets
   * @param lam greater than 0
   * @return (n): predictions are K(new, old) alpha
   * @throws SingularException where K + lam I is not positive definite
   */
  public static double[] coefficients(double[] gram, double[] y, double lam) {
    return (double[]) coefficients(gram, y, y.length, lam, Dtype.F64);
  }

  /**
   * The same of floats; computed in double and rounded once.
   *
   * @param gram K, (n, n), symmetric
   * @param y (n) targets
   * @param lam greater than 0
   * @return (n): predictions are K(new, old) alpha
   * @throws SingularException where K + lam I is not positive definite
   */
  public static float[] coefficients(float[] gram, float[] y, double lam) {
    return (float[]) coefficients(gram, y, y.length, lam, Dtype.F32);
  }

  private static Object coefficients(Object gram, Object y, int n, double lam, Dtype type) {
    Object alpha = type.array(n);
    FenchelRaw.fen_kernel_ridge(ArrayView.in("gram", gram, null, n, n), ArrayView.in("y", y, null, n), lam,
        ArrayView.out("alpha", alpha, null, n), null, null, null, null);
    return alpha;
  }

  /**
   * A cotangent of the coefficients, pulled back.
   *
   * @param gram K, (n, n), symmetric
   * @param y (n) targets
   * @param lam greater than 0
   * @param cotangent (n) of alpha
   * @return cotangents of y (n), of K (n, n), and of lam (1)
   * @throws SingularException where K + lam I is not positive definite
   */
  public static double[][] cotangents(double[] gram, double[] y, double lam, double[] cotangent) {
    return cotangents(gram, y, y.length, lam, cotangent, Dtype.F64);
  }

  /**
   * The same of floats.
   *
   * @param gram K, (n, n), symmetric
   * @param y (n) targets
   * @param lam greater than 0
   * @param cotangent (n) of alpha
   * @return floats, widened exactly, of y (n) and of K (n, n), and that of lam (1)
   * @throws SingularException where K + lam I is not positive definite
   */
  public static double[][] cotangents(float[] gram, float[] y, double lam, float[] cotangent) {
    return cotangents(gram, y, y.length, lam, cotangent, Dtype.F32);
  }

  private static double[][] cotangents(Object gram, Object y, int n, double lam, Object cotangent, Dtype type) {
    Object byY = type.array(n);
    Object byGram = type.array(Math.multiplyExact(n, n));
    double[] byLam = new double[1];
    FenchelRaw.fen_kernel_ridge(ArrayView.in("gram", gram, null, n, n), ArrayView.in("y", y, null, n), lam, null,
        ArrayView.in("cotangent", cotangent, null, n), ArrayView.out("y cotangent", byY, null, n),
        ArrayView.out("gram cotangent", byGram, null, n, n), ArrayView.out("lam cotangent", byLam, null, 1));
    return new double[][] {Floats.toDoubles(byY), Floats.toDoubles(byGram), byLam};
  }

  @Override
  KernelTuner self() {
    return this;
  }
}
