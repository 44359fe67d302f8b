// ProgramDerivative.java -- how the solution of a quadratic program and its multipliers depend on its data.
package io.fenchel;

import java.lang.reflect.Array;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Derivatives of the solution of a convex quadratic program, min 1/2 x'Px + q'x subject to Ex = e (nu) and Gx &lt;= h (lam), and of
 * its multipliers, where Px + q + E'nu + G'lam = 0. Whoever found them.
 *
 * <pre>{@code
 * // min 1/2 x^2 - 2 x subject to x <= 1: x = 1, lam = 1
 * ProgramDerivative program = ProgramDerivative.of(new double[] {-2}, new double[] {1}).quadratic(new double[] {1})
 *     .inequalities(new double[] {1}, new double[] {1}, new double[] {1});
 * double one = program.vjp(Map.of("x", new double[] {1}), "h").of("h")[0];
 * }</pre>
 *
 * <p>Matrices are row-major. All arrays of one program are of one type, double or float; cotangents and tangents, given as
 * doubles, are rounded to it. The builder does not copy: arrays must keep their values until the call. A builder belongs to
 * one thread at a time. Amos and Kolter, OptNet (2017).
 */
public final class ProgramDerivative extends DerivativeSettings<ProgramDerivative> {
  private static final List<String> NAMES = List.of("P", "q", "E", "e", "G", "h", "x", "nu", "lam");
  private static final int PROGRAM = 6;
  private static final int[] EQUALITIES = {2, 3, 7};
  private static final int[] INEQUALITIES = {4, 5, 8};

  /** double[] or float[]. */
  private final Object[] arrays = new Object[NAMES.size()];
  private final Dtype type;

  private ProgramDerivative(Object q, Object x, Dtype type) {
    if (q == null || x == null) {
      throw Status.NULL_ARGUMENT.exception("q and x are required");
    }
    this.type = type;
    arrays[1] = q;
    arrays[6] = x;
  }

  /**
   * A program without P and constraints.
   *
   * @param q (n) the linear term
   * @param x (n) the solution
   * @return a builder
   * @throws NullArgumentException when one of them is null
   */
  public static ProgramDerivative of(double[] q, double[] x) {
    return new ProgramDerivative(q, x, Dtype.F64);
  }

  /**
   * The same of floats.
   *
   * @param q (n) the linear term
   * @param x (n) the solution
   * @return a builder
   * @throws NullArgumentException when one of them is null
   */
  public static ProgramDerivative of(float[] q, float[] x) {
    return new ProgramDerivative(q, x, Dtype.F32);
  }

  /**
   * The quadratic term.
   *
   * @param p (n, n) P, whose symmetric part is read; positive semidefinite; null: 0
   * @return this builder
   */
  public ProgramDerivative quadratic(double[] p) {
    return put(new int[] {0}, p);
  }

  /**
   * The quadratic term of a program of floats.
   *
   * @param p (n, n) P, as above
   * @return this builder
   */
  public ProgramDerivative quadratic(float[] p) {
    return put(new int[] {0}, p);
  }

  /**
   * The constraints Ex = e.
   *
   * @param rows (p, n) E
   * @param values (p) e
   * @param nu (p) their multipliers
   * @return this builder
   */
  public ProgramDerivative equalities(double[] rows, double[] values, double[] nu) {
    return put(EQUALITIES, rows, values, nu);
  }

  /**
   * The constraints Ex = e of a program of floats.
   *
   * @param rows (p, n) E
   * @param values (p) e
   * @param nu (p) their multipliers
   * @return this builder
   */
  public ProgramDerivative equalities(float[] rows, float[] values, float[] nu) {
    return put(EQUALITIES, rows, values, nu);
  }

  /**
   * The constraints Gx &lt;= h.
   *
   * @param rows (m, n) G
   * @param values (m) h
   * @param lam (m) their multipliers
   * @return this builder
   */
  public ProgramDerivative inequalities(double[] rows, double[] values, double[] lam) {
    return put(INEQUALITIES, rows, values, lam);
  }

  /**
   * The constraints Gx &lt;= h of a program of floats.
   *
   * @param rows (m, n) G
   * @param values (m) h
   * @param lam (m) their multipliers
   * @return this builder
   */
  public ProgramDerivative inequalities(float[] rows, float[] values, float[] lam) {
    return put(INEQUALITIES, rows, values, lam);
  }

  private ProgramDerivative put(int[] slots, Object... given) {
    for (int k = 0; k < slots.length; k++) {
      arrays[slots[k]] = given[k];
    }
    return this;
  }

  /**
   * Cotangents of the solution pulled back to the program.
   *
   * @param cotangents of "x", "nu", "lam"; absent: 0
   * @param data the names wanted, of "P", "q", "E", "e", "G", "h"
   * @return an array a name: see {@link Derivative#of}
   * @throws DtypeException when not all arrays of the program are of one type
   * @throws SingularException when active constraints are dependent, or P is singular along them
   * @throws FenchelException the subclass says what is wrong with names, sizes or settings
   */
  public Derivative vjp(Map<String, double[]> cotangents, String... data) {
    ArrayView[] bundle = given(cotangents, PROGRAM, NAMES.size());
    Map<String, Object> out = new LinkedHashMap<>();
    for (String name : data) {
      int slot = slot(name, 0, PROGRAM);
      Object room = type.array(slot == 0 ? Math.multiplyExact(n(), n()) : size(name, slot));
      out.put(name, room);
      bundle[slot] = ArrayView.out(name, room, null, shape(slot));
    }
    double[] fields = new double[DerivativeSummary.SIZE];
    FenchelRaw.fen_kkt_vjp(point(), bundle, options, fields);
    return new Derivative(out, fields);
  }

  /**
   * How the solution and the multipliers move with the program.
   *
   * @param tangents of "P", "q", "E", "e", "G", "h"; absent: 0
   * @return "x", and "nu" and "lam" of the constraints there are
   * @throws SingularException as {@link #vjp}
   * @throws FenchelException the subclass says what is wrong with names, sizes or settings
   */
  public Derivative jvp(Map<String, double[]> tangents) {
    ArrayView[] bundle = given(tangents, 0, PROGRAM);
    Map<String, Object> out = new LinkedHashMap<>();
    for (int slot = PROGRAM; slot < NAMES.size(); slot++) {
      if (arrays[slot] != null) {
        Object room = type.array(length(slot));
        out.put(NAMES.get(slot), room);
        bundle[slot] = ArrayView.out(NAMES.get(slot), room, null, length(slot));
      }
    }
    double[] fields = new double[DerivativeSummary.SIZE];
    FenchelRaw.fen_kkt_jvp(point(), bundle, options, fields);
    return new Derivative(out, fields);
  }

  private int n() {
    return length(6);
  }

  private int length(int slot) {
    return arrays[slot] == null ? 0 : Array.getLength(arrays[slot]);
  }

  private int size(String name, int slot) {
    if (arrays[slot] == null) {
      throw Status.SHAPE.exception("the program has no " + name);
    }
    return length(slot);
  }

  /** Rows of a matrix are those of its right-hand side. */
  private long[] shape(int slot) {
    return switch (slot) {
      case 0 -> new long[] {n(), n()};
      case 2, 4 -> new long[] {length(slot + 1), n()};
      default -> new long[] {length(slot)};
    };
  }

  private static int slot(String name, int from, int to) {
    int slot = NAMES.indexOf(name);
    if (slot < from || slot >= to) {
      throw Status.NAME.exception("'" + name + "' is not known here; known: " + NAMES.subList(from, to));
    }
    return slot;
  }

  private ArrayView[] given(Map<String, double[]> values, int from, int to) {
    ArrayView[] out = new ArrayView[NAMES.size()];
    values.forEach((name, array) -> {
      int slot = slot(name, from, to);
      out[slot] = ArrayView.in(name, Floats.to(type, array), null, shape(slot));
    });
    return out;
  }

  private ArrayView[] point() {
    ArrayView[] out = new ArrayView[NAMES.size()];
    for (int slot = 0; slot < out.length; slot++) {
      out[slot] = ArrayView.in(NAMES.get(slot), arrays[slot], null, shape(slot));
    }
    return out;
  }

  @Override
  ProgramDerivative self() {
    return this;
  }
}
