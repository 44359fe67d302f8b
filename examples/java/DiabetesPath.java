import io.fenchel.Composite;
import io.fenchel.Operator;
import io.fenchel.PathResult;
import io.fenchel.Prox;
import io.fenchel.Smooth;
import io.fenchel.SmoothNames;
import java.awt.Color;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The Lasso path of the diabetes data: which measurements matter as the weight of the penalty falls, see
 * diabetes_path.py.
 *
 * <p>A hundred solutions in one call, each with a duality gap; ten folds choose among them.
 */
final class DiabetesPath {
  private static final String[] NAMES = {"age", "sex", "bmi", "pressure", "tc", "ldl", "hdl", "tch", "ltg", "glucose"};

  public static void main(String[] args) throws IOException {
    Numbers numbers = new Numbers(args);
    double[] x = numbers.doubles("diabetes_x");
    double[] y = numbers.doubles("diabetes_y");
    try (Operator data = Operator.dense(x, y.length, NAMES.length);
        Smooth f = Smooth.named(SmoothNames.LEAST_SQUARES).term("A", data).array("y", y).number("intercept", 1).build();
        Prox g = Prox.l1(1)) {
      Composite problem = Composite.of(f).add(g);
      double largest = problem.lambdaMax();
      double[] factors = Arrays.stream(numbers.doubles("diabetes_ratios")).map(ratio -> largest * ratio).toArray();
      PathResult path = problem.path(factors);
      int[] folds = IntStream.range(0, y.length).map(i -> i % 10).toArray();
      double[] losses = means(problem.crossValidate(factors, folds));
      int best = IntStream.range(0, losses.length).reduce(0, (a, b) -> losses[b] < losses[a] ? b : a);

      double gap = IntStream.range(0, path.count()).mapToDouble(k -> path.summary(k).gap()).max().orElseThrow();
      long used = Arrays.stream(path.x(best)).limit(NAMES.length).filter(w -> w != 0).count();
      System.out.printf(Locale.ROOT, "%d solutions, largest gap %.1e%n", path.count(), gap);
      System.out.printf(Locale.ROOT, "best of ten folds: lam %.1f, %d measurements%n", factors[best], used);

      double[][] solutions = IntStream.range(0, path.count()).mapToObj(path::x).toArray(double[][]::new);
      Numbers.number("lambda_max", factors[0]);
      Numbers.count("best", best);
      Numbers.array("path", Arrays.stream(solutions).flatMapToDouble(Arrays::stream).toArray());
      draw(numbers, solutions, losses, best);
    }
  }

  private static double[] means(double[][] byFold) {
    return IntStream.range(0, byFold[0].length)
        .mapToDouble(k -> Arrays.stream(byFold).mapToDouble(fold -> fold[k]).average().orElseThrow()).toArray();
  }

  /** Coefficients above, losses below, over the logarithm of the factor. */
  private static void draw(Numbers numbers, double[][] solutions, double[] losses, int best) throws IOException {
    Pictures picture = new Pictures(720, 580);
    double high = Arrays.stream(solutions).flatMapToDouble(s -> Arrays.stream(s, 0, NAMES.length)).max().orElseThrow();
    double low = Arrays.stream(solutions).flatMapToDouble(s -> Arrays.stream(s, 0, NAMES.length)).min().orElseThrow();
    for (int j = 0; j < NAMES.length; j++) {
      int at = j;
      double[] values = Arrays.stream(solutions).mapToDouble(s -> s[at]).toArray();
      Color colour = Color.getHSBColor(j / (float) NAMES.length, 0.9f, 0.8f);
      picture.curve(values, low, high, 20, 30, 600, 250, colour);
      picture.text(NAMES[j], 630, 34 + 250 * (high - values[values.length - 1]) / (high - low), colour);
    }
    double least = Arrays.stream(losses).min().orElseThrow();
    double most = Arrays.stream(losses).max().orElseThrow();
    picture.curve(losses, least, most, 20, 310, 600, 230, Color.BLACK);
    int chosen = 20 + 600 * best / (losses.length - 1);
    picture.curve(new double[] {0, 1}, 0, 1, chosen, 30, 0, 510, Color.GRAY);
    picture.text("the Lasso path of the diabetes data: coefficients", 20, 20, Color.BLACK);
    picture.text("held-out loss of ten folds", 20, 300, Color.BLACK);
    picture.text("lam, falling to a thousandth of the largest one", 20, 565, Color.BLACK);
    picture.save(numbers.output.resolve("diabetes_path.png"));
  }
}
