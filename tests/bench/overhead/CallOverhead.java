// CallOverhead.java -- what one call of Sinkhorn.solve on a 10 x 10 problem costs beyond the solve it reports.
// Prints two numbers: microseconds beyond the solve, microseconds of the solve; the best of seven rounds after warming up.
import io.fenchel.Sinkhorn;
import io.fenchel.TransportResult;
import java.util.Arrays;
import java.util.Random;

final class CallOverhead {
  private static final int N = 10;
  private static final int CALLS = 20000;
  private static final int ROUNDS = 7;

  public static void main(String[] args) {
    double[] cost = new Random(0).doubles(N * N).toArray();
    double[] a = new double[N];
    Arrays.fill(a, 1.0 / N);
    double[] beyond = new double[ROUNDS];
    double[] inside = new double[ROUNDS];
    for (int round = -2; round < ROUNDS; round++) {
      double solving = 0.0;
      long start = System.nanoTime();
      for (int k = 0; k < CALLS; k++) {
        try (TransportResult result = Sinkhorn.problem(cost, N, N).weights(a, a).eps(0.1).solve()) {
          solving += result.seconds();
        }
      }
      double all = 1e-9 * (System.nanoTime() - start);
      if (round >= 0) {
        beyond[round] = 1e6 * (all - solving) / CALLS;
        inside[round] = 1e6 * solving / CALLS;
      }
    }
    Arrays.sort(beyond);
    Arrays.sort(inside);
    System.out.printf(java.util.Locale.ROOT, "%.4f %.4f%n", beyond[0], inside[0]);
  }
}
