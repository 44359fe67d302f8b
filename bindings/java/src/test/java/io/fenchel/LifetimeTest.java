// LifetimeTest.java -- closing, use after closing, the Cleaner, and memory that does not grow.
package io.fenchel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class LifetimeTest {
  private static final double[] COST = Problems.uniform(1, 100);

  private static Sinkhorn problem() {
    return Sinkhorn.problem(COST, 10, 10).eps(0.1);
  }

  @Test
  void closingTwiceIsHarmless() {
    long before = Handle.live();
    TransportResult result = problem().solve();
    result.close();
    result.close();
    SinkhornSolver solver = problem().build();
    solver.close();
    solver.close();
    CostMatrix matrix = CostMatrix.of(COST, 10, 10);
    matrix.close();
    matrix.close();
    assertEquals(before, Handle.live());
  }

  @Test
  void useAfterCloseIsRefused() {
    TransportResult result = problem().solve();
    double cost = result.cost();
    result.close();
    assertEquals(cost, result.cost());
    assertThrows(StateException.class, result::phi);
    assertThrows(StateException.class, result::plan);
    assertThrows(StateException.class, () -> result.planSparse(0));
    assertThrows(StateException.class, () -> result.apply(new double[10], 1));
    assertThrows(StateException.class, () -> result.gradient("a"));
    assertThrows(StateException.class, () -> result.sample(SampleMode.JOINT, 3, 1));
    SinkhornSolver solver = problem().build();
    solver.close();
    assertThrows(StateException.class, solver::solve);
    assertThrows(StateException.class, () -> solver.warmStart(new double[10], null));
    CostMatrix matrix = CostMatrix.of(COST, 10, 10);
    matrix.close();
    assertThrows(StateException.class, matrix::cost);
    assertThrows(StateException.class, () -> Sinkhorn.problem(matrix).eps(0.1).solve());
    assertEquals(10, matrix.rows());
  }

  @Test
  void aFailedBuildLeavesNothing() {
    long before = Handle.live();
    for (int i = 0; i < 100; i++) {
      assertThrows(RangeException.class, () -> problem().eps(-1).solve());
      assertThrows(NameException.class, () -> problem().method("none").solve());
      assertThrows(NotFiniteException.class, () -> CostMatrix.of(new double[] {Double.NaN}, 1, 1));
    }
    assertEquals(before, Handle.live());
  }

  @Test
  void closingDuringASolveWaitsForIt() throws InterruptedException {
    SinkhornSolver solver = Problems.endless().build();
    Thread worker = new Thread(() -> assertEquals(Termination.CANCELLED, solver.solve().termination()));
    worker.start();
    Thread.sleep(100);
    SinkhornSolver stop = solver;
    Thread closer = new Thread(stop::close);
    closer.start();
    closer.join(5000);
    assertTrue(!closer.isAlive(), "close() blocks");
    // The solve still runs on live memory; its thread ends it, the handle being closed to others.
    worker.interrupt();
    worker.join(5000);
    assertTrue(!worker.isAlive());
    assertThrows(StateException.class, solver::solve);
  }

  @Test
  void aDirectCostIsKeptWhileItIsBorrowed() {
    double[] expected;
    try (TransportResult result = problem().solve()) {
      expected = result.plan();
    }
    SinkhornSolver solver = Sinkhorn.problem(direct(COST), 10, 10).eps(0.1).build();
    for (int i = 0; i < 5; i++) {
      System.gc();
      direct(Problems.uniform(i, 100_000));
    }
    try (solver; TransportResult result = solver.solve()) {
      assertArrayEquals(expected, result.plan());
    }
  }

  private static DoubleBuffer direct(double[] values) {
    DoubleBuffer out = ByteBuffer.allocateDirect(8 * values.length).order(ByteOrder.nativeOrder()).asDoubleBuffer();
    out.put(values).flip();
    return out;
  }

  @Test
  void theCleanerFreesWhatWasNotClosed() throws InterruptedException {
    long before = Handle.live();
    for (int i = 0; i < 500; i++) {
      Reference.reachabilityFence(problem().solve().phi());
    }
    for (int i = 0; i < 100 && Handle.live() > before; i++) {
      System.gc();
      Thread.sleep(20);
    }
    assertTrue(Handle.live() <= before, Handle.live() + " handles are alive");
  }

  /** 10^5 problems, closed: the resident size of the process must not follow their number. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void memoryDoesNotGrow() throws IOException {
    int steps = 5;
    int each = 20_000;
    long handles = Handle.live();
    cycle(each);
    long[] pages = new long[steps];
    for (int step = 0; step < steps; step++) {
      cycle(each);
      System.gc();
      pages[step] = residentBytes();
    }
    // A leak of one 10 x 10 matrix (800 bytes) a problem would show as 16 MB from step to step.
    double slope = (pages[steps - 1] - pages[0]) / (double) ((steps - 1) * each);
    System.out.printf("leak: %d create/solve/close cycles, %.1f bytes of resident memory each%n", (steps + 1) * each, slope);
    assertTrue(slope < 200.0, slope + " bytes each");
    assertTrue(Handle.live() <= handles, "the Cleaner may free what earlier tests left, no more is alive");
  }

  private static void cycle(int count) {
    for (int i = 0; i < count; i++) {
      try (TransportResult result = problem().maxIter(1).solve()) {
        Reference.reachabilityFence(result.phi());
      }
    }
  }

  private static long residentBytes() throws IOException {
    String[] words = Files.readString(Path.of("/proc/self/statm")).split(" ");
    return Long.parseLong(words[1]) * 4096;
  }
}
