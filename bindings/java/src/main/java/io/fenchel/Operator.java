// Operator.java -- linear maps.
package io.fenchel;

import java.nio.Buffer;

/** A linear operator A with its adjoint: a matrix, or a structured map of the catalogue. */
public final class Operator extends Term {
  private static final int TRANSPOSE = 1;

  private Operator(TermParams.Made made) {
    super(made);
  }

  /**
   * Any operator of the catalogue.
   *
   * @param name see {@link OperatorNames}
   * @return a builder for its parameters
   */
  public static Builder<Operator> named(String name) {
    return new Builder<>("operator", name, builder -> new Operator(builder.create()));
  }

  /**
   * Copies a dense matrix.
   *
   * @param matrix (rows, cols), row-major, finite
   * @param rows number of rows
   * @param cols number of columns
   * @return the operator
   * @throws ShapeException when the array does not have rows * cols elements
   */
  public static Operator dense(double[] matrix, int rows, int cols) {
    return named(OperatorNames.DENSE).array("matrix", matrix, rows, cols).build();
  }

  /**
   * Copies a dense matrix of floats.
   *
   * @param matrix (rows, cols), row-major, finite
   * @param rows number of rows
   * @param cols number of columns
   * @return the operator
   * @throws ShapeException when the array does not have rows * cols elements
   */
  public static Operator dense(float[] matrix, int rows, int cols) {
    return named(OperatorNames.DENSE).array("matrix", matrix, rows, cols).build();
  }

  /**
   * A dense matrix in a buffer: in place, without a copy, when it is direct and in native byte order; its content must
   * then stay unchanged as long as anything made from the operator is used.
   *
   * @param matrix (rows, cols), row-major, from position to limit: a DoubleBuffer or a FloatBuffer
   * @param rows number of rows
   * @param cols number of columns
   * @return the operator
   * @throws ShapeException when rows * cols elements do not remain
   */
  public static Operator dense(Buffer matrix, int rows, int cols) {
    return named(OperatorNames.DENSE).array("matrix", matrix, rows, cols).build();
  }

  /**
   * Copies a dense matrix that is stored column by column, which coordinate descent reads faster.
   *
   * @param matrix (rows, cols), column-major, finite
   * @param rows number of rows
   * @param cols number of columns
   * @return the operator
   * @throws ShapeException when the array does not have rows * cols elements
   */
  public static Operator denseColumns(double[] matrix, int rows, int cols) {
    return named(OperatorNames.DENSE).columns("matrix", matrix, rows, cols).build();
  }

  /**
   * Copies a dense matrix of floats that is stored column by column.
   *
   * @param matrix (rows, cols), column-major, finite
   * @param rows number of rows
   * @param cols number of columns
   * @return the operator
   * @throws ShapeException when the array does not have rows * cols elements
   */
  public static Operator denseColumns(float[] matrix, int rows, int cols) {
    return named(OperatorNames.DENSE).columns("matrix", matrix, rows, cols).build();
  }

  /**
   * A dense matrix in a buffer, stored column by column; in place as in {@link #dense(Buffer, int, int)}.
   *
   * @param matrix (rows, cols), column-major, from position to limit: a DoubleBuffer or a FloatBuffer
   * @param rows number of rows
   * @param cols number of columns
   * @return the operator
   * @throws ShapeException when rows * cols elements do not remain
   */
  public static Operator denseColumns(Buffer matrix, int rows, int cols) {
    return named(OperatorNames.DENSE).columns("matrix", matrix, rows, cols).build();
  }

  /**
   * Copies a sparse matrix in compressed columns.
   *
   * @param rows number of rows
   * @param indptr (cols + 1) where each column starts
   * @param indices row of each value, ascending within a column
   * @param values finite
   * @return the operator
   */
  public static Operator csc(int rows, int[] indptr, int[] indices, double[] values) {
    return named(OperatorNames.CSC).number("rows", rows).indices("indptr", indptr).indices("indices", indices)
        .array("values", values).build();
  }

  /**
   * Copies a sparse matrix in compressed rows.
   *
   * @param cols number of columns
   * @param indptr (rows + 1) where each row starts
   * @param indices column of each value, ascending within a row
   * @param values finite
   * @return the operator
   */
  public static Operator csr(int cols, int[] indptr, int[] indices, double[] values) {
    return named(OperatorNames.CSR).number("cols", cols).indices("indptr", indptr).indices("indices", indices)
        .array("values", values).build();
  }

  /**
   * A linear map by two functions of the caller.
   *
   * <pre>{@code
   * Operator shift = Operator.of(n, n, (x, y) -> { y[0] = 0; System.arraycopy(x, 0, y, 1, n - 1); },
   *                                    (y, x) -> { x[n - 1] = 0; System.arraycopy(y, 1, x, 0, n - 1); });
   * }</pre>
   *
   * @param rows number of rows, greater than 0
   * @param cols number of columns, greater than 0
   * @param apply writes A x, (rows)
   * @param adjoint writes A^T y, (cols)
   * @return the operator, which keeps the functions; they live until it and all that was made from it are closed
   * @throws NullArgumentException when a function is null
   * @throws RangeException when a size is not greater than 0
   */
  public static Operator of(int rows, int cols, LinearFunction apply, LinearFunction adjoint) {
    return ofFunctions(rows, cols, apply, adjoint, false);
  }

  /**
   * A linear map by two functions that work on the library's own memory, without copies: worth it from about 10,000
   * numbers a vector on.
   *
   * @param rows number of rows, greater than 0
   * @param cols number of columns, greater than 0
   * @param apply writes A x, (rows)
   * @param adjoint writes A^T y, (cols)
   * @return the operator, which keeps the functions; they live until it and all that was made from it are closed
   * @throws NullArgumentException when a function is null
   * @throws RangeException when a size is not greater than 0
   */
  public static Operator inPlace(
      int rows, int cols, LinearFunction.InPlace apply, LinearFunction.InPlace adjoint) {
    return ofFunctions(rows, cols, apply, adjoint, true);
  }

  private static Operator ofFunctions(int rows, int cols, Object apply, Object adjoint, boolean inPlace) {
    Functions.require("apply", apply);
    Functions.require("adjoint", adjoint);
    return new Operator(Functions.term(apply, adjoint, rows, cols, inPlace,
        (functions, out) -> FenchelRaw.fen_operator_callback(rows, cols, functions, out)));
  }

  /**
   * The adjoint as an operator of its own.
   *
   * @return A^T
   */
  public Operator transpose() {
    return named(OperatorNames.TRANSPOSE).term("A", this).build();
  }

  /**
   * The product A x.
   *
   * @param x (cols)
   * @return (rows)
   * @throws ShapeException when x has another length
   * @throws NotFiniteException when an entry of x is NaN or infinite
   */
  public double[] apply(double[] x) {
    double[] out = new double[rows()];
    product(0, input("x", x, cols()), ArrayView.out("y", out, null, rows()));
    return out;
  }

  /**
   * The product A x of floats.
   *
   * @param x (cols)
   * @return (rows)
   * @throws ShapeException when x has another length
   */
  public float[] apply(float[] x) {
    float[] out = new float[rows()];
    product(0, input("x", x, cols()), ArrayView.out("y", out, null, rows()));
    return out;
  }

  /**
   * The product A^T y.
   *
   * @param y (rows)
   * @return (cols)
   * @throws ShapeException when y has another length
   * @throws NotFiniteException when an entry of y is NaN or infinite
   */
  public double[] adjoint(double[] y) {
    double[] out = new double[cols()];
    product(TRANSPOSE, input("y", y, rows()), ArrayView.out("x", out, null, cols()));
    return out;
  }

  /**
   * The product A^T y of floats.
   *
   * @param y (rows)
   * @return (cols)
   * @throws ShapeException when y has another length
   */
  public float[] adjoint(float[] y) {
    float[] out = new float[cols()];
    product(TRANSPOSE, input("y", y, rows()), ArrayView.out("x", out, null, cols()));
    return out;
  }

  /**
   * The product A x with each row.
   *
   * @param x (count, cols), row-major
   * @param count how many vectors
   * @return (count, rows)
   * @throws ShapeException when x has another length
   */
  public double[] apply(double[] x, int count) {
    requireCount(count);
    double[] out = new double[Math.multiplyExact(count, rows())];
    product(0, input("x", x, count, cols()), ArrayView.out("y", out, null, count, rows()));
    return out;
  }

  /**
   * The product A x with each row of floats.
   *
   * @param x (count, cols), row-major
   * @param count how many vectors
   * @return (count, rows)
   * @throws ShapeException when x has another length
   */
  public float[] apply(float[] x, int count) {
    requireCount(count);
    float[] out = new float[Math.multiplyExact(count, rows())];
    product(0, input("x", x, count, cols()), ArrayView.out("y", out, null, count, rows()));
    return out;
  }

  /**
   * The product A^T x with each row.
   *
   * @param x (count, rows), row-major
   * @param count how many vectors
   * @return (count, cols)
   * @throws ShapeException when x has another length
   */
  public double[] adjoint(double[] x, int count) {
    requireCount(count);
    double[] out = new double[Math.multiplyExact(count, cols())];
    product(TRANSPOSE, input("x", x, count, rows()), ArrayView.out("y", out, null, count, cols()));
    return out;
  }

  /**
   * The product A^T x with each row of floats.
   *
   * @param x (count, rows), row-major
   * @param count how many vectors
   * @return (count, cols)
   * @throws ShapeException when x has another length
   */
  public float[] adjoint(float[] x, int count) {
    requireCount(count);
    float[] out = new float[Math.multiplyExact(count, cols())];
    product(TRANSPOSE, input("x", x, count, rows()), ArrayView.out("y", out, null, count, cols()));
    return out;
  }

  private static void requireCount(int count) {
    if (count <= 0) {
      throw Status.RANGE.exception("count is " + count + "; legal: > 0");
    }
  }

  private void product(int flags, ArrayView in, ArrayView out) {
    call(address -> FenchelRaw.fen_operator_apply(address, flags, in, out));
  }

  /**
   * An upper bound of the spectral norm, at most 2 % above it.
   *
   * @return the bound
   */
  public double norm() {
    return number(FenchelRaw::fen_operator_norm);
  }
}
