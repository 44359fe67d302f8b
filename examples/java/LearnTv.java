import io.fenchel.BilevelConstants;
import io.fenchel.BilevelProblem;
import io.fenchel.BilevelResult;
import java.awt.Color;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;

/**
 * Learns how to denoise photographs by total variation, its weight and how far its corner is rounded: see learn_tv.py.
 *
 * <p>The lower level denoises y: h(x) = ||x - y||^2 / 2 + lam sum_i sqrt(|(D x)_i|^2 + eps^2). The upper level,
 * ||x - clean||^2 / 2, judges the solution where the clean image is known. Both are functions of this file.
 */
final class LearnTv {
  private static final int SIDE = 96;
  private static final int PIXELS = SIDE * SIDE;
  private static final double[] BY_HAND = {0.05, 0.01}; // lam and eps, also the start

  private final double[] noisy;
  private final double[] clean;
  private final double[][] dv = new double[2][PIXELS];

  private LearnTv(Numbers numbers, String crop) throws IOException {
    noisy = numbers.doubles("crop_" + crop + "_noisy");
    clean = numbers.doubles("crop_" + crop);
  }

  public static void main(String[] args) throws IOException {
    Numbers numbers = new Numbers(args);
    LearnTv learning = new LearnTv(numbers, "learn");
    BilevelResult found =
        learning.problem().logTheta(true).tol(1e-8).lowerTol(1e-9).solve("implicit", BY_HAND, learning.noisy);
    System.out.println(found);
    System.out.printf(Locale.ROOT, "lam %.5f, eps %.5f; hypergradient %.1e, proved to %.1e%n", found.theta()[0],
        found.theta()[1], found.hypergradient(), found.bound());
    Numbers.decimal("before", found.firstValue());
    Numbers.decimal("after", found.value());
    Numbers.decimal("lam", found.theta()[0]);
    Numbers.decimal("eps", found.theta()[1]);
    Numbers.count("certified", found.certified() ? 1 : 0);

    String[] names = {"noisy", "by_hand", "learned"};
    Pictures picture = new Pictures(8 * SIDE + 24, 4 * SIDE + 56);
    for (String crop : new String[] {"flower", "temple"}) {
      LearnTv tried = new LearnTv(numbers, crop);
      int top = crop.equals("flower") ? 0 : 2 * SIDE + 28;
      // A hypergradient solves the lower level on the way.
      double[] byHand = tried.problem().hypergradient(BY_HAND, tried.noisy).x();
      double[] learned = tried.problem().hypergradient(found.theta(), tried.noisy).x();
      double[][] images = {tried.noisy, byHand, learned, tried.clean};
      for (int k = 0; k < images.length; k++) {
        String title = "the photograph";
        if (k < names.length) {
          double quality = decibels(images[k], tried.clean);
          Numbers.decimal(crop + "_" + names[k] + "_db", quality);
          title = String.format(Locale.ROOT, "%s, %.2f dB", names[k].replace('_', ' '), quality);
        }
        picture.text(title, k * 2 * (SIDE + 4) + 4, top + 16, Color.BLACK);
        picture.grey(Pictures.rows(images[k], SIDE, 0, 1, SIDE), k * 2 * (SIDE + 4), top + 24, 2);
      }
    }
    picture.save(numbers.output.resolve("learn_tv.png"));
  }

  private BilevelProblem problem() {
    return BilevelProblem.of(PIXELS, 2, this::lower, this::upper).lowerHvp(this::hvp).lowerCrossT(this::crossT)
        .constants(LearnTv::constants);
  }

  private double lower(double[] x, double[] theta, int fresh, double[] dx, double[] dtheta) {
    double squares = 0;
    double lengths = 0;
    double inverses = 0;
    double[][] z = differences(x, new double[2][PIXELS]);
    for (int i = 0; i < PIXELS; i++) {
      double length = length(z, i, theta[1]);
      squares += (x[i] - noisy[i]) * (x[i] - noisy[i]);
      lengths += length;
      inverses += 1 / length;
      z[0][i] /= length;
      z[1][i] /= length;
    }
    if (dtheta != null) {
      dtheta[0] = lengths;
      dtheta[1] = theta[0] * theta[1] * inverses;
    }
    if (dx != null) {
      Arrays.setAll(dx, i -> x[i] - noisy[i]);
      addTransposed(theta[0], z, dx, 0);
    }
    return squares / 2 + theta[0] * lengths;
  }

  private void hvp(double[] x, double[] theta, int fresh, int count, double[] v, double[] out) {
    double[][] z = differences(x, new double[2][PIXELS]);
    System.arraycopy(v, 0, out, 0, v.length);
    for (int row = 0; row < count; row++) {
      differences(row == 0 && count == 1 ? v : Arrays.copyOfRange(v, row * PIXELS, (row + 1) * PIXELS), dv);
      for (int i = 0; i < PIXELS; i++) {
        double length = length(z, i, theta[1]);
        double along = (z[0][i] * dv[0][i] + z[1][i] * dv[1][i]) / (length * length);
        dv[0][i] = (dv[0][i] - z[0][i] * along) / length;
        dv[1][i] = (dv[1][i] - z[1][i] * along) / length;
      }
      addTransposed(theta[0], dv, out, row * PIXELS);
    }
  }

  private void crossT(double[] x, double[] theta, int fresh, int count, double[] v, double[] out) {
    double[][] z = differences(x, new double[2][PIXELS]);
    Arrays.fill(out, 0);
    for (int row = 0; row < count; row++) {
      differences(Arrays.copyOfRange(v, row * PIXELS, (row + 1) * PIXELS), dv);
      for (int i = 0; i < PIXELS; i++) {
        double length = length(z, i, theta[1]);
        double along = z[0][i] * dv[0][i] + z[1][i] * dv[1][i];
        out[2 * row] += along / length;
        out[2 * row + 1] -= theta[0] * theta[1] * along / (length * length * length);
      }
    }
  }

  private double upper(double[] x, double[] theta, int fresh, double[] dx, double[] dtheta) {
    double squares = 0;
    for (int i = 0; i < PIXELS; i++) {
      squares += (x[i] - clean[i]) * (x[i] - clean[i]);
    }
    if (dx != null) {
      Arrays.setAll(dx, i -> x[i] - clean[i]);
    }
    if (dtheta != null) {
      Arrays.fill(dtheta, 0);
    }
    return squares / 2;
  }

  /** ||D||^2 is at most 8, the third derivatives of sqrt(|z|^2 + eps^2) are at most 0.859 / eps^2. */
  private static BilevelConstants constants(double[] theta) {
    double lam = theta[0];
    double eps = theta[1];
    return new BilevelConstants(1, 1 + 8 * lam / eps, 0.859 * 8 * Math.sqrt(8) * lam / (eps * eps),
        Math.sqrt(8 * PIXELS * (1 + Math.pow(0.385 * lam / eps, 2))), Math.hypot(8 / eps, 8 * lam / (eps * eps)), 1);
  }

  /** D x: the differences down and to the right, 0 at the edge. */
  private static double[][] differences(double[] x, double[][] out) {
    for (int i = 0; i < PIXELS; i++) {
      out[0][i] = i < PIXELS - SIDE ? x[i + SIDE] - x[i] : 0;
      out[1][i] = i % SIDE < SIDE - 1 ? x[i + 1] - x[i] : 0;
    }
    return out;
  }

  private static double length(double[][] z, int i, double eps) {
    return Math.sqrt(z[0][i] * z[0][i] + z[1][i] * z[1][i] + eps * eps);
  }

  /** Adds factor D^T z to out, from an index on. */
  private static void addTransposed(double factor, double[][] z, double[] out, int first) {
    for (int i = 0; i < PIXELS; i++) {
      if (i < PIXELS - SIDE) {
        out[first + i + SIDE] += factor * z[0][i];
        out[first + i] -= factor * z[0][i];
      }
      if (i % SIDE < SIDE - 1) {
        out[first + i + 1] += factor * z[1][i];
        out[first + i] -= factor * z[1][i];
      }
    }
  }

  /** Peak signal-to-noise ratio. */
  private static double decibels(double[] image, double[] truth) {
    double squares = 0;
    for (int i = 0; i < truth.length; i++) {
      squares += (image[i] - truth[i]) * (image[i] - truth[i]);
    }
    return -10 * Math.log10(squares / truth.length);
  }
}
