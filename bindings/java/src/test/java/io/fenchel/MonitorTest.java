// MonitorTest.java -- callbacks, their exceptions, cancelling and interrupts.
package io.fenchel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class MonitorTest {
  private static final int N = 20;
  private static final int CALLS = 25;

  private static Sinkhorn slow() {
    return Sinkhorn.problem(Problems.uniform(1, N * N), N, N).weights(Problems.weights(2, N), Problems.weights(3, N))
        .eps(0.01).method(Methods.SINKHORN).monitorInterval(0);
  }

  @Test
  void progressIsSeen() {
    List<Progress> seen = new ArrayList<>();
    try (TransportResult result = slow().monitor(seen::add).solve()) {
      assertTrue(result.converged());
      assertTrue(seen.size() >= CALLS, seen.size() + " calls");
      for (int k = 1; k < seen.size(); k++) {
        assertTrue(seen.get(k).iteration() >= seen.get(k - 1).iteration());
        assertTrue(seen.get(k).seconds() >= seen.get(k - 1).seconds());
      }
      assertEquals(0.01, seen.get(0).eps());
      assertEquals(result.tol(), seen.get(0).tol());
    }
  }

  /** A method of its own, to be found in the stack trace. */
  private static boolean failAt(AtomicInteger calls, int k, RuntimeException failure) {
    if (calls.incrementAndGet() == k) {
      failure.fillInStackTrace();
      throw failure;
    }
    return true;
  }

  @Test
  void anExceptionComesBackAsItIs() {
    for (int k = 1; k <= CALLS; k++) {
      AtomicInteger calls = new AtomicInteger();
      int last = k;
      IllegalStateException failure = new IllegalStateException("at call " + k);
      Sinkhorn problem = slow().monitor(p -> failAt(calls, last, failure));
      try (SinkhornSolver solver = problem.build()) {
        IllegalStateException caught = assertThrows(IllegalStateException.class, solver::solve);
        assertSame(failure, caught);
        assertEquals(k, calls.get(), "called again after it failed");
        assertEquals("failAt", caught.getStackTrace()[0].getMethodName());
        // The solver stays usable.
        assertTrue(solver.solve().converged());
      }
    }
  }

  @Test
  void errorsAndCheckedExceptionsTravelToo() {
    AssertionError error = new AssertionError("an error");
    assertSame(error, assertThrows(AssertionError.class, () -> slow().monitor(p -> {
      throw error;
    }).solve()));
    StackOverflowError overflow = assertThrows(StackOverflowError.class, () -> slow().monitor(MonitorTest::recurse).solve());
    assertEquals("recurse", overflow.getStackTrace()[0].getMethodName());
  }

  private static boolean recurse(Progress progress) {
    return recurse(progress) && recurse(progress);
  }

  @Test
  void falseCancelsAndKeepsTheIterate() {
    for (int k = 1; k <= CALLS; k += 6) {
      AtomicInteger calls = new AtomicInteger();
      int last = k;
      try (TransportResult result = slow().monitor(p -> calls.incrementAndGet() < last).solve()) {
        assertEquals(Termination.CANCELLED, result.termination());
        assertEquals(k, calls.get());
        assertTrue(Double.isFinite(result.phi()[0]) && Double.isFinite(result.psi()[0]));
      }
    }
  }

  @Test
  void anotherThreadCancels() throws InterruptedException {
    CountDownLatch running = new CountDownLatch(1);
    try (SinkhornSolver solver = Problems.endless().monitor(p -> {
      running.countDown();
      return true;
    }).build()) {
      AtomicReference<TransportResult> result = new AtomicReference<>();
      Thread worker = new Thread(() -> result.set(solver.solve()));
      worker.start();
      assertTrue(running.await(30, TimeUnit.SECONDS));
      long start = System.nanoTime();
      solver.cancel();
      worker.join();
      double seconds = (System.nanoTime() - start) * 1e-9;
      assertEquals(Termination.CANCELLED, result.get().termination());
      assertTrue(seconds < 1.0, "cancelling took " + seconds + " s");
    }
  }

  @Test
  void anInterruptCancelsAndStaysSet() throws InterruptedException {
    AtomicBoolean interrupted = new AtomicBoolean();
    AtomicReference<Termination> termination = new AtomicReference<>();
    Thread worker = new Thread(() -> {
      try (TransportResult result = Problems.endless().solve()) {
        termination.set(result.termination());
      }
      interrupted.set(Thread.currentThread().isInterrupted());
    });
    worker.start();
    Thread.sleep(150);
    long start = System.nanoTime();
    worker.interrupt();
    worker.join();
    double seconds = (System.nanoTime() - start) * 1e-9;
    assertEquals(Termination.CANCELLED, termination.get());
    assertTrue(interrupted.get());
    assertTrue(seconds < 1.0, "cancelling took " + seconds + " s");
  }

  @Test
  void cancellingBeforeTheSolveOrAfterTheCloseIsHarmless() {
    SinkhornSolver solver = slow().build();
    solver.cancel();
    assertEquals(Termination.CANCELLED, solver.solve().termination());
    assertTrue(solver.solve().converged());
    solver.close();
    solver.cancel();
  }

  @Test
  void reentryIsRefused() {
    AtomicReference<SinkhornSolver> self = new AtomicReference<>();
    AtomicReference<FenchelException> refusal = new AtomicReference<>();
    try (SinkhornSolver solver = slow().monitor(p -> {
      refusal.compareAndSet(null, assertThrows(BusyException.class, () -> self.get().solve()));
      return true;
    }).build()) {
      self.set(solver);
      assertTrue(solver.solve().termination() != Termination.NOT_RUN);
      assertEquals(Status.BUSY, refusal.get().status());
    }
  }

  @Test
  void closingFromTheCallbackTakesEffectAfterwards() {
    long before = Handle.live();
    AtomicReference<SinkhornSolver> self = new AtomicReference<>();
    SinkhornSolver solver = slow().monitor(p -> {
      self.get().close();
      return true;
    }).build();
    self.set(solver);
    TransportResult result = solver.solve();
    assertTrue(result.converged());
    assertThrows(StateException.class, result::phi);
    assertEquals(before, Handle.live());
    assertFalse(Thread.currentThread().isInterrupted());
  }
}
