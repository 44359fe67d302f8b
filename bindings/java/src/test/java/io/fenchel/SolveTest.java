// SolveTest.java -- one problem from end to end, in all geometries and both element types.
package io.fenchel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SolveTest {
  private static final int N = 12;
  private static final int M = 9;
  private static final double[] COST = Problems.uniform(1, N * M);
  private static final double[] A = Problems.weights(2, N);
  private static final double[] B = Problems.weights(3, M);

  private static TransportResult solve() {
    return Sinkhorn.problem(COST, N, M).weights(A, B).eps(0.05).solve();
  }

  @Test
  void planHasTheMarginals() {
    try (TransportResult result = solve()) {
      assertTrue(result.converged(), result.toString());
      double[] plan = result.plan();
      assertTrue(Problems.l1(Problems.rowSums(plan, N, M), A) <= 2e-9);
      assertTrue(Problems.l1(Problems.colSums(plan, N, M), B) <= 2e-9);
      assertEquals(Problems.dot(COST, plan), result.cost(), 1e-9);
      assertEquals(1.0, result.mass(), 1e-8);
      assertEquals(0.05, result.eps());
      assertTrue(result.passes() > 0 && result.seconds() > 0 && result.errorA() <= 1e-9);
      assertEquals(result.cost(), result.summary().cost());
      assertTrue(result.toString().startsWith("TransportResult[converged, 12 x 9 F64"), result.toString());
    }
  }

  @Test
  void planIsTheFormulaOfThePotentials() {
    try (TransportResult result = solve()) {
      double[] phi = result.phi();
      double[] psi = result.psi();
      double[] plan = result.plan();
      for (int i = 0; i < N; i++) {
        for (int j = 0; j < M; j++) {
          double expected = A[i] * B[j] * Math.exp((phi[i] + psi[j] - COST[i * M + j]) / 0.05);
          assertEquals(expected, plan[i * M + j], 1e-12);
        }
      }
    }
  }

  @Test
  void floatsConvergeToTheSamePlan() {
    try (TransportResult wide = solve();
        TransportResult narrow = Sinkhorn.problem(Problems.floats(COST), N, M)
            .weights(Problems.floats(A), Problems.floats(B)).eps(0.05).solve()) {
      assertEquals(Dtype.F32, narrow.dtype());
      assertTrue(narrow.converged(), narrow.toString());
      assertArrayEquals(wide.plan(), narrow.plan(), 1e-5);
      assertArrayEquals(Problems.floats(narrow.phi()), narrow.phiFloats());
      assertArrayEquals(Problems.floats(narrow.psi()), narrow.psiFloats());
      assertArrayEquals(Problems.floats(narrow.plan()), narrow.planFloats());
      assertThrows(DtypeException.class, wide::phiFloats);
      assertThrows(DtypeException.class, () -> narrow.apply(new double[M], 1));
      assertThrows(DtypeException.class, () -> Sinkhorn.problem(COST, N, M).weights(
          Problems.floats(A), Problems.floats(B)).eps(0.05).solve());
    }
  }

  @Test
  void pointCloudAgreesWithItsMatrix() {
    double[] x = Problems.uniform(4, N * 2);
    double[] y = Problems.uniform(5, M * 2);
    try (PointCloud cloud = PointCloud.of(x, N, y, M, 2, Costs.SQEUCLIDEAN)) {
      assertEquals(N, cloud.rows());
      assertEquals(M, cloud.cols());
      assertEquals(2, cloud.dimension());
      double[] cost = cloud.cost();
      double expected = Math.pow(x[2] - y[4], 2) + Math.pow(x[3] - y[5], 2);
      assertEquals(expected, cost[M + 2], 1e-15);
      try (TransportResult lazy = Sinkhorn.problem(cloud).weights(A, B).eps(0.05).solve();
          TransportResult dense = Sinkhorn.problem(cost, N, M).weights(A, B).eps(0.05).solve()) {
        assertTrue(lazy.converged() && dense.converged());
        assertArrayEquals(dense.plan(), lazy.plan(), 1e-9);
      }
    }
  }

  @Test
  void gridAgreesWithItsMatrix() {
    int[] shape = {4, 5};
    double[] a = Problems.weights(8, 20);
    double[] b = Problems.weights(9, 20);
    try (Grid grid = Grid.of(shape, null, Costs.SQEUCLIDEAN)) {
      assertEquals(20, grid.rows());
      double[] cost = new double[400];
      double[] identity = new double[400];
      for (int i = 0; i < 20; i++) {
        identity[21 * i] = 1;
        for (int j = 0; j < 20; j++) {
          cost[20 * i + j] = Math.pow((i / 5 - j / 5) / 4.0, 2) + Math.pow((i % 5 - j % 5) / 5.0, 2);
        }
      }
      try (TransportResult lazy = Sinkhorn.problem(grid).weights(a, b).eps(0.05).solve();
          TransportResult dense = Sinkhorn.problem(cost, 20, 20).weights(a, b).eps(0.05).solve()) {
        assertTrue(lazy.converged() && dense.converged());
        assertArrayEquals(dense.plan(), lazy.apply(identity, 20), 1e-8);
      }
    }
  }

  @Test
  void geometryMayBeClosedOnceTheProblemIsBuilt() {
    SinkhornSolver solver;
    try (CostMatrix matrix = CostMatrix.of(COST, N, M)) {
      solver = Sinkhorn.problem(matrix).weights(A, B).eps(0.05).build();
    }
    try (solver; TransportResult result = solver.solve(); TransportResult direct = solve()) {
      assertArrayEquals(direct.plan(), result.plan());
    }
  }

  @Test
  void warmStartTakesFewerPasses() {
    try (SinkhornSolver solver = Sinkhorn.problem(COST, N, M).weights(A, B).eps(0.02).method(Methods.SINKHORN).build()) {
      TransportResult cold = solver.solve();
      long passes = cold.passes();
      double[] phi = cold.phi();
      double[] psi = cold.psi();
      TransportResult warm = solver.warmStart(phi, psi).solve();
      assertTrue(warm.converged());
      assertTrue(warm.passes() < passes, warm.passes() + " against " + passes);
      assertThrows(StateException.class, cold::phi);
      TransportResult again = solver.warmStart((double[]) null, null).solve();
      assertEquals(passes, again.passes());
    }
  }

  @Test
  void sparsePlanHoldsTheLargeEntries() {
    try (TransportResult result = solve()) {
      double[] plan = result.plan();
      double threshold = 1e-3;
      SparsePlan sparse = result.planSparse(threshold);
      assertEquals(Arrays.stream(plan).filter(v -> v > threshold).count(), sparse.count());
      assertEquals(sparse.count(), sparse.indptr()[N]);
      for (int i = 0; i < N; i++) {
        for (long at = sparse.indptr()[i]; at < sparse.indptr()[i + 1]; at++) {
          assertEquals(plan[i * M + sparse.indices()[(int) at]], sparse.values()[(int) at], 1e-15);
        }
      }
    }
  }

  @Test
  void productsAgreeWithTheDensePlan() {
    try (TransportResult result = solve()) {
      double[] plan = result.plan();
      double[] v = Problems.uniform(11, M * 2);
      double[] u = Problems.uniform(12, N);
      double[] product = result.apply(v, 2);
      double[] projected = result.project(v, 2);
      double[] rows = Problems.rowSums(plan, N, M);
      for (int i = 0; i < N; i++) {
        for (int k = 0; k < 2; k++) {
          double sum = 0;
          for (int j = 0; j < M; j++) {
            sum += plan[i * M + j] * v[j * 2 + k];
          }
          assertEquals(sum, product[i * 2 + k], 1e-13);
          assertEquals(sum / rows[i], projected[i * 2 + k], 1e-12);
        }
      }
      double[] back = result.apply(u, 1, PlanProduct.TRANSPOSED);
      double[] backProjected = result.apply(u, 1, PlanProduct.PROJECTION_TRANSPOSED);
      double[] cols = Problems.colSums(plan, N, M);
      for (int j = 0; j < M; j++) {
        double sum = 0;
        for (int i = 0; i < N; i++) {
          sum += plan[i * M + j] * u[i];
        }
        assertEquals(sum, back[j], 1e-13);
        assertEquals(sum / cols[j], backProjected[j], 1e-12);
      }
    }
  }

  @Test
  void samplesAreAFunctionOfTheSeed() {
    try (TransportResult result = solve()) {
      Samples first = result.sample(SampleMode.JOINT, 500, 42);
      Samples again = result.sample(SampleMode.JOINT, 500, 42);
      Samples other = result.sample(SampleMode.JOINT, 500, -42);
      assertArrayEquals(first.rows(), again.rows());
      assertArrayEquals(first.cols(), again.cols());
      assertTrue(!Arrays.equals(first.cols(), other.cols()));
      assertTrue(Arrays.stream(first.rows()).allMatch(i -> i >= 0 && i < N));
      assertTrue(Arrays.stream(first.cols()).allMatch(j -> j >= 0 && j < M));
      Samples perRow = result.sample(SampleMode.PER_ROW, N, 7);
      for (int i = 0; i < N; i++) {
        assertEquals(i, perRow.rows()[i]);
      }
      assertThrows(ShapeException.class, () -> result.sample(SampleMode.PER_ROW, N + 1, 7));
    }
  }

  @Test
  void unbalancedAndEntropyProblemsAreDeclared() {
    double[] heavy = Arrays.stream(B).map(v -> 2 * v).toArray();
    try (TransportResult loose =
        Sinkhorn.problem(COST, N, M).weights(A, heavy).eps(0.05).rhoA(1.0).rhoB(1.0).solve()) {
      assertTrue(loose.converged());
      assertTrue(loose.mass() > 1.0 && loose.mass() < 2.0, "mass " + loose.mass());
    }
    try (TransportResult kl = solve();
        TransportResult entropy =
            Sinkhorn.problem(COST, N, M).weights(A, B).eps(0.05).regType(RegType.ENTROPY).solve()) {
      assertEquals(RegType.KL, kl.regType());
      assertEquals(RegType.ENTROPY, entropy.regType());
      assertArrayEquals(kl.plan(), entropy.plan(), 1e-8);
    }
  }

  @Test
  void workspaceIsPositive() {
    assertTrue(Sinkhorn.problem(COST, N, M).weights(A, B).eps(0.05).workspaceBytes() > 0);
  }

  @Test
  void gradientsOfTheValue() {
    double[] x = Problems.uniform(4, N * 2);
    double[] y = Problems.uniform(5, M * 2);
    try (TransportResult matrix = solve();
        PointCloud cloud = PointCloud.of(x, N, y, M, 2, Costs.SQEUCLIDEAN);
        TransportResult result = Sinkhorn.problem(cloud).weights(A, B).eps(0.05).solve()) {
      assertArrayEquals(matrix.plan(), matrix.gradient("cost"), 1e-15);
      double[] projected = result.apply(y, 2);
      double[] gradient = result.gradient("x");
      double[] rows = Problems.rowSums(result.plan(), N, M);
      for (int i = 0; i < N; i++) {
        assertEquals(2 * (rows[i] * x[2 * i] - projected[2 * i]), gradient[2 * i], 1e-12);
      }
      assertEquals(M * 2, result.gradient("y").length);
      assertEquals(N, matrix.gradient("a").length);
      assertEquals(M, matrix.gradient("b").length);
      assertThrows(UnsupportedException.class, () -> matrix.gradient("x"));
      assertThrows(NameException.class, () -> matrix.gradient("costs"));
    }
  }

  @Test
  void implicitDerivativesAreAdjoint() {
    try (TransportResult result = Sinkhorn.problem(COST, N, M).weights(A, B).eps(0.05).tol(1e-12).solve()) {
      SolutionTangent cotangent = new SolutionTangent(
          Problems.uniform(20, N), Problems.uniform(21, M), Problems.uniform(22, N * M));
      double[] direction = Problems.uniform(23, N * M);
      ProblemTangent pulled = result.vjp(cotangent, "cost");
      SolutionTangent pushed = result.jvp(ProblemTangent.ofCost(direction), 0.0, true);
      double left = Problems.dot(pulled.cost(), direction);
      double right = Problems.dot(cotangent.phi(), pushed.phi()) + Problems.dot(cotangent.psi(), pushed.psi())
          + Problems.dot(cotangent.plan(), pushed.plan());
      assertEquals(right, left, 1e-7 * Math.abs(right));
      assertEquals(null, pulled.a());
      ProblemTangent weights = result.vjp(cotangent, "a", "b");
      assertEquals(N, weights.a().length);
      assertEquals(M, weights.b().length);
      assertEquals(null, weights.cost());
      assertEquals(null, result.jvp(ProblemTangent.ofCost(direction), 0.0, false).plan());
      assertThrows(NameException.class, () -> result.vjp(cotangent, "phi"));
    }
  }
}
