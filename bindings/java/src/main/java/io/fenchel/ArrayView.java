// ArrayView.java -- what the native layer needs to know of one array, packed so that one region call reads it.
package io.fenchel;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;

/**
 * A row-major view of a primitive array, a direct buffer or a native address, for the time of one call.
 *
 * <p>Direct buffers in native byte order are used in place, from position to limit. Heap buffers and foreign byte
 * orders go through an array. Buffers' positions are never moved.
 */
final class ArrayView {
  // Slots of meta, as bindings/java/jni/jni_arrays.cpp reads them.
  private static final int KIND = 0;
  private static final int DTYPE = 1;
  private static final int MODE = 2;
  private static final int NDIM = 3;
  private static final int OFFSET = 4;
  private static final int EXTENT = 5;
  private static final int SHAPE = 6;
  private static final int STRIDES = 10;
  private static final int SIZE = 14;

  private static final int PRIMITIVE = 0;
  private static final int DIRECT = 1;
  private static final int ADDRESS = 2;

  static final int IN = 1;
  static final int OUT = 2;
  static final int INOUT = 3;

  /** double[], float[], int[], long[], a direct buffer, or null for an address; read by native code. */
  final Object data;

  final long[] meta;

  /** Where an output that could not be written in place goes; else null. */
  private Buffer home;

  private ArrayView(Object data, int kind, int dtype, int elementSize, int mode, long offset, long[] shape) {
    this.data = data;
    this.meta = new long[SIZE];
    meta[KIND] = kind;
    meta[DTYPE] = dtype;
    meta[MODE] = mode;
    meta[NDIM] = shape.length;
    meta[OFFSET] = offset;
    long count = 1;
    for (int k = shape.length - 1; k >= 0; k--) {
      meta[SHAPE + k] = shape[k];
      meta[STRIDES + k] = count * elementSize;
      count *= shape[k];
    }
    meta[EXTENT] = count;
  }

  /** An input; null stays null. The name is for messages. */
  static ArrayView in(String name, Object data, Dtype bytes, long... shape) {
    return data == null ? null : of(name, data, bytes, IN, shape);
  }

  /** An output that is written in full. */
  static ArrayView out(String name, Object data, Dtype bytes, long... shape) {
    return data == null ? null : of(name, data, bytes, OUT, shape);
  }

  /** An output of which parts may stay as they are. */
  static ArrayView update(Object data, long... shape) {
    return data == null ? null : of("output", data, null, INOUT, shape);
  }

  /** A matrix in native memory that outlives the call. */
  static ArrayView at(long address, Dtype dtype, long... shape) {
    return at(address, dtype.code, dtype.size, shape);
  }

  /** The same for elements of any code and size. */
  static ArrayView at(long address, int code, int size, long... shape) {
    return new ArrayView(null, ADDRESS, code, size, IN, address, shape);
  }

  /** The same matrix for every item of a batch: stride 0 in a new first dimension. */
  static ArrayView shared(String name, Object data, long count, long... shape) {
    ArrayView one = in(name, data, null, shape);
    if (one == null) {
      return null;
    }
    one.meta[NDIM] = shape.length + 1L;
    System.arraycopy(one.meta, SHAPE, one.meta, SHAPE + 1, shape.length);
    System.arraycopy(one.meta, STRIDES, one.meta, STRIDES + 1, shape.length);
    one.meta[SHAPE] = count;
    one.meta[STRIDES] = 0;
    return one;
  }

  /** The transpose of a matrix: the same memory, sizes and strides exchanged. */
  ArrayView transposed() {
    for (int first : new int[] {SHAPE, STRIDES}) {
      long kept = meta[first];
      meta[first] = meta[first + 1];
      meta[first + 1] = kept;
    }
    return this;
  }

  private static ArrayView of(String name, Object data, Dtype bytes, int mode, long[] shape) {
    checkLength(name, length(name, data, bytes), shape);
    if (data instanceof double[]) {
      return new ArrayView(data, PRIMITIVE, Dtype.F64.code, 8, mode, 0, shape);
    }
    if (data instanceof float[]) {
      return new ArrayView(data, PRIMITIVE, Dtype.F32.code, 4, mode, 0, shape);
    }
    if (data instanceof long[]) {
      return new ArrayView(data, PRIMITIVE, Dtype.I64, 8, mode, 0, shape);
    }
    if (data instanceof int[]) {
      return new ArrayView(data, PRIMITIVE, Dtype.I32, 4, mode, 0, shape);
    }
    return ofBuffer(name, (Buffer) data, dtype(name, data, bytes), mode, shape);
  }

  private static ArrayView ofBuffer(String name, Buffer buffer, Dtype dtype, int mode, long[] shape) {
    if (mode != IN && buffer.isReadOnly()) {
      throw Status.READONLY.exception(name + ": the output buffer is read-only");
    }
    if (buffer.isDirect() && order(buffer) == ByteOrder.nativeOrder()) {
      long unit = buffer instanceof ByteBuffer ? 1 : dtype.size;
      return new ArrayView(buffer, DIRECT, dtype.code, dtype.size, mode, buffer.position() * unit, shape);
    }
    Object copy = toArray(buffer, dtype);
    ArrayView view = new ArrayView(copy, PRIMITIVE, dtype.code, dtype.size, mode, 0, shape);
    view.home = mode == IN ? null : buffer;
    return view;
  }

  /** After a successful call: brings an output home that went through an array. */
  void finish() {
    if (home == null) {
      return;
    }
    Buffer out = home instanceof ByteBuffer bytes
        ? (data instanceof double[] ? duplicate(bytes).asDoubleBuffer() : duplicate(bytes).asFloatBuffer())
        : home.duplicate();
    if (data instanceof double[] doubles) {
      ((DoubleBuffer) out).put(doubles);
    } else {
      ((FloatBuffer) out).put((float[]) data);
    }
  }

  static void finish(ArrayView... views) {
    for (ArrayView view : views) {
      if (view != null) {
        view.finish();
      }
    }
  }

  /** The remaining elements of a buffer as a new array. */
  static Object toArray(Buffer buffer, Dtype dtype) {
    if (dtype == Dtype.F64) {
      DoubleBuffer in = buffer instanceof ByteBuffer bytes
          ? duplicate(bytes).asDoubleBuffer() : ((DoubleBuffer) buffer).duplicate();
      double[] out = new double[in.remaining()];
      in.get(out);
      return out;
    }
    FloatBuffer in = buffer instanceof ByteBuffer bytes
        ? duplicate(bytes).asFloatBuffer() : ((FloatBuffer) buffer).duplicate();
    float[] out = new float[in.remaining()];
    in.get(out);
    return out;
  }

  /** The element type of an array or buffer; a ByteBuffer holds what bytes says. */
  static Dtype dtype(String name, Object data, Dtype bytes) {
    if (data instanceof double[] || data instanceof DoubleBuffer) {
      return Dtype.F64;
    }
    if (data instanceof float[] || data instanceof FloatBuffer) {
      return Dtype.F32;
    }
    if (data instanceof ByteBuffer && bytes != null) {
      return bytes;
    }
    throw Status.DTYPE.exception(name + ": expected double or float elements, got "
        + (data == null ? "null" : data.getClass().getSimpleName()));
  }

  static long length(String name, Object data, Dtype bytes) {
    if (data instanceof double[] array) {
      return array.length;
    }
    if (data instanceof float[] array) {
      return array.length;
    }
    if (data instanceof long[] array) {
      return array.length;
    }
    if (data instanceof int[] array) {
      return array.length;
    }
    int size = dtype(name, data, bytes).size;
    Buffer buffer = (Buffer) data;
    if (!(buffer instanceof ByteBuffer)) {
      return buffer.remaining();
    }
    if (buffer.remaining() % size != 0) {
      throw Status.SHAPE.exception(name + ": " + buffer.remaining() + " bytes remain in the buffer, which is no "
          + "multiple of the element size " + size);
    }
    return buffer.remaining() / size;
  }

  static void checkLength(String name, long length, long... shape) {
    long expected = 1;
    StringBuilder text = new StringBuilder();
    for (long extent : shape) {
      if (extent < 0) {
        throw Status.SHAPE.exception(name + ": a size is negative: " + extent);
      }
      expected = Math.multiplyHigh(expected, extent) == 0 && expected * extent >= 0 ? expected * extent : Long.MAX_VALUE;
      text.append(text.length() == 0 ? "(" : ", ").append(extent);
    }
    if (length != expected) {
      throw Status.SHAPE.exception(name + " has " + length + " elements, but its shape is " + text + ")");
    }
  }

  static boolean inPlace(Buffer buffer) {
    return buffer.isDirect() && order(buffer) == ByteOrder.nativeOrder();
  }

  private static ByteOrder order(Buffer buffer) {
    if (buffer instanceof DoubleBuffer doubles) {
      return doubles.order();
    }
    return buffer instanceof FloatBuffer floats ? floats.order() : ((ByteBuffer) buffer).order();
  }

  /** duplicate() forgets the byte order. */
  private static ByteBuffer duplicate(ByteBuffer bytes) {
    return bytes.duplicate().order(bytes.order());
  }
}
