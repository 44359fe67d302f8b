import io.fenchel.Costs;
import io.fenchel.PointCloud;
import io.fenchel.Sinkhorn;
import io.fenchel.SinkhornDivergence;
import io.fenchel.TransportResult;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;

/** Matches handwritten threes with handwritten fives, images being points with 64 coordinates: see match_digits.py. */
final class MatchDigits {
  private static final int D = 64;
  private static final double EPS = 0.2; // in units of the cost, squared distances between images

  public static void main(String[] args) throws IOException {
    Numbers numbers = new Numbers(args);
    double[] threes = numbers.doubles("threes");
    double[] fives = numbers.doubles("fives");
    int n = threes.length / D;
    int m = fives.length / D;
    double between = divergence(threes, fives);
    double within = divergence(everySecond(threes, 0), everySecond(threes, 1));
    try (PointCloud cloud = PointCloud.of(threes, n, fives, m, D, Costs.SQEUCLIDEAN);
        TransportResult result = Sinkhorn.problem(cloud).eps(EPS).numThreads(0).solve()) {
      System.out.println(result);
      double[] plan = result.plan();
      int[] partners = partners(plan, n, m);
      System.out.printf(Locale.ROOT, "divergence of threes from fives %.3f, of one half of the threes from the other %.3f%n",
          between, within);
      System.out.println("the first three:");
      print(threes, 0);
      System.out.println("and its partner:");
      print(fives, partners[0]);

      Numbers.number("cost", result.cost());
      Numbers.number("dual", result.dual());
      Numbers.count("passes", result.passes());
      Numbers.number("between", between);
      Numbers.number("within", within);
      Numbers.array("plan", plan);
      Numbers.array("partners", partners);
    }
  }

  private static double divergence(double[] x, double[] y) {
    return SinkhornDivergence.between(x, x.length / D, y, y.length / D, D).eps(EPS).compute().value();
  }

  private static double[] everySecond(double[] images, int first) {
    int count = (images.length / D - first + 1) / 2;
    double[] out = new double[count * D];
    for (int k = 0; k < count; k++) {
      System.arraycopy(images, (2 * k + first) * D, out, k * D, D);
    }
    return out;
  }

  private static int[] partners(double[] plan, int n, int m) {
    int[] best = new int[n];
    for (int i = 0; i < n; i++) {
      for (int j = 1; j < m; j++) {
        if (plan[i * m + j] > plan[i * m + best[i]]) {
          best[i] = j;
        }
      }
    }
    return best;
  }

  private static void print(double[] images, int which) {
    for (int row = 0; row < 8; row++) {
      StringBuilder line = new StringBuilder("  ");
      for (double ink : Arrays.copyOfRange(images, which * D + row * 8, which * D + row * 8 + 8)) {
        line.append(" .:-=+*#@".charAt((int) (8 * ink))).append(' ');
      }
      System.out.println(line);
    }
  }
}
