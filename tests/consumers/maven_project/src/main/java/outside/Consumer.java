package outside;

import io.fenchel.Composite;
import io.fenchel.FenchelException;
import io.fenchel.MinimizeResult;
import io.fenchel.Prox;
import io.fenchel.Sinkhorn;
import io.fenchel.Smooth;
import io.fenchel.Status;
import io.fenchel.TransportResult;

/** What an outside program does first: a solve, a callback, a term of its own, a refusal. */
public final class Consumer {
  public static void main(String[] arguments) {
    double[] cost = {0, 1, 1, 0};
    int[] calls = {0};
    try (TransportResult result = Sinkhorn.problem(cost, 2, 2).weights(new double[] {0.5, 0.5}, new double[] {0.25, 0.75})
        .eps(0.05).monitorInterval(0).monitor(progress -> ++calls[0] > 0).solve()) {
      if (!result.converged() || Math.abs(result.cost() - 0.25) > 1e-6 || calls[0] == 0) {
        throw new AssertionError(result + ", " + calls[0] + " calls");
      }
      System.out.printf("maven: cost %.6f, %d calls%n", result.cost(), calls[0]);
    }
    // (x - 3)^2 / 2 + |x|: the minimum lies at 2.
    try (Smooth f = Smooth.of(1, true, (x, gradient) -> {
      if (gradient != null) {
        gradient[0] = x[0] - 3;
      }
      return (x[0] - 3) * (x[0] - 3) / 2;
    }); Prox g = Prox.l1(1)) {
      MinimizeResult fit = Composite.of(f).add(g).tol(1e-10).solve();
      if (!fit.converged() || Math.abs(fit.x()[0] - 2) > 1e-6) {
        throw new AssertionError(fit + ", " + fit.x()[0]);
      }
    }
    try {
      Sinkhorn.problem(cost, 2, 2).eps(-1).solve();
    } catch (FenchelException error) {
      if (error.status() == Status.RANGE && error.getMessage().contains("eps")) {
        return;
      }
      throw error;
    }
    throw new AssertionError("eps = -1 was accepted");
  }
}
