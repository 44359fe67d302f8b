// Functions.java -- terms from Java functions: the native object that holds them, and what is made with it.
package io.fenchel;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The functions are freed with the last handle that may call them, as borrowed memory is. */
final class Functions {

  private Functions() {}

  /** A call of the raw layer that makes a term. */
  interface Maker {
    void make(long functions, long[] out);
  }

  /** Functions on arrays, or all in place. */
  static TermParams.Made term(Object first, Object second, int rows, int cols, boolean inPlace, Maker maker) {
    Memory memory = Memory.functions(FenchelRawJNI.makeFunctions(first, second, rows, cols, inPlace));
    try {
      long[] out = new long[1];
      maker.make(memory.address, out);
      return new TermParams.Made(out[0], memory);
    } catch (Throwable failure) {
      memory.release();
      throw failure;
    }
  }

  /** Called from native code: the library's memory as a buffer of numbers. */
  static Buffer view(ByteBuffer bytes, boolean single, boolean readOnly) {
    ByteBuffer ordered = bytes.order(ByteOrder.nativeOrder());
    if (single) {
      return readOnly ? ordered.asFloatBuffer().asReadOnlyBuffer() : ordered.asFloatBuffer();
    }
    return readOnly ? ordered.asDoubleBuffer().asReadOnlyBuffer() : ordered.asDoubleBuffer();
  }

  static void require(String name, Object function) {
    if (function == null) {
      throw Status.NULL_ARGUMENT.exception(name + " is null; it is required");
    }
  }
}
