// Dtype.java -- element types of arrays.
package io.fenchel;

/** The element type of a problem: all its arrays are of one. */
public enum Dtype {
  /** 32-bit floating point: {@code float[]}, {@code FloatBuffer}. */
  F32(1, 4),

  /** 64-bit floating point: {@code double[]}, {@code DoubleBuffer}. */
  F64(2, 8);

  /** Integer codes that outputs of indices use; no problem has them. */
  static final int I32 = 3;

  static final int I64 = 4;

  final int code;
  final int size;

  Dtype(int code, int size) {
    this.code = code;
    this.size = size;
  }

  static Dtype of(int code) {
    return code == F32.code ? F32 : F64;
  }

  /** A new array of this type. */
  Object array(int length) {
    return this == F32 ? new float[length] : new double[length];
  }
}
