// Functions.java -- terms from Java functions: the native object that holds them, and what is made with it.
package io.fenchel;

/** The functions are freed with the last handle that may call them, as borrowed memory is. */
final class Functions {

  private Functions() {}

  /** A call of the raw layer that makes a term. */
  interface Maker {
    void make(long functions, long[] out);
  }

  static TermParams.Made term(Object first, Object second, int rows, int cols, Maker maker) {
    Memory memory = Memory.functions(FenchelRawJNI.makeFunctions(first, second, rows, cols));
    try {
      long[] out = new long[1];
      maker.make(memory.address, out);
      return new TermParams.Made(out[0], memory);
    } catch (Throwable failure) {
      memory.release();
      throw failure;
    }
  }

  static void require(String name, Object function) {
    if (function == null) {
      throw Status.NULL_ARGUMENT.exception(name + " is null; it is required");
    }
  }
}
