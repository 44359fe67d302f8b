// OverheadTest.java -- what a call costs beyond the solve itself.
package io.fenchel;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class OverheadTest {
  private static final int ROUNDS = 40;
  private static final int EACH = 500;

  /** Build, solve, read phi and psi, close, less the seconds that the solver itself reports. */
  @Test
  void tenByTen() {
    double[] cost = Problems.uniform(1, 100);
    double[] a = Problems.weights(2, 10);
    double[] b = Problems.weights(3, 10);
    double[] rounds = new double[ROUNDS];
    double solving = 0;
    for (int round = 0; round < ROUNDS; round++) {
      long start = System.nanoTime();
      double inside = 0;
      for (int i = 0; i < EACH; i++) {
        try (TransportResult result = Sinkhorn.problem(cost, 10, 10).weights(a, b).eps(0.1).solve()) {
          inside += result.seconds();
        }
      }
      rounds[round] = ((System.nanoTime() - start) * 1e-9 - inside) / EACH * 1e6;
      solving = inside / EACH * 1e6;
    }
    Arrays.sort(rounds);
    System.out.printf("call overhead, 10 x 10: best %.2f us, median %.2f us beyond a solve of %.2f us (target 5 us)%n",
        rounds[0], rounds[ROUNDS / 2], solving);
    // The best round: other processes share the machine. Five times the target means that something is broken.
    assertTrue(rounds[0] < 25.0, rounds[0] + " us");
  }
}
