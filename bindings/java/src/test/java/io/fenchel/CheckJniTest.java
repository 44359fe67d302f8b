// CheckJniTest.java -- every native method under -Xcheck:jni, without a word from it.
package io.fenchel;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import org.junit.jupiter.api.Test;

class CheckJniTest {

  /** Calls the whole surface once, failures included. */
  static final class CallEverything {
    private static final int N = 8;
    private static final int M = 7;

    private CallEverything() {}

    public static void main(String[] args) {
      Fenchel.version();
      Fenchel.target();
      Fenchel.describe();
      Fenchel.methods();
      Fenchel.documentation("auto");
      DeclaredTest declared = new DeclaredTest();
      declared.statuses();
      declared.enums();
      declared.defaultsAreThoseOfTheLibrary();
      double[] cost = Problems.uniform(1, N * M);
      double[] a = Problems.weights(2, N);
      double[] b = Problems.weights(3, M);
      try (TransportResult result =
          Sinkhorn.problem(cost, N, M).weights(a, b).set("eps", "0.05").monitorInterval(0).monitor(p -> true).solve()) {
        answers(result, a, b);
      }
      float[] floats = Problems.floats(cost);
      try (TransportResult result = Sinkhorn.problem(floats, N, M).eps(0.05).solve()) {
        result.phiFloats();
        result.gradientFloats("a");
        result.apply(new float[M], 1, PlanProduct.PLAN);
      }
      geometries(cost);
      SinkhornBatch.problems(2, 4, 7).costs(cost).sizes(new int[] {4, 2}, new int[] {3, 7}).plans(true).eps(0.1)
          .monitorInterval(0).monitor(p -> true).solve();
      cost[3] = Double.NaN;
      SinkhornBatch.problems(2, 4, 7).costs(cost).eps(0.1).solve().firstFailure().getMessage();
      SinkhornDivergence.between(new double[] {0, 1}, 2, new double[] {2, 3}, 2, 1).eps(0.1)
          .gradients("x", "y", "a", "b").compute();
      composite();
      failures();
      System.out.println("called everything");
    }

    private static void composite() {
      new TermTest().matricesDenseAndSparse();
      new TermTest().smoothTerms();
      new TermTest().simpleTerms();
      new TermTest().anyTermOfTheCatalogueIsReachedByName();
      new DeclaredTest().everyMinimizeSettingIsReachedByName();
      CompositeTest problems = new CompositeTest();
      problems.theTinyLassoByEveryMethodThatTakesIt();
      problems.problemsOfFloats();
      problems.warmStartsTracesAndDualPoints();
      problems.paths();
      problems.heldOutLosses();
      problems.unfoldedIterations();
      problems.anExceptionOfAMonitorComesBackAsItIs();
      problems.misuseIsNamed();
      problems.closeTerms();
      functions();
    }

    private static void functions() {
      FunctionTermTest terms = new FunctionTermTest();
      terms.operators();
      terms.smoothTerms();
      terms.onlyWhatIsAskedForIsComputed();
      terms.simpleTerms();
      terms.floatsWithoutRounding();
      terms.problemsOfFunctions();
      terms.unfoldedFunctions();
      terms.aSolveInsideAFunction();
      terms.aFunctionThatCallsItsOwnTerm();
      terms.functionsRunOnTheThreadThatCalled();
      terms.exceptionsComeBackAsTheyAre();
      terms.exceptionsEndEveryCallOnAProblem();
      terms.exceptionsEndASolve();
      terms.monitorsAndFunctions();
      terms.misuseIsNamed();
      InPlaceTest inPlace = new InPlaceTest();
      inPlace.operators();
      inPlace.smoothAndSimpleTerms();
      inPlace.copiesChangeNothing();
      inPlace.whatTheBuffersAre();
      inPlace.exceptionsComeBackAsTheyAre();
      DerivativeTest derivatives = new DerivativeTest();
      derivatives.lassoAgainstCentralDifferences();
      derivatives.shapesOfParameters();
      derivatives.implicitProductsBySeveralSolvers();
      derivatives.fixedPointsNeedNotBeSymmetric();
      derivatives.misuseIsNamed();
      OracleTest oracles = new OracleTest();
      oracles.settingsHaveTheLibrarysDefaults();
      oracles.hypergradientIsTheClosedForm();
      oracles.methodsFindTheMinimum();
      oracles.boundsBind();
      oracles.monitorsWatchCancelAndFail();
      oracles.everyCallMayThrow();
      oracles.everyCallMayBeOutsideTheDomain();
      oracles.aProxAndItsDerivative();
      oracles.refusalsNameWhatIsWrong();
      SessionTest sessions = new SessionTest();
      sessions.theSameBitsAsFunctions();
      sessions.refusals();
    }

    private static void answers(TransportResult result, double[] a, double[] b) {
      result.phi();
      result.psi();
      result.plan();
      result.planSparse(1e-3);
      result.apply(b, 1);
      result.gradient("b");
      result.sample(SampleMode.WITHOUT_REPLACEMENT, 5, 1);
      DoubleBuffer direct = ByteBuffer.allocateDirect(8 * N).order(ByteOrder.nativeOrder()).asDoubleBuffer();
      result.potentials(direct, DoubleBuffer.allocate(M));
      SolutionTangent cotangent = new SolutionTangent(a, b, new double[N * M]);
      result.vjp(cotangent, "a", "b", "cost");
      result.jvp(new ProblemTangent(null, null, new double[N * M], null, null), 0, true);
    }

    private static void geometries(double[] cost) {
      ByteBuffer bytes = ByteBuffer.allocateDirect(8 * N * M + 3).order(ByteOrder.nativeOrder()).position(3);
      bytes.slice(3, 8 * N * M).order(ByteOrder.nativeOrder()).asDoubleBuffer().put(cost);
      try (CostMatrix matrix = CostMatrix.of(bytes, Dtype.F64, N, M);
          PointCloud cloud = PointCloud.of(cost, N, cost, N, M, Costs.L1);
          Grid grid = Grid.of(new int[] {2, 3}, new double[] {1, 1}, Costs.L1)) {
        matrix.cost();
        cloud.cost();
        try (TransportResult result = Sinkhorn.problem(grid).eps(0.1).solve()) {
          result.apply(new double[6], 1);
        }
        Sinkhorn.problem(cloud).eps(0.1).workspaceBytes();
        try (SinkhornSolver solver = Sinkhorn.problem(cloud).eps(0.1).build()) {
          solver.warmStart(new double[N], null).cancel();
          solver.solve();
          solver.solve().gradient("x");
        }
      }
    }

    private static void failures() {
      expect(() -> Sinkhorn.problem(new double[1], 1, 1).eps(-1).solve());
      expect(() -> Sinkhorn.problem(new double[1], 1, 1).set("nothing", "1"));
      expect(() -> CostMatrix.of(new double[] {Double.NaN}, 1, 1));
      expect(() -> Sinkhorn.problem(new double[] {1, 2, 3, 4}, 2, 2).eps(0.01).monitorInterval(0)
          .method(Methods.SINKHORN).monitor(p -> {
            throw new IllegalArgumentException("from the monitor");
          }).solve());
    }

    private static void expect(Runnable call) {
      try {
        call.run();
      } catch (RuntimeException expected) {
        return;
      }
      throw new AssertionError("no exception");
    }
  }

  @Test
  void nothingIsReported() throws IOException, InterruptedException {
    String output = ChildJvm.run(CallEverything.class, "-Xcheck:jni",
        "-D" + NativeLoader.CACHE_PROPERTY + "=" + System.getProperty(NativeLoader.CACHE_PROPERTY, "target/cache"));
    assertTrue(output.endsWith("called everything\nexit 0"), output);
    assertFalse(output.contains("WARNING"), output);
    assertFalse(output.contains("FATAL"), output);
  }
}
