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

  /** Prints the growth of resident memory in bytes a problem, over 10^5 problems after a warm-up. */
  static final class Cycles {
    private static final int STEPS = 5;
    private static final int EACH = 20_000;
    private static final double[] V = new double[64];

    private Cycles() {}

    public static void main(String[] args) throws IOException {
      cycle(EACH);
      long first = residentBytes();
      for (int step = 0; step < STEPS; step++) {
        cycle(EACH);
      }
      System.out.printf("%.1f %d ", (residentBytes() - first) / (double) (STEPS * EACH), Handle.live());
    }

    private static void cycle(int count) {
      for (int i = 0; i < count; i++) {
        try (TransportResult result = problem().maxIter(1).solve()) {
          Reference.reachabilityFence(result.phi());
        }
        // A function's arrays, 1 kB of them, would soon fill the heap.
        try (Prox g = Prox.of(64, true, (v, step, x) -> step)) {
          g.prox(V, 1.0);
        }
      }
    }

    private static long residentBytes() throws IOException {
      System.gc();
      String[] words = Files.readString(Path.of("/proc/self/statm")).split(" ");
      return Long.parseLong(words[1]) * 4096;
    }
  }

  /** In a JVM of its own whose heap is resident from the start, so that what grows is native. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void memoryDoesNotGrow() throws IOException, InterruptedException {
    String output = ChildJvm.run(Cycles.class, "-Xms64m", "-Xmx64m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC");
    String[] words = output.split(" ");
    assertTrue(output.endsWith("exit 0") && words.length == 4, output);
    System.out.println("leak: " + words[0] + " bytes of resident memory a create/solve/close cycle, over 100000");
    // The least thing that can leak, a 10 x 10 matrix, has 800 bytes; the compiler's own growth is far below.
    assertTrue(Double.parseDouble(words[0]) < 100.0, words[0] + " bytes each");
    assertEquals("0", words[1], "handles alive");
  }
}
