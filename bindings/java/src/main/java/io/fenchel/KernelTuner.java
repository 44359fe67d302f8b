// KernelTuner.java -- kernel ridge regression: hyperparameters from a risk, coefficients, their derivatives.
package io.fenchel;

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
  private double[] x;
  private double[] y;
  private double[] heldX;
  private double[] heldY;
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
    this.x = x;
    this.rows = rows;
    this.cols = cols;
    this.y = y;
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
   * @throws RangeException for starts that are not greater than 0, or a sigma of 0 with {@link Risk#SURE}
   * @throws UnsupportedException for a risk that kernel ridge lacks
   * @throws SingularException where K + lam I is not positive definite
   */
  public KernelTuneResult tune() {
    boolean two = "rbf".equals(kernel);
    double[] theta = two ? new double[] {lam, gamma > 0 ? gamma : 1.0 / Math.max(cols, 1)} : new double[] {lam};
    double[] alpha = new double[Math.max(rows, 0)];
    double[] fields = new double[TuneSummary.SIZE];
    int held = heldY == null ? 0 : heldY.length;
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
    double[] alpha = new double[y.length];
    FenchelRaw.fen_kernel_ridge(ArrayView.in("gram", gram, null, y.length, y.length), ArrayView.in("y", y, null, y.length), lam,
        ArrayView.out("alpha", alpha, null, y.length), null, null, null, null);
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
    int n = y.length;
    double[][] out = {new double[n], new double[Math.multiplyExact(n, n)], new double[1]};
    FenchelRaw.fen_kernel_ridge(ArrayView.in("gram", gram, null, n, n), ArrayView.in("y", y, null, n), lam, null,
        ArrayView.in("cotangent", cotangent, null, n), ArrayView.out("y cotangent", out[0], null, n),
        ArrayView.out("gram cotangent", out[1], null, n, n), ArrayView.out("lam cotangent", out[2], null, 1));
    return out;
  }

  @Override
  KernelTuner self() {
    return this;
  }
}
