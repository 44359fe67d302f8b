import io.fenchel.BatchResult;
import io.fenchel.SinkhornBatch;
import io.fenchel.Status;
import io.fenchel.Termination;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;

/** Thousands of small couplings in one call, each with its own size and status: see couplings.py. */
final class Couplings {
  private static final double EPS = 0.05; // in units of the cost

  public static void main(String[] args) throws IOException {
    Numbers numbers = new Numbers(args);
    int[] shape = numbers.shape("coupling_costs");
    int[] sizes = numbers.ints("coupling_sizes");
    float[] costs = numbers.floats("coupling_costs");
    int count = shape[0];
    costs[17 * shape[1] * shape[2]] = Float.NaN; // one is spoilt on purpose
    int[] rows = new int[count];
    int[] cols = new int[count];
    for (int k = 0; k < count; k++) {
      rows[k] = sizes[2 * k];
      cols[k] = sizes[2 * k + 1];
    }
    long start = System.nanoTime();
    BatchResult batch = SinkhornBatch.problems(count, shape[1], shape[2]).costs(costs).sizes(rows, cols)
        .eps(EPS).numThreads(0).solve();
    double seconds = (System.nanoTime() - start) * 1e-9;
    System.out.printf(Locale.ROOT, "%d couplings in %.2f s, %.0f a second%n", count, seconds, count / seconds);
    System.out.println(batch + ": " + batch.firstFailure().getMessage());
    report(batch);
  }

  private static void report(BatchResult batch) {
    int converged = 0;
    int solved = 0;
    long passes = 0;
    double cost = 0;
    float[] phi = new float[0];
    float[] psi = new float[0];
    for (int k = 0; k < batch.count(); k++) {
      if (batch.status(k) != Status.OK) {
        continue;
      }
      solved++;
      converged += batch.summary(k).termination() == Termination.CONVERGED ? 1 : 0;
      passes += batch.summary(k).passes();
      cost += batch.summary(k).cost();
      phi = append(phi, batch.phi(k));
      psi = append(psi, batch.psi(k));
    }
    Numbers.count("failed", batch.failed());
    Numbers.count("status_17", batch.status(17).code());
    Numbers.count("converged", converged);
    Numbers.count("passes", passes);
    Numbers.number("mean_cost", cost / solved);
    Numbers.array("phi", phi);
    Numbers.array("psi", psi);
  }

  private static float[] append(float[] all, double[] more) {
    float[] out = Arrays.copyOf(all, all.length + more.length);
    for (int i = 0; i < more.length; i++) {
      out[all.length + i] = (float) more[i];
    }
    return out;
  }
}
