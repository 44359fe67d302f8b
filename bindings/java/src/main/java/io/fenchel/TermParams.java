// TermParams.java -- the parameters of a term, packed for one native call.
package io.fenchel;

import java.nio.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Collects (name, value) pairs. Arrays that the native side borrows go to native memory, which the term then keeps. */
final class TermParams {
  private static final int BORROWED = 4;

  private record Item(String name, double number, Object data, long[] shape, boolean turned, Term term) {}

  private final List<Item> items = new ArrayList<>();

  /** A term that was made, with the memory that it borrows; null: none. */
  record Made(long address, Memory memory) {}

  void number(String name, double value) {
    items.add(new Item(name, value, null, null, false, null));
  }

  /** Null is left out, as if the parameter had not been given. No shape: one dimension. */
  void array(String name, Object data, int... shape) {
    if (data == null) {
      return;
    }
    long[] extents = new long[shape.length];
    for (int k = 0; k < shape.length; k++) {
      extents[k] = shape[k];
    }
    long[] flat = {ArrayView.length(name, data, null)};
    items.add(new Item(name, 0, data, shape.length == 0 ? flat : extents, false, null));
  }

  /** A matrix stored column by column. */
  void columns(String name, Object data, int rows, int cols) {
    if (data != null) {
      items.add(new Item(name, 0, data, new long[] {cols, rows}, true, null));
    }
  }

  void term(String name, Term term) {
    if (term == null) {
      throw Status.NULL_ARGUMENT.exception(name + " is null");
    }
    items.add(new Item(name, 0, null, null, false, term));
  }

  /** The last number of this name, or 0. */
  double number(String name) {
    return items.stream().filter(i -> i.name.equals(name)).mapToDouble(Item::number).reduce(0, (first, last) -> last);
  }

  /** The last term of this name, or null. */
  Term term(String name) {
    return items.stream().filter(i -> i.term != null && i.name.equals(name)).map(Item::term).reduce((a, b) -> b)
        .orElse(null);
  }

  /** All terms of this name, in their order. */
  List<Term> terms(String name) {
    return items.stream().filter(i -> i.term != null && i.name.equals(name)).map(Item::term).toList();
  }

  /** The largest of the indices of this name, or -1. */
  int largestIndex(String name) {
    int largest = -1;
    for (Item item : items) {
      if (item.name.equals(name) && item.data instanceof int[] values) {
        largest = java.util.Arrays.stream(values).max().orElse(-1);
      } else if (item.name.equals(name) && item.data instanceof long[] values) {
        largest = (int) java.util.Arrays.stream(values).max().orElse(-1);
      }
    }
    return largest;
  }

  int count() {
    return items.size();
  }

  void addAll(TermParams others) {
    items.addAll(others.items);
  }

  TermParams copy() {
    TermParams out = new TermParams();
    out.addAll(this);
    return out;
  }

  Made create(String kind, String term) {
    List<Memory> kept = new ArrayList<>();
    long[] out = new long[1];
    pack(kind, term, kept, parts -> FenchelRaw.fen_term_create(kind, term, parts, items.size(), out));
    return new Made(out[0], Memory.group(kept));
  }

  /** The parameters as native code takes them, for one call; kept is what it borrows for longer, given back on failure. */
  void pack(String kind, String term, List<Memory> kept, Consumer<Object[]> call) {
    int count = items.size();
    String[] names = new String[count];
    double[] numbers = new double[count];
    ArrayView[] arrays = new ArrayView[count];
    long[] terms = new long[count];
    List<Term> acquired = new ArrayList<>();
    try {
      for (int k = 0; k < count; k++) {
        Item item = items.get(k);
        names[k] = item.name;
        numbers[k] = item.number;
        if (item.data != null) {
          arrays[k] = isBorrowed(kind, term, item.name)
              ? borrow(item, kept) : ArrayView.in(item.name, item.data, null, item.shape);
          if (item.turned) {
            arrays[k].transposed();
          }
        }
        if (item.term != null) {
          terms[k] = item.term.acquire();
          acquired.add(item.term);
          item.term.retainMemory(kept);
        }
      }
      call.accept(new Object[] {names, numbers, arrays, terms});
    } catch (Throwable failure) {
      kept.forEach(Memory::release);
      throw failure;
    } finally {
      acquired.forEach(Term::release);
    }
  }

  private static ArrayView borrow(Item item, List<Memory> kept) {
    ArrayView.checkLength(item.name, ArrayView.length(item.name, item.data, null), item.shape);
    int length = (int) ArrayView.length(item.name, item.data, null);
    if (item.data instanceof int[] || item.data instanceof long[]) {
      int code = item.data instanceof int[] ? Dtype.I32 : Dtype.I64;
      int size = item.data instanceof int[] ? Integer.BYTES : Long.BYTES;
      kept.add(Memory.copyOf(item.name, item.data, code, size, length));
      return ArrayView.at(kept.get(kept.size() - 1).address, code, size, item.shape);
    }
    Dtype dtype = ArrayView.dtype(item.name, item.data, null);
    kept.add(item.data instanceof Buffer buffer ? Memory.of(buffer, dtype, length)
        : Memory.copyOf(item.name, item.data, dtype.code, dtype.size, length));
    return ArrayView.at(kept.get(kept.size() - 1).address, dtype, item.shape);
  }

  /** Of a penalty: prox, or smooth where no simple term has the name. */
  static String kindOf(String penalty) {
    boolean smooth = FenchelRaw.fen_term_parameter_count("prox", penalty) < 0
        && FenchelRaw.fen_term_parameter_count("smooth", penalty) >= 0;
    return smooth ? "smooth" : "prox";
  }

  private static boolean isBorrowed(String kind, String term, String name) {
    int count = FenchelRaw.fen_term_parameter_count(kind, term);
    for (int k = 0; k < count; k++) {
      Object[] info = new Object[3];
      FenchelRaw.fen_term_parameter(kind, term, k, info);
      if (info[0].equals(name)) {
        return ((int) ((double[]) info[2])[1] & BORROWED) != 0;
      }
    }
    return false;
  }
}
