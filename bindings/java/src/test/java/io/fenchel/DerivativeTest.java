// DerivativeTest.java -- derivatives of solutions: central differences, closed forms, each other, misuse.
package io.fenchel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DerivativeTest {
  private static final int M = 30;
  private static final int N = 8;
  private static final double[] A = centred(Problems.uniform(1, M * N));
  private static final double[] Y = centred(Problems.uniform(2, M));
  private static final double[] C = {1, 2, 3, 4, 5, 6, 7, 8};

  private static double[] centred(double[] values) {
    return Arrays.stream(values).map(u -> 4 * u - 2).toArray();
  }

  private static double[] solve(double[] y, double lam) {
    try (Operator data = Operator.dense(A, M, N); Smooth f = Smooth.leastSquares(data, y); Prox g = Prox.l1(lam)) {
      return Composite.of(f).add(g).tol(1e-14).solve().x();
    }
  }

  private static double difference(double[] up, double[] down, double h) {
    return (Problems.dot(C, up) - Problems.dot(C, down)) / (2 * h);
  }

  @Test
  void lassoAgainstCentralDifferences() {
    double lam = 3;
    double h = 1e-5;
    double[] shift = centred(Problems.uniform(3, M));
    double[] up = new double[M];
    double[] down = new double[M];
    Arrays.setAll(up, i -> Y[i] + h * shift[i]);
    Arrays.setAll(down, i -> Y[i] - h * shift[i]);
    try (Operator data = Operator.dense(A, M, N); Smooth f = Smooth.leastSquares(data, Y); Prox g = Prox.l1(lam)) {
      double[] x = solve(Y, lam);
      SolutionDerivative map = Composite.of(f).add(g).derivativeAt(x);
      Derivative back = map.vjp(C, SolutionParameters.G_L1, SolutionParameters.F_Y);
      double byWeight = back.of(SolutionParameters.G_L1)[0];
      assertEquals(difference(solve(Y, lam + h), solve(Y, lam - h), h), byWeight, 1e-5 * Math.abs(byWeight));
      double byTargets = Problems.dot(back.of("f.y"), shift);
      assertEquals(difference(solve(up, lam), solve(down, lam), h), byTargets, 1e-5 * Math.abs(byTargets));
      Derivative forward = map.jvp(Map.of("f.y", shift, "g.l1", new double[] {0.5}));
      assertEquals(byTargets + 0.5 * byWeight, Problems.dot(C, forward.value()), 1e-8 * Math.abs(byTargets));
      assertEquals(Set.of("g.l1", "f.y"), back.parameters());
      assertEquals(Set.of(), forward.parameters());
      // A Lasso has no modulus of its own.
      assertEquals(DerivativeStatus.UNCERTIFIED, back.derivativeStatus());
      assertEquals(LinearSolver.DIRECT, back.linearSolver());
      assertEquals(Arrays.stream(x).filter(v -> v != 0).count(), back.active());
      assertThrows(UncertifiedException.class, () -> map.requireCertified(true).vjp(C, "g.l1"));
    }
  }

  @Test
  void anElasticNetIsCertified() {
    try (Operator data = Operator.dense(A, M, N); Smooth f = Smooth.leastSquares(data, Y);
        Prox g = Prox.elasticNet(2, 1)) {
      Composite problem = Composite.of(f).add(g).tol(1e-14);
      Derivative back = problem.derivativeAt(problem.solve().x()).requireCertified(true).vjp(C, "g.l2");
      assertTrue(back.certified() && back.bound() < 1e-5 && back.residual() <= 1e-9 * back.scale(), back.toString());
      assertEquals(1, back.mu());
      assertEquals(MuSource.MODEL_EXACT, back.muSource());
      assertTrue(back.toString().contains("certified"));
    }
  }

  @Test
  void shapesOfParameters() {
    double[] classes = new double[M];
    Arrays.setAll(classes, i -> i % 3);
    try (Operator data = Operator.dense(A, M, N);
        Smooth f = Smooth.named("multinomial").term("A", data).array("y", classes).number("classes", 3).build();
        Prox g = Prox.named("squared_l2").number("lam", 0.5).build();
        Smooth squares = Smooth.named("least_squares").term("A", data).array("y", Y).number("intercept", 1).build();
        Prox pairs = Prox.named("group_l2").number("lam", 0.2).number("size", 2).array("weights", new double[] {1, 1, 1, 1})
            .build();
        Prox given = Prox.named("group_l2").number("lam", 0.2).indices("group", 0, 0, 0, 1, 1, 1, 2, 2)
            .array("weights", new double[] {1, 1, 1}).build()) {
      Composite problem = Composite.of(f).add(g).tol(1e-10).method("fista").maxIter(100_000);
      double[] ones = new double[3 * N];
      Arrays.fill(ones, 1);
      Derivative back = problem.derivativeAt(problem.solve().x()).vjp(ones, "f.offset", "f.weights", "g.l2", "f.linear");
      assertEquals(3 * M, back.of("f.offset").length);
      assertEquals(M, back.of("f.weights").length);
      assertEquals(3 * N, back.of("f.linear").length);
      double[] cotangent = new double[N + 1];
      for (Prox groups : new Prox[] {pairs, given}) {
        for (Dtype dtype : Dtype.values()) {
          Composite grouped = Composite.of(squares).add(groups).dtype(dtype).tol(1e-6).method("fista").maxIter(100_000);
          double[] x = grouped.solve().x();
          assertEquals(groups == pairs ? 4 : 3, grouped.derivativeAt(x).vjp(cotangent, "g.weights").of("g.weights").length);
        }
      }
    }
  }

  // ---- conditions ---------------------------------------------------------------------------------------------------

  private static LinearFunction by(double[] matrix, int n) {
    return (v, out) -> {
      for (int i = 0; i < n; i++) {
        out[i] = 0;
        for (int j = 0; j < n; j++) {
          out[i] += matrix[i * n + j] * v[j];
        }
      }
    };
  }

  private static final double[] K = {4, 1, 1, 3};

  @Test
  void implicitProductsBySeveralSolvers() {
    double[] x = {2, -1};
    double[] cotangent = {1, 5};
    double[] adjoint = {(3 * 1 - 1 * 5) / 11.0, (4 * 5 - 1) / 11.0};
    LinearFunction pull = (u, out) -> out[0] = Problems.dot(u, x);
    for (LinearSolver solver : LinearSolver.values()) {
      if (solver == LinearSolver.NEUMANN) {
        continue;
      }
      Derivative back = ImplicitDerivative.of(2, 1, by(K, 2)).symmetric().dthetaTransposed(pull).linearSolver(solver)
          .vjp(cotangent);
      assertEquals(-Problems.dot(adjoint, x), back.value()[0], 1e-8, solver.toString());
      assertArrayEquals(adjoint, back.adjoint(), 1e-8, solver.toString());
    }
    Derivative warm = ImplicitDerivative.of(2, 1, by(K, 2)).symmetric().dthetaTransposed(pull).start(adjoint)
        .linearSolver(LinearSolver.CG).precondition((r, out) -> {
          out[0] = r[0] / 4;
          out[1] = r[1] / 3;
        }).vjp(cotangent);
    assertEquals(0, warm.iterations());
    Derivative forward = ImplicitDerivative.of(2, 1, by(K, 2)).symmetric().dtheta((d, out) -> {
      out[0] = d[0] * x[0];
      out[1] = d[0] * x[1];
    }).jvp(new double[] {1});
    assertArrayEquals(new double[] {-(3 * 2 + 1) / 11.0, -(4 * -1 - 2) / 11.0}, forward.value(), 1e-9);
    assertThrows(StateException.class, forward::adjoint);
    assertThrows(NameException.class, () -> forward.of("f.y"));
  }

  /** x = T x + theta. */
  @Test
  void fixedPointsNeedNotBeSymmetric() {
    double[] map = {0.2, 0.5, -0.3, 0.1};
    double det = 0.8 * 0.9 + 0.3 * 0.5;
    Derivative back = ImplicitDerivative.of(2, 2, by(map, 2)).dxTransposed(by(new double[] {0.2, -0.3, 0.5, 0.1}, 2))
        .dthetaTransposed((u, out) -> System.arraycopy(u, 0, out, 0, 2)).fixedPoint().vjp(new double[] {1, 2});
    assertArrayEquals(new double[] {(0.9 * 1 - 0.3 * 2) / det, (0.5 * 1 + 0.8 * 2) / det}, back.value(), 1e-9);
    Derivative forward = ImplicitDerivative.of(2, 2, by(map, 2)).dtheta((d, out) -> System.arraycopy(d, 0, out, 0, 2))
        .fixedPoint().jvp(new double[] {1, 2});
    assertArrayEquals(new double[] {(0.9 * 1 + 0.5 * 2) / det, (-0.3 * 1 + 0.8 * 2) / det}, forward.value(), 1e-9);
  }

  @Test
  void misuseIsNamed() {
    IllegalArgumentException failure = new IllegalArgumentException("in a product");
    assertSame(failure, assertThrows(IllegalArgumentException.class, () -> ImplicitDerivative.of(1, 1, (v, out) -> {
      throw failure;
    }).symmetric().dthetaTransposed((u, out) -> out[0] = u[0]).vjp(new double[] {1})));
    NullArgumentException missing = assertThrows(NullArgumentException.class,
        () -> ImplicitDerivative.of(2, 1, by(K, 2)).symmetric().vjp(new double[] {1, 1}));
    assertTrue(missing.getMessage().contains("dthetaTransposed"), missing.getMessage());
    assertThrows(NullArgumentException.class, () -> ImplicitDerivative.of(1, 1, null));
    assertThrows(RangeException.class, () -> ImplicitDerivative.of(0, 1, by(K, 2)).vjp(new double[0]));
    assertThrows(ShapeException.class, () -> ImplicitDerivative.of(2, 1, by(K, 2)).vjp(new double[3]));
    assertThrows(SingularException.class, () -> ImplicitDerivative.of(2, 1, by(new double[] {1, 0, 0, 0}, 2)).symmetric()
        .dthetaTransposed((u, out) -> out[0] = -u[0]).vjp(new double[] {1, 1}));
    try (Operator data = Operator.dense(A, M, N); Smooth f = Smooth.leastSquares(data, Y); Prox g = Prox.l1(3)) {
      Composite problem = Composite.of(f).add(g);
      double[] x = solve(Y, 3);
      NameException unknown = assertThrows(NameException.class, () -> problem.derivativeAt(x).vjp(C, "g.l7"));
      assertTrue(unknown.getMessage().contains("g.l1"), unknown.getMessage());
      assertThrows(NameException.class, () -> problem.derivativeAt(x).vjp(C, "g.l1").of("f.y"));
      assertThrows(StateException.class, () -> problem.derivativeAt(x).vjp(C, "g.l1").value());
      assertThrows(ShapeException.class, () -> problem.derivativeAt(x).vjp(new double[7], "g.l1"));
      assertThrows(ShapeException.class, () -> problem.derivativeAt(new double[7]).vjp(C, "g.l1"));
      assertThrows(ShapeException.class, () -> problem.derivativeAt(x).jvp(Map.of("f.y", new double[2])));
      assertThrows(NullArgumentException.class, () -> problem.derivativeAt(null));
      assertThrows(RangeException.class, () -> problem.derivativeAt(x).vjp(C));
      assertThrows(NameException.class, () -> problem.derivativeAt(x).set("linear_solver", "magic"));
      assertEquals(LinearSolver.CG, problem.derivativeAt(x).set("linear_solver", "cg").vjp(C, "g.l1").linearSolver());
    }
  }

  @Test
  void aDiagonalIsAPreconditioner() {
    double[] d = {1, 2, 4, 8, 16, 32};
    double[] ones = {1, 1, 1, 1, 1, 1};
    ImplicitDerivative condition = ImplicitDerivative.of(6, 6, (v, out) -> Arrays.setAll(out, i -> d[i] * v[i])).symmetric()
        .dtheta((v, out) -> Arrays.setAll(out, i -> -v[i])).linearSolver(LinearSolver.CG);
    assertTrue(condition.jvp(ones).iterations() > 1);
    Derivative jacobi = condition.diagonal(d).jvp(ones);
    assertEquals(1, jacobi.iterations());
    assertEquals(1.0 / 32, jacobi.value()[5], 1e-12);
  }

  @Test
  void mapsAgreeOnASimplex() {
    try (Operator data = Operator.dense(A, M, N); Smooth f = Smooth.leastSquares(data, Y); Prox g = Prox.named("simplex").build()) {
      Composite problem = Composite.of(f).add(g).tol(1e-13);
      double[] x = problem.solve().x();
      double[][] found = new double[2][];
      OptimalityMap[] maps = {OptimalityMap.PROXIMAL, OptimalityMap.MIRROR};
      for (int k = 0; k < 2; k++) {
        Derivative back = problem.derivativeAt(x).optimalityMap(maps[k]).vjp(C, "f.y");
        assertTrue(back.estimate() < 1e-6);
        found[k] = back.of("f.y");
      }
      assertArrayEquals(found[0], found[1], 1e-8);
    }
  }
}
