// ThreadTest.java -- many threads at once, on small stacks, and one solver on two threads.
package io.fenchel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ThreadTest {
  private static final int THREADS = 64;
  private static final int N = 60;
  private static final double[] X = Problems.uniform(1, N * 3);
  private static final double[] Y = Problems.uniform(2, N * 3);

  /** Every kind of call once: matrix, cloud, derivatives. */
  private static double[] work(Geometry cloud, int numThreads) {
    double[] cost = cloud.cost();
    try (TransportResult first = Sinkhorn.problem(cost, N, N).eps(0.02).numThreads(numThreads).solve();
        TransportResult second = Sinkhorn.problem(cloud).eps(0.02).solve()) {
      double[] phi = first.phi();
      double[] gradient = second.gradient("x");
      double[] pulled = first.vjp(new SolutionTangent(phi, null, null), "a").a();
      double[] out = new double[phi.length + gradient.length + pulled.length];
      System.arraycopy(phi, 0, out, 0, phi.length);
      System.arraycopy(gradient, 0, out, phi.length, gradient.length);
      System.arraycopy(pulled, 0, out, phi.length + gradient.length, pulled.length);
      return out;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1024, 256})
  void threadsOnSmallStacks(int stackKib) throws InterruptedException {
    AtomicReferenceArray<Object> answers = new AtomicReferenceArray<>(THREADS);
    CountDownLatch start = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    try (PointCloud cloud = PointCloud.of(X, N, Y, N, 3, Costs.SQEUCLIDEAN)) {
      double[] expected = work(cloud, 1);
      for (int t = 0; t < THREADS; t++) {
        int slot = t;
        Thread thread = new Thread(null, () -> {
          try {
            start.await();
            answers.set(slot, work(cloud, slot % 8 == 0 ? 2 : 1));
          } catch (Throwable failure) {
            answers.set(slot, failure);
          }
        }, "small-stack-" + t, stackKib * 1024L);
        threads.add(thread);
        thread.start();
      }
      start.countDown();
      for (Thread thread : threads) {
        thread.join();
      }
      for (int t = 0; t < THREADS; t++) {
        if (answers.get(t) instanceof Throwable failure) {
          throw new AssertionError("thread " + t, failure);
        }
        assertArrayEquals(expected, (double[]) answers.get(t), "thread " + t);
      }
    }
  }

  @Test
  void oneSolverOnTwoThreadsIsRefused() throws InterruptedException {
    CountDownLatch running = new CountDownLatch(1);
    try (SinkhornSolver solver = Problems.endless().monitor(p -> {
      running.countDown();
      return true;
    }).build()) {
      Thread worker = new Thread(solver::solve);
      worker.start();
      assertTrue(running.await(30, TimeUnit.SECONDS));
      assertThrows(BusyException.class, solver::solve);
      solver.cancel();
      worker.join();
    }
  }

  @Test
  void threadsOfASolveDoNotChangeItsBits() {
    double[] cost = Problems.uniform(9, 200 * 150);
    try (TransportResult one = Sinkhorn.problem(cost, 200, 150).eps(0.01).solve();
        TransportResult two = Sinkhorn.problem(cost, 200, 150).eps(0.01).numThreads(2).solve()) {
      assertEquals(2, two.numThreads());
      assertArrayEquals(one.phi(), two.phi());
      assertArrayEquals(one.psi(), two.psi());
      assertEquals(one.cost(), two.cost());
    }
  }
}
