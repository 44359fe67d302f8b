import io.fenchel.Composite;
import io.fenchel.DerivativeStatus;
import io.fenchel.Operator;
import io.fenchel.Risk;
import io.fenchel.Smooth;
import io.fenchel.SmoothNames;
import io.fenchel.TuneResult;
import io.fenchel.Tuner;
import java.awt.Color;
import java.io.IOException;
import java.util.Locale;

/** Learns how to denoise photographs by total variation, its weight and how far its corner is rounded: see learn_tv.py. */
final class LearnTv {
  private static final int SIDE = 96;
  private static final int PIXELS = SIDE * SIDE;
  private static final double[] BY_HAND = {0.05, 0.01}; // lam and eps, also the start
  private static final double NOISE = 0.1;
  private static final long[] SHAPE = {SIDE, SIDE};

  public static void main(String[] args) throws IOException {
    Numbers numbers = new Numbers(args);
    String[] names = {"noisy", "by_hand", "learned", "by_sure"};
    Pictures picture = new Pictures(10 * (SIDE + 4), 4 * SIDE + 56);
    try (Operator identity = Operator.named("identity").number("size", PIXELS).build()) {
      TuneResult learned = learn(identity, numbers.doubles("crop_learn_noisy"), numbers.doubles("crop_learn"));
      report("learned", learned);
      for (String crop : new String[] {"flower", "temple"}) {
        double[] clean = numbers.doubles("crop_" + crop);
        double[] noisy = numbers.doubles("crop_" + crop + "_noisy");
        int top = crop.equals("flower") ? 0 : 2 * SIDE + 28;
        TuneResult own = learn(identity, noisy, null);
        report(crop, own);
        double[][] images = {noisy, denoise(identity, noisy, BY_HAND[0], BY_HAND[1]),
            denoise(identity, noisy, learned.value("lam"), learned.value("eps")), own.x(0), clean};
        for (int k = 0; k < images.length; k++) {
          String title = "the photograph";
          if (k < names.length) {
            double quality = decibels(images[k], clean);
            Numbers.decimal(crop + "_" + names[k] + "_db", quality);
            title = String.format(Locale.ROOT, "%s, %.2f dB", names[k].replace('_', ' '), quality);
          }
          picture.text(title, k * 2 * (SIDE + 4) + 4, top + 16, Color.BLACK);
          picture.grey(Pictures.rows(images[k], SIDE, 0, 1, SIDE), k * 2 * (SIDE + 4), top + 24, 2);
        }
      }
    }
    picture.save(numbers.output.resolve("learn_tv.png"));
  }

  /** Judged by the clean picture, or where that is null by Stein's estimate of the error. */
  private static TuneResult learn(Operator identity, double[] noisy, double[] clean) {
    Tuner tuner = Tuner.of(SmoothNames.SMOOTHED_TV).fixed("shape", SHAPE).start("lam", BY_HAND[0]).start("eps", BY_HAND[1]);
    try (Smooth f = Smooth.leastSquares(identity, noisy);
        Smooth criterion = Smooth.leastSquares(identity, clean == null ? noisy : clean)) {
      return (clean == null ? tuner.fold(f).risk(Risk.SURE_MONTE_CARLO).sigma(NOISE) : tuner.fold(f, criterion)).tune();
    }
  }

  private static double[] denoise(Operator identity, double[] noisy, double lam, double eps) {
    try (Smooth f = Smooth.leastSquares(identity, noisy);
        Smooth tv = Smooth.named(SmoothNames.SMOOTHED_TV).indices("shape", SHAPE).number("lam", lam).number("eps", eps).build();
        Smooth sum = Smooth.named(SmoothNames.SUM).term("term", f).term("term", tv).build()) {
      return Composite.of(sum).tol(1e-8).maxIter(10_000).solve().x();
    }
  }

  private static void report(String name, TuneResult found) {
    System.out.println(name + ": " + found);
    System.out.printf(Locale.ROOT, "slope %.1e, proved to %.1e, %.2f s%n", found.derivative(), found.bound(), found.seconds());
    Numbers.number(name + "_lam", found.value("lam"));
    Numbers.number(name + "_eps", found.value("eps"));
    Numbers.number(name + "_before", found.firstCriterion());
    Numbers.number(name + "_after", found.criterion());
    Numbers.count(name + "_certified", found.derivativeStatus() == DerivativeStatus.CERTIFIED ? 1 : 0);
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
