// Floats.java -- exact widening and plain narrowing of arrays.
package io.fenchel;

import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;

/** Conversions between float[] and double[]. */
final class Floats {

  private Floats() {}

  /** The array itself, or its exact widening. */
  static double[] toDoubles(Object array) {
    if (array == null || array instanceof double[]) {
      return (double[]) array;
    }
    float[] floats = (float[]) array;
    double[] out = new double[floats.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = floats[i];
    }
    return out;
  }

  /** The array itself for F64, else rounded to float. */
  static Object to(Dtype dtype, double[] array) {
    if (array == null || dtype == Dtype.F64) {
      return array;
    }
    float[] out = new float[array.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) array[i];
    }
    return out;
  }

  /** Rounds one array into another. */
  static void round(double[] from, float[] to) {
    for (int i = 0; i < to.length; i++) {
      to[i] = (float) from[i];
    }
  }

  /** The floats of a buffer, from 0 to its limit, as doubles that may only be read. */
  static DoubleBuffer widened(FloatBuffer from) {
    double[] out = new double[from.limit()];
    for (int i = 0; i < out.length; i++) {
      out[i] = from.get(i);
    }
    return DoubleBuffer.wrap(out).asReadOnlyBuffer();
  }

  /** Rounds the array behind one buffer into another. */
  static void round(DoubleBuffer from, FloatBuffer to) {
    double[] values = from.array();
    for (int i = 0; i < values.length; i++) {
      to.put(i, (float) values[i]);
    }
  }

  /** The array as floats; only where the problem is of type float. */
  static float[] asFloats(Object array) {
    if (array instanceof float[] floats) {
      return floats;
    }
    throw Status.DTYPE.exception("the problem is of type double: ask for doubles");
  }
}
