import io.fenchel.Operator;
import io.fenchel.Smooth;
import io.fenchel.SmoothNames;
import io.fenchel.TuneResult;
import io.fenchel.Tuner;
import java.awt.Color;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Chooses 64 penalties, one a pixel, for handwritten digits: see feature_penalties.py.
 *
 * <p>Ten logistic models, a class against the rest, are fitted to 250 images only; the other training images judge them.
 * One penalty shared by all pixels is tuned first, then each pixel gets its own.
 */
final class FeaturePenalties {
  private static final int FITTED = 250;
  private static final int PIXELS = 64;
  private static final int CLASSES = 10;

  public static void main(String[] args) throws IOException {
    Numbers numbers = new Numbers(args);
    double[] images = numbers.doubles("digits_train_x");
    double[] digits = numbers.doubles("digits_train_y");
    double[] seen = Arrays.copyOf(images, FITTED * PIXELS);
    double[] unseen = Arrays.copyOfRange(images, FITTED * PIXELS, images.length);
    try (Operator fitted = Operator.dense(seen, FITTED, PIXELS);
        Operator held = Operator.dense(unseen, digits.length - FITTED, PIXELS)) {
      Smooth[] f = models(fitted, Arrays.copyOf(digits, FITTED), 0);
      Smooth[] criteria = models(held, Arrays.copyOfRange(digits, FITTED, digits.length), 1);
      TuneResult one = tuner(f, criteria).start("lam", 1).tune();
      report(numbers, "one", one);
      double[] start = new double[PIXELS];
      Arrays.fill(start, one.value("lam"));
      TuneResult each = tuner(f, criteria).start("weights", start).fixed("lam", 1).tune();
      report(numbers, "each", each);
      Numbers.number("penalty", one.value("lam"));
      Numbers.array("penalties", each.values("weights"));
      draw(numbers, images, one.value("lam"), each.values("weights"));
      for (int k = 0; k < CLASSES; k++) {
        f[k].close();
        criteria[k].close();
      }
    }
  }

  /** One model a class: +1 for the class, -1 for the rest. */
  private static Smooth[] models(Operator images, double[] digits, int mean) {
    return IntStream.range(0, CLASSES).mapToObj(k -> Smooth.named(SmoothNames.LOGISTIC).term("A", images)
        .array("y", Arrays.stream(digits).map(digit -> digit == k ? 1 : -1).toArray()).number("mean", mean).build())
        .toArray(Smooth[]::new);
  }

  /** The classes share the penalties as folds would. */
  private static Tuner tuner(Smooth[] f, Smooth[] criteria) {
    Tuner out = Tuner.of("squared_l2").numThreads(0);
    for (int k = 0; k < CLASSES; k++) {
      out.fold(f[k], criteria[k]);
    }
    return out;
  }

  private static void report(Numbers numbers, String name, TuneResult found) throws IOException {
    double[] tests = numbers.doubles("digits_test_x");
    double[] answers = numbers.doubles("digits_test_y");
    double[][] x = IntStream.range(0, CLASSES).mapToObj(found::x).toArray(double[][]::new);
    long right = IntStream.range(0, answers.length).filter(i -> classify(x, tests, i) == answers[i]).count();
    System.out.println(found);
    System.out.printf("%d of %d test digits right, %d models fitted%n", right, answers.length, found.solves());
    Numbers.number(name + "_criterion", found.criterion());
    Numbers.count(name + "_right", right);
    Numbers.count(name + "_evaluations", found.iterations());
  }

  private static int classify(double[][] x, double[] images, int which) {
    int best = 0;
    double highest = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < CLASSES; k++) {
      double score = 0;
      for (int p = 0; p < PIXELS; p++) {
        score += images[which * PIXELS + p] * x[k][p];
      }
      if (score > highest) {
        highest = score;
        best = k;
      }
    }
    return best;
  }

  /** The mean of all images, black ink, and the penalties: grey is the shared one, white 1/1000, black 1000 times it. */
  private static void draw(Numbers numbers, double[] images, double shared, double[] penalties) throws IOException {
    int n = images.length / PIXELS;
    double[] paper = IntStream.range(0, PIXELS)
        .mapToDouble(p -> 1 - IntStream.range(0, n).mapToDouble(i -> images[i * PIXELS + p]).sum() / n).toArray();
    double[] shade = Arrays.stream(penalties).map(penalty -> 0.5 - Math.log10(penalty / shared) / 6).toArray();
    Pictures picture = new Pictures(528, 284);
    picture.text("ink, mean of all images", 4, 18, Color.BLACK);
    picture.grey(Pictures.rows(paper, 8, 0, 1, 8), 0, 28, 32);
    picture.text("penalty of each pixel, darker: heavier", 272, 18, Color.BLACK);
    picture.grey(Pictures.rows(shade, 8, 0, 1, 8), 272, 28, 32);
    picture.save(numbers.output.resolve("feature_penalties.png"));
  }
}
