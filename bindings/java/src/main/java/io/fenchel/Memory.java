// Memory.java -- a cost matrix in native memory, shared by the geometry and the solvers that borrow it.
package io.fenchel;

import java.nio.Buffer;

/** Counted: freed when the last handle that borrows it is destroyed. A buffer in place is only kept reachable. */
final class Memory {
  final long address;
  private final Object buffer;
  private final boolean owned;
  private int users = 1;

  private Memory(long address, Object buffer, boolean owned) {
    this.address = address;
    this.buffer = buffer;
    this.owned = owned;
  }

  /** A copy of a double[] or float[]. */
  static Memory copyOf(Object array, Dtype dtype, int length) {
    long address = FenchelRawJNI.allocate((long) length * dtype.size);
    if (address == 0) {
      throw Status.NOMEM.exception("cost: no memory for " + length + " elements");
    }
    FenchelRawJNI.copyIn(address, dtype.code, array, length);
    return new Memory(address, null, true);
  }

  /** The buffer's own memory where that is possible, else a copy. */
  static Memory of(Buffer buffer, Dtype dtype, int length) {
    if (ArrayView.inPlace(buffer)) {
      int unit = buffer instanceof java.nio.ByteBuffer ? 1 : dtype.size;
      long address = FenchelRawJNI.bufferAddress(buffer) + (long) buffer.position() * unit;
      if (address % dtype.size == 0) {
        return new Memory(address, buffer, false);
      }
    }
    return copyOf(ArrayView.toArray(buffer, dtype), dtype, length);
  }

  synchronized Memory retain() {
    users++;
    return this;
  }

  synchronized void release() {
    if (--users == 0 && owned) {
      FenchelRawJNI.free(address);
    }
  }

  @Override
  public String toString() {
    return "Memory[" + (owned ? "owned" : String.valueOf(buffer)) + "]";
  }
}
