import io.fenchel.Composite;
import io.fenchel.MinimizeResult;
import io.fenchel.Operator;
import io.fenchel.Prox;
import io.fenchel.ProxNames;
import io.fenchel.Smooth;
import io.fenchel.SmoothNames;
import java.awt.Color;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Classifies handwritten digits with a penalty that switches pixels off for all classes: see classify_digits.py.
 *
 * <p>A multinomial model whose coefficients of one pixel form a group; most of the border of the images drops out.
 */
final class ClassifyDigits {
  private static final int PIXELS = 64;
  private static final int CLASSES = 10;

  public static void main(String[] args) throws IOException {
    Numbers numbers = new Numbers(args);
    double[] y = numbers.doubles("digits_train_y");
    try (Operator data = Operator.dense(numbers.doubles("digits_train_x"), y.length, PIXELS);
        Smooth f = Smooth.named(SmoothNames.MULTINOMIAL).term("A", data).array("y", y).number("classes", CLASSES)
            .number("intercept", 1).build();
        Prox g = Prox.named(ProxNames.GROUP_L2).number("lam", 4).number("size", CLASSES).build()) {
      MinimizeResult fit = Composite.of(f).add(g).tol(1e-6).solve();
      System.out.println(fit);
      double[] weights = Arrays.copyOf(fit.x(), PIXELS * CLASSES); // (64, 10)
      double[] intercept = Arrays.copyOfRange(fit.x(), PIXELS * CLASSES, fit.x().length);

      double[] images = numbers.doubles("digits_test_x");
      double[] answers = numbers.doubles("digits_test_y");
      long right = IntStream.range(0, answers.length)
          .filter(i -> classify(weights, intercept, images, i) == answers[i]).count();
      long used = IntStream.range(0, PIXELS)
          .filter(p -> Arrays.stream(weights, p * CLASSES, (p + 1) * CLASSES).anyMatch(w -> w != 0)).count();
      System.out.printf("%d of %d digits right, by %d of %d pixels%n", right, answers.length, used, PIXELS);

      Numbers.number("objective", fit.objective());
      Numbers.count("right", right);
      Numbers.count("pixels", used);
      Numbers.array("weights", weights);
      draw(numbers, weights);
    }
  }

  /** The class with the largest score. */
  private static int classify(double[] weights, double[] intercept, double[] images, int which) {
    int best = 0;
    double highest = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < CLASSES; k++) {
      double score = intercept[k];
      for (int p = 0; p < PIXELS; p++) {
        score += images[which * PIXELS + p] * weights[p * CLASSES + k];
      }
      if (score > highest) {
        highest = score;
        best = k;
      }
    }
    return best;
  }

  /** The weights of each class as an image: grey is zero, black the most negative, white the most positive. */
  private static void draw(Numbers numbers, double[] weights) throws IOException {
    Pictures picture = new Pictures(CLASSES * 70, 90);
    double reach = Arrays.stream(weights).map(Math::abs).max().orElseThrow();
    for (int k = 0; k < CLASSES; k++) {
      int digit = k;
      double[] shades =
          IntStream.range(0, PIXELS).mapToDouble(p -> 0.5 + weights[p * CLASSES + digit] / (2 * reach)).toArray();
      picture.text(String.valueOf(k), 70 * k + 30, 16, Color.BLACK);
      picture.grey(Pictures.rows(shades, 8, 0, 1, 8), 70 * k + 3, 22, 8);
    }
    picture.save(numbers.output.resolve("classify_digits.png"));
  }
}
