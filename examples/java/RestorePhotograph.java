import io.fenchel.Composite;
import io.fenchel.MinimizeResult;
import io.fenchel.Operator;
import io.fenchel.OperatorNames;
import io.fenchel.Prox;
import io.fenchel.ProxNames;
import io.fenchel.Smooth;
import java.awt.Color;
import java.io.IOException;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Denoises a photograph, and fills in the 60 % of its pixels that are lost, by total variation: see
 * restore_photograph.py.
 *
 * <p>Denoising is one proximal map. Inpainting is a least-squares term on the pixels that are left and an isotropic
 * total variation: the sum of the lengths of the gradients, a group norm behind finite differences.
 */
final class RestorePhotograph {

  public static void main(String[] args) throws IOException {
    Numbers numbers = new Numbers(args);
    double[] truth = numbers.doubles("photograph");
    double[] noisy = numbers.doubles("photograph_noisy");
    double[] mask = numbers.doubles("photograph_mask");
    int rows = numbers.shape("photograph")[0];
    int cols = numbers.shape("photograph")[1];
    double[] masked = IntStream.range(0, truth.length).mapToDouble(i -> mask[i] * truth[i]).toArray();
    double[] denoised = denoise(noisy, rows, cols);
    double[] filled = fillIn(masked, mask, rows, cols);

    Numbers.decimal("noisy_db", decibels(noisy, truth));
    Numbers.decimal("denoised_db", decibels(denoised, truth));
    Numbers.decimal("filled_db", decibels(filled, truth));
    Numbers.array("denoised", denoised);
    String[] titles = {"the photograph", "with noise", "denoised", "40 % of the pixels", "filled in"};
    double[][] images = {truth, noisy, denoised, masked, filled};
    Pictures picture = new Pictures(images.length * (cols + 8) - 8, rows + 24);
    for (int k = 0; k < images.length; k++) {
      String quality = k == 0 ? "" : String.format(Locale.ROOT, ", %.1f dB", decibels(images[k], truth));
      picture.text(titles[k] + quality, k * (cols + 8) + 4, 16, Color.BLACK);
      picture.grey(Pictures.rows(images[k], cols, 0, 1, rows), k * (cols + 8), 24, 1);
    }
    picture.save(numbers.output.resolve("restore_photograph.png"));
  }

  private static double[] denoise(double[] noisy, int rows, int cols) {
    try (Prox tv = Prox.named(ProxNames.TV2D).number("rows", rows).number("cols", cols).number("lam", 0.05)
        .number("isotropic", 1).build()) {
      return tv.prox(noisy, 1.0);
    }
  }

  private static double[] fillIn(double[] masked, double[] mask, int rows, int cols) {
    int pixels = rows * cols;
    // A gradient is one group: its two differences.
    int[] pixel = IntStream.range(0, 2 * pixels).map(i -> i % pixels).toArray();
    try (Operator known = Operator.named(OperatorNames.DIAGONAL).array("d", mask).build();
        Smooth f = Smooth.leastSquares(known, masked);
        Prox lengths = Prox.named(ProxNames.GROUP_L2).number("lam", 0.002).indices("group", pixel).build();
        Operator differences = Operator.named(OperatorNames.DIFFERENCES).indices("shape", rows, cols).build()) {
      MinimizeResult fit = Composite.of(f).add(lengths, differences).tol(1e-4).solve();
      System.out.println(fit);
      return fit.x();
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
