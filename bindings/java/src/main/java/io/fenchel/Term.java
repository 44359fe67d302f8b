// Term.java -- what composite problems are made of.
package io.fenchel;

import java.nio.Buffer;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * A term of a composite problem: {@link Operator}, {@link Smooth} or {@link Prox}. Immutable; may be shared by threads,
 * problems and other terms, which keep what they need: terms may be closed in any order. Native memory is freed by
 * {@link #close()}, else when the object is collected.
 */
public abstract sealed class Term implements AutoCloseable permits Operator, Smooth, Prox {
  private final Handle handle;
  private final Memory memory;
  private final int rows;
  private final int cols;
  private final Set<String> capabilities;

  Term(TermParams.Made made) {
    long address = made.address();
    this.memory = made.memory();
    this.handle = new Handle(this, getClass().getSimpleName(), address, FenchelRaw::fen_term_destroy, memory);
    this.rows = Math.toIntExact(FenchelRaw.fen_term_rows(address));
    this.cols = Math.toIntExact(FenchelRaw.fen_term_cols(address));
    String[] text = new String[1];
    FenchelRaw.fen_term_capabilities(address, text);
    this.capabilities = text[0].isBlank() ? Set.of() : Set.of(text[0].trim().split(" +"));
  }

  /**
   * Rows of an operator; the number of unknowns of the other terms.
   *
   * @return the size; -1 where any will do
   */
  public int rows() {
    return rows;
  }

  /**
   * Columns of an operator; the number of unknowns of the other terms.
   *
   * @return the size; -1 where any will do
   */
  public int cols() {
    return cols;
  }

  /**
   * What this term can do, for instance "hvp" or "conjugate".
   *
   * @return the names of its capabilities
   */
  public Set<String> capabilities() {
    return capabilities;
  }

  /** Frees the native memory; a second call does nothing. */
  @Override
  public void close() {
    handle.close();
  }

  long acquire() {
    return handle.acquire();
  }

  void release() {
    handle.release();
  }

  /** Adds a use of the memory that this term borrows; only between {@link #acquire()} and {@link #release()}. */
  void retainMemory(List<Memory> kept) {
    if (memory != null) {
      kept.add(memory.retain());
    }
  }

  /** One number of a native call. */
  double number(NumberCall call) {
    double[] out = new double[1];
    call(address -> call.run(address, out));
    return out[0];
  }

  void call(java.util.function.LongConsumer call) {
    long address = handle.acquire();
    try {
      call.accept(address);
    } finally {
      handle.release();
    }
  }

  /** Writes one number. */
  interface NumberCall {
    void run(long address, double[] out);
  }

  /** The length of an input that must be there. */
  static int length(String name, Object data) {
    if (data == null) {
      throw Status.NULL_ARGUMENT.exception(name + " is null");
    }
    return (int) ArrayView.length(name, data, null);
  }

  /** An input that must be there. */
  static ArrayView input(String name, Object data, long... shape) {
    if (data == null) {
      throw Status.NULL_ARGUMENT.exception(name + " is null");
    }
    return ArrayView.in(name, data, null, shape);
  }

  @Override
  public String toString() {
    String abilities = String.join(" ", new java.util.TreeSet<>(capabilities));
    return getClass().getSimpleName() + "[" + rows + " x " + cols + ", " + abilities + "]";
  }

  /**
   * Makes a term of the catalogue from named parameters. The catalogue's names and their parameters stand in
   * {@link OperatorNames}, {@link SmoothNames} and {@link ProxNames}.
   *
   * @param <T> what is made
   */
  public static final class Builder<T extends Term> {
    private final String kind;
    private final String name;
    private final Function<Builder<T>, T> made;
    final TermParams params = new TermParams();

    Builder(String kind, String name, Function<Builder<T>, T> made) {
      this.kind = kind;
      this.name = name;
      this.made = made;
    }

    boolean isNamed(String other) {
      return name.equals(other);
    }

    TermParams.Made create() {
      return params.create(kind, name);
    }

    /**
     * Sets a number, real or integer.
     *
     * @param parameter its name
     * @param value its value
     * @return this builder
     */
    public Builder<T> number(String parameter, double value) {
      params.number(parameter, value);
      return this;
    }

    /**
     * Sets an array of doubles, which is copied.
     *
     * @param parameter its name
     * @param values row-major; null leaves the parameter out
     * @param shape the sizes; none: one dimension
     * @return this builder
     * @throws ShapeException when the array does not have as many elements as the shape; thrown by {@link #build()}
     */
    public Builder<T> array(String parameter, double[] values, int... shape) {
      params.array(parameter, values, shape);
      return this;
    }

    /**
     * Sets an array of floats, which is copied.
     *
     * @param parameter its name
     * @param values row-major; null leaves the parameter out
     * @param shape the sizes; none: one dimension
     * @return this builder
     */
    public Builder<T> array(String parameter, float[] values, int... shape) {
      params.array(parameter, values, shape);
      return this;
    }

    /**
     * Sets an array in a DoubleBuffer or FloatBuffer, from position to limit. Where the parameter is borrowed
     * (matrices) and the buffer is direct and in native byte order it is used in place, and must stay unchanged as
     * long as anything made from the term is used.
     *
     * @param parameter its name
     * @param values row-major; null leaves the parameter out
     * @param shape the sizes; none: one dimension
     * @return this builder
     * @throws DtypeException when the buffer holds other elements
     */
    public Builder<T> array(String parameter, Buffer values, int... shape) {
      params.array(parameter, values, shape);
      return this;
    }

    /** A matrix stored column by column; null leaves the parameter out. */
    Builder<T> columns(String parameter, Object values, int rows, int cols) {
      params.columns(parameter, values, rows, cols);
      return this;
    }

    /**
     * Sets indices, which are copied.
     *
     * @param parameter its name
     * @param values the indices; null leaves the parameter out
     * @return this builder
     */
    public Builder<T> indices(String parameter, int... values) {
      params.array(parameter, values);
      return this;
    }

    /**
     * Sets indices of 64 bits, which are copied.
     *
     * @param parameter its name
     * @param values the indices; null leaves the parameter out
     * @return this builder
     */
    public Builder<T> indices(String parameter, long[] values) {
      params.array(parameter, values);
      return this;
    }

    /**
     * Sets a term; again under the same name where the parameter takes many.
     *
     * @param parameter its name
     * @param term it may be closed once this one is built
     * @return this builder
     * @throws NullArgumentException when the term is null
     */
    public Builder<T> term(String parameter, Term term) {
      params.term(parameter, term);
      return this;
    }

    /**
     * Makes the term.
     *
     * @return the term, to be closed by the caller
     * @throws NameException when the catalogue has no such term or the term no such parameter; the message lists the
     *     nearest ones
     * @throws NullArgumentException when a required parameter is missing
     * @throws FenchelException the subclass says what is wrong with a value
     */
    public T build() {
      return made.apply(this);
    }
  }
}
