// BilevelSession.java -- bilevel problems whose caller is asked instead of called back.
package io.fenchel;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * A bilevel problem solved request by request: {@link #next} asks for an oracle, the caller fills in its numbers, until there
 * is nothing left to ask. Answers are those of {@link BilevelProblem} to the last bit. For hosts whose numbers come from
 * elsewhere: another process, a queue, a loop of its own.
 *
 * <pre>{@code
 * // x*(t) = argmin (x - t)^2 / 2, F(t) = (x* - 1)^2 / 2
 * try (BilevelSession session = BilevelSession.of(new double[] {0}, new double[] {0}, BilevelOracle.LOWER, BilevelOracle.UPPER)
 *     .mu(1).solve("implicit")) {
 *   while (session.next()) {
 *     boolean upper = session.oracle() == BilevelOracle.UPPER;
 *     double residual = session.x().get(0) - (upper ? 1 : session.theta().get(0));
 *     session.value(residual * residual / 2);
 *     if (session.dx() != null) session.dx().put(0, residual);
 *     if (session.dtheta() != null) session.dtheta().put(0, upper ? 0 : -residual);
 *   }
 *   double one = session.result().theta()[0];
 * }
 * }</pre>
 *
 * <p>Buffers are the library's own memory: they must not be used after the next call on the session. A session belongs to one
 * thread at a time. Its solver has a thread of its own, which sleeps while the caller computes; closed at any request, it is
 * ended.
 */
public final class BilevelSession implements AutoCloseable {
  /** In the order in which native code stores a request. */
  private static final int ORACLE = 0;
  private static final int FRESH = 1;
  private static final int COUNT = 2;
  private static final int STEP = 3;
  private static final int X = 4;
  private static final int THETA = 5;
  private static final int V = 6;
  private static final int C = 7;
  private static final int VALUE = 8;
  private static final int DX = 9;
  private static final int DTHETA = 10;
  private static final int OUT = 11;
  private static final int CONSTANTS = 12;

  /** How a session is made; settings as for {@link BilevelProblem}. */
  public static final class Builder extends BilevelSettings<Builder> {
    private final double[] theta;
    private final double[] x;
    private final int oracles;
    private double[] low;
    private double[] high;

    private Builder(double[] theta, double[] x, BilevelOracle[] oracles) {
      Term.length("theta", theta);
      Term.length("x", x);
      this.theta = theta.clone();
      this.x = x.clone();
      int bits = 0;
      for (BilevelOracle oracle : oracles) {
        bits |= 1 << oracle.code();
      }
      this.oracles = bits;
    }

    /**
     * Bounds of theta for {@link #solve}.
     *
     * @param low (m) the least values, minus infinity for none; null: none at all
     * @param high (m) the greatest values, infinity for none; null: none at all
     * @return this builder
     */
    public Builder bounds(double[] low, double[] high) {
      this.low = low == null ? null : low.clone();
      this.high = high == null ? null : high.clone();
      return this;
    }

    /**
     * A session for one hypergradient.
     *
     * @return to be closed by the caller
     * @throws NullArgumentException without lower or upper among the oracles
     * @throws FenchelException the subclass says what else is wrong
     */
    public BilevelSession hypergradient() {
      return new BilevelSession(this, null);
    }

    /**
     * A session for a method.
     *
     * @param method a name of {@link BilevelMethods}
     * @return to be closed by the caller
     * @throws NameException for an unknown method
     * @throws NullArgumentException without lower or upper among the oracles
     * @throws FenchelException the subclass says what else is wrong
     */
    public BilevelSession solve(String method) {
      Functions.require("method", method);
      return new BilevelSession(this, method);
    }

    @Override
    Builder self() {
      return this;
    }
  }

  private final int n;
  private final int m;
  private final boolean one;
  private final Handle handle;
  private final long[] request = new long[13];
  /** Views of the solver's vectors, which it uses again and again, by address and size. */
  private final Map<Long, DoubleBuffer> views = new HashMap<>();
  private int answer;
  private boolean over;

  private BilevelSession(Builder builder, String method) {
    n = builder.x.length;
    m = builder.theta.length;
    one = method == null;
    long[] out = new long[1];
    FenchelRaw.fen_bilevel_session_create(builder.oracles, n, m, method, Term.input("theta", builder.theta, m),
        Term.input("x", builder.x, n), bound("low", builder.low), bound("high", builder.high), builder.options, out);
    handle = new Handle(this, "the session", out[0], FenchelRaw::fen_bilevel_session_destroy, null);
  }

  private static ArrayView bound(String name, double[] bound) {
    return bound == null ? null : Term.input(name, bound, bound.length);
  }

  /**
   * A session from starts of theta and x.
   *
   * @param theta (m)
   * @param x (n)
   * @param oracles what the caller answers; lower and upper are required
   * @return a builder
   * @throws NullArgumentException when theta or x is null
   */
  public static Builder of(double[] theta, double[] x, BilevelOracle... oracles) {
    return new Builder(theta, x, oracles);
  }

  /**
   * Hands in the answer to the last request and waits for the next one.
   *
   * @return false when there is nothing left to ask
   * @throws FenchelException as {@link BilevelProblem#solve} where the solve fails; the session is over then
   */
  public boolean next() {
    if (over) {
      return false;
    }
    request[ORACLE] = 0;
    long address = handle.acquire();
    try {
      over = true; // where it throws
      FenchelRaw.fen_bilevel_session_next(address, answer, request);
      over = request[ORACLE] == 0;
    } finally {
      handle.release();
    }
    answer = 0;
    return !over;
  }

  private DoubleBuffer view(int which, long size) {
    if (over || request[ORACLE] == 0 || handle.isClosed()) {
      throw Status.STATE.exception("the session has no request: call next first");
    }
    long address = request[which];
    if (address == 0) {
      return null;
    }
    boolean input = which < VALUE;
    DoubleBuffer found = views.get(address);
    if (found == null || found.capacity() != size || found.isReadOnly() != input) {
      ByteBuffer bytes = (ByteBuffer) FenchelRawJNI.bufferAt(address, size * Double.BYTES);
      found = (DoubleBuffer) Functions.view(bytes, false, input);
      if (views.size() > 64) {
        views.clear();
      }
      views.put(address, found);
    }
    return found.clear();
  }

  /**
   * Which oracle is asked.
   *
   * @return {@link BilevelOracle#DONE} before the first request and after the last
   */
  public BilevelOracle oracle() {
    return BilevelOracle.values()[(int) request[ORACLE]];
  }

  /**
   * What changed since the last request.
   *
   * @return sum of {@link BilevelProblem#FRESH_X} and {@link BilevelProblem#FRESH_THETA}
   */
  public int fresh() {
    return (int) request[FRESH];
  }

  /**
   * How many rows v and out have, of products.
   *
   * @return at least 1 for products
   */
  public int count() {
    return (int) request[COUNT];
  }

  /**
   * Of prox and its derivative.
   *
   * @return above 0
   */
  public double step() {
    return Double.longBitsToDouble(request[STEP]);
  }

  /**
   * x.
   *
   * @return (n), read-only; null where it is no argument of the oracle
   */
  public DoubleBuffer x() {
    return view(X, n);
  }

  /**
   * theta.
   *
   * @return (m), read-only
   */
  public DoubleBuffer theta() {
    return view(THETA, m);
  }

  /**
   * The vectors to be multiplied, or the point of prox.
   *
   * @return rows of (n), of (m) for {@link BilevelOracle#LOWER_CROSS}; read-only; null where it is no argument
   */
  public DoubleBuffer v() {
    return view(V, Math.max(1, count()) * (long) (oracle() == BilevelOracle.LOWER_CROSS ? m : n));
  }

  /**
   * The cotangent of the derivative of prox.
   *
   * @return (n), read-only; null where it is no argument
   */
  public DoubleBuffer c() {
    return view(C, n);
  }

  /**
   * Where the gradient by x goes, or the derivative by v of prox.
   *
   * @return (n); null: not asked for
   */
  public DoubleBuffer dx() {
    return view(DX, n);
  }

  /**
   * Where the gradient, or derivative of prox, by theta goes.
   *
   * @return (m); null: not asked for
   */
  public DoubleBuffer dtheta() {
    return view(DTHETA, m);
  }

  /**
   * Where products, prox or the preconditioned vector go.
   *
   * @return rows of (n), of (m) for {@link BilevelOracle#LOWER_CROSS_T}; null where it is no argument
   */
  public DoubleBuffer out() {
    return view(OUT, Math.max(1, count()) * (long) (oracle() == BilevelOracle.LOWER_CROSS_T ? m : n));
  }

  /**
   * Answers with h, f or g; ignored where no value is asked for.
   *
   * @param number the value
   */
  public void value(double number) {
    DoubleBuffer value = view(VALUE, 1);
    if (value != null) {
      value.put(0, number);
    }
  }

  /**
   * Answers {@link BilevelOracle#CONSTANTS}; ignored elsewhere.
   *
   * @param known what is proved at theta
   */
  public void constants(BilevelConstants known) {
    DoubleBuffer numbers = view(CONSTANTS, 6);
    if (numbers != null) {
      numbers.put(new double[] {known.mu(), known.lipschitz(), known.hessianLipschitz(), known.crossNorm(),
          known.crossLipschitz(), known.upperLipschitz()});
    }
  }

  /** Answers that (x, theta) is outside the domain: a shorter step is tried. */
  public void outside() {
    answer = 1;
  }

  /** Answers that there is no answer: {@link #next} throws a {@link CallbackException}. */
  public void fail() {
    answer = -1;
  }

  /** A method then ends soon, with the best found so far. */
  public void cancel() {
    long address = handle.acquire();
    try {
      FenchelRaw.fen_bilevel_session_cancel(address);
    } finally {
      handle.release();
    }
  }

  /**
   * What was found.
   *
   * @return plain Java memory
   * @throws StateException before the end, and where the solve failed
   */
  public BilevelResult result() {
    double[] theta = new double[m];
    double[] x = new double[n];
    double[] gradient = one ? new double[m] : null;
    double[] fields = new double[BilevelSummary.SIZE];
    long address = handle.acquire();
    try {
      FenchelRaw.fen_bilevel_session_result(address, ArrayView.out("theta", theta, null, m), ArrayView.out("x", x, null, n),
          gradient == null ? null : ArrayView.out("gradient", gradient, null, m), fields);
    } finally {
      handle.release();
    }
    return new BilevelResult(theta, x, gradient, fields);
  }

  /** Ends the solve where it is. */
  @Override
  public void close() {
    handle.close();
  }
}
