// Memory.java -- arrays in native memory, shared by the geometries, terms and solvers that borrow them.
package io.fenchel;

import java.nio.Buffer;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Counted: freed when the last handle that borrows it is destroyed. A buffer in place is only kept reachable. The
 * functions of a term are held in the same way.
 */
final class Memory {
  final long address;
  private final Object buffer;
  private final LongConsumer free;
  private final List<Memory> parts;
  private int users = 1;

  /** free is null where nothing is owned. */
  private Memory(long address, Object buffer, LongConsumer free) {
    this(address, buffer, free, List.of());
  }

  private Memory(long address, Object buffer, LongConsumer free, List<Memory> parts) {
    this.address = address;
    this.buffer = buffer;
    this.free = free;
    this.parts = parts;
  }

  /** Several as one, which takes over a use of each; null where there is none. */
  static Memory group(List<Memory> parts) {
    return parts.isEmpty() ? null : new Memory(0, null, null, List.copyOf(parts));
  }

  /** A copy of a double[] or float[]. */
  static Memory copyOf(Object array, Dtype dtype, int length) {
    return copyOf("cost", array, dtype.code, dtype.size, length);
  }

  /** A copy of a primitive array whose elements have this code and size. */
  static Memory copyOf(String name, Object array, int code, int size, int length) {
    long address = FenchelRawJNI.allocate((long) length * size);
    if (address == 0) {
      throw Status.NOMEM.exception(name + ": no memory for " + length + " elements");
    }
    FenchelRawJNI.copyIn(address, code, array, length);
    return new Memory(address, null, FenchelRawJNI::free);
  }

  /** The native object that holds the functions of a term. */
  static Memory functions(long address) {
    return new Memory(address, null, FenchelRawJNI::freeFunctions);
  }

  /** The buffer's own memory where that is possible, else a copy. */
  static Memory of(Buffer buffer, Dtype dtype, int length) {
    if (ArrayView.inPlace(buffer)) {
      int unit = buffer instanceof java.nio.ByteBuffer ? 1 : dtype.size;
      long address = FenchelRawJNI.bufferAddress(buffer) + (long) buffer.position() * unit;
      if (address % dtype.size == 0) {
        return new Memory(address, buffer, null);
      }
    }
    return copyOf(ArrayView.toArray(buffer, dtype), dtype, length);
  }

  synchronized Memory retain() {
    users++;
    return this;
  }

  synchronized void release() {
    if (--users > 0) {
      return;
    }
    if (free != null) {
      free.accept(address);
    }
    parts.forEach(Memory::release);
  }

  @Override
  public String toString() {
    return "Memory[" + (free != null ? "owned" : String.valueOf(buffer)) + "]";
  }
}
