// SessionTest.java -- bilevel problems request by request: the bits of functions, every request going wrong, misuse.
package io.fenchel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.DoubleBuffer;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SessionTest {
  private static final double[] START = {0.1, 0.2};
  private static final double[] X = {0.5, 0.5, 0.5};
  private static final BilevelConstants KNOWN = new BilevelConstants(1, 4, 0, 1, 0, 1);
  private static final BilevelOracle[] ORACLES = {BilevelOracle.LOWER, BilevelOracle.UPPER, BilevelOracle.LOWER_HVP,
      BilevelOracle.LOWER_CROSS_T, BilevelOracle.CONSTANTS};

  private static BilevelSession.Builder session() {
    return BilevelSession.of(START, X, ORACLES);
  }

  private static BilevelProblem problem() {
    return BilevelProblem.of(3, 2, OracleTest::lower, OracleTest::upper).lowerHvp(OracleTest::hvp)
        .lowerCrossT(OracleTest::crossT).constants(KNOWN);
  }

  private static double[] read(DoubleBuffer buffer) {
    if (buffer == null) {
      return null;
    }
    double[] out = new double[buffer.remaining()];
    buffer.get(out);
    return out;
  }

  private static void bring(double[] values, DoubleBuffer to) {
    if (to != null) {
      to.put(values);
    }
  }

  private static void answer(BilevelSession s) {
    double[] x = read(s.x());
    double[] t = read(s.theta());
    switch (s.oracle()) {
      case LOWER, UPPER -> {
        LevelFunction level = s.oracle() == BilevelOracle.LOWER ? OracleTest::lower : OracleTest::upper;
        double[] dx = read(s.dx());
        double[] dt = read(s.dtheta());
        s.value(level.evaluate(x, t, s.fresh(), dx, dt));
        bring(dx, s.dx());
        bring(dt, s.dtheta());
      }
      case LOWER_HVP, LOWER_CROSS_T -> {
        LevelProduct product = s.oracle() == BilevelOracle.LOWER_HVP ? OracleTest::hvp : OracleTest::crossT;
        double[] out = read(s.out());
        product.apply(x, t, s.fresh(), s.count(), read(s.v()), out);
        bring(out, s.out());
      }
      case CONSTANTS -> {
        assertNull(s.x());
        s.constants(KNOWN);
      }
      default -> throw new AssertionError(s.oracle());
    }
  }

  private static BilevelResult finish(BilevelSession session) {
    while (session.next()) {
      answer(session);
    }
    return session.result();
  }

  @Test
  void theSameBitsAsFunctions() {
    try (BilevelSession one = session().hypergradient()) {
      assertEquals(BilevelOracle.DONE, one.oracle());
      assertThrows(StateException.class, one::x);
      assertThrows(StateException.class, one::result);
      BilevelResult found = finish(one);
      BilevelResult expected = problem().hypergradient(START, X);
      assertArrayEquals(expected.gradient(), found.gradient());
      assertArrayEquals(expected.x(), found.x());
      assertEquals(expected.bound(), found.bound());
      assertFalse(one.next());
    }
    double[] high = {0.5, 9};
    for (String method : new String[] {"implicit", "maid"}) {
      try (BilevelSession session = session().bounds(null, high).maxIter(5).solve(method)) {
        BilevelResult found = finish(session);
        BilevelResult expected = problem().bounds(null, high).maxIter(5).solve(method, START, X);
        assertArrayEquals(expected.theta(), found.theta());
        assertEquals(expected.lowerGradients(), found.lowerGradients());
        assertThrows(StateException.class, found::gradient);
      }
    }
  }

  /** At each request: an answer that fails, one outside the domain, the session closed. */
  @Test
  void everyRequestMayGoWrong() {
    long live = Handle.live();
    for (int k = 1, reached = k; reached >= k; k++) {
      for (int what = 0; what < 3; what++) {
        int asked = 0;
        try (BilevelSession session = session().solve("implicit")) {
          while (session.next()) {
            answer(session);
            if (++asked == k) {
              if (what == 0) {
                session.fail();
              } else if (what == 1) {
                session.outside();
              } else {
                session.close();
                assertThrows(StateException.class, session::next);
                break;
              }
            }
          }
          assertTrue(what != 0 || asked < k);
        } catch (CallbackException failed) {
          assertTrue(what < 2 && asked >= k);
        }
        reached = asked;
        assertEquals(live, Handle.live());
      }
    }
  }

  @Test
  void sessionsCancelAndMoveBetweenThreads() throws InterruptedException {
    try (BilevelSession session = session().tol(0).solve("implicit")) {
      for (int k = 0; k < 5; k++) {
        Thread thread = new Thread(() -> {
          assertTrue(session.next());
          answer(session);
        });
        thread.start();
        thread.join();
      }
      session.cancel();
      assertEquals(Termination.CANCELLED, finish(session).termination());
    }
  }

  @Test
  void refusals() {
    assertThrows(NullArgumentException.class, () -> BilevelSession.of(START, X, BilevelOracle.LOWER).hypergradient());
    assertThrows(RangeException.class, () -> BilevelSession.of(START, X, BilevelOracle.values()).hypergradient());
    assertThrows(NameException.class, () -> session().solve("magic"));
    assertThrows(NullArgumentException.class, () -> session().solve(null));
    assertThrows(NullArgumentException.class, () -> BilevelSession.of(null, X));
    assertThrows(ShapeException.class, () -> session().bounds(X, null).solve("implicit"));
    assertThrows(NotFiniteException.class, () -> BilevelSession.of(new double[] {Double.NaN}, X, ORACLES).hypergradient());
    BilevelSession closed = session().hypergradient();
    closed.close();
    closed.close();
    assertThrows(StateException.class, closed::next);
  }
}
