// Fenchel.java -- facts about the native library.
package io.fenchel;

import java.util.ArrayList;
import java.util.List;

/** Version, instruction set and catalogues of the native library. All methods may be called from any thread. */
public final class Fenchel {

  private Fenchel() {}

  /**
   * The version of the native library.
   *
   * @return for instance "0.1.0"
   */
  public static String version() {
    return FenchelRaw.fen_version();
  }

  /**
   * The generation of the C interface.
   *
   * @return the number in the name of the shared library
   */
  public static int abiVersion() {
    return FenchelRaw.fen_abi_version();
  }

  /**
   * The instruction set in use, chosen once.
   *
   * @return "baseline", "avx2", "avx512" or "neon"
   */
  public static String target() {
    return FenchelRaw.fen_target();
  }

  /**
   * Names of the ground costs of point clouds; grids take "sqeuclidean" and "l1".
   *
   * @return the names in catalogue order
   */
  public static List<String> costs() {
    return names("cost");
  }

  /**
   * Names of the transport methods.
   *
   * @return the names in catalogue order
   */
  public static List<String> methods() {
    return names("transport_method");
  }

  /**
   * Names of the methods for composite problems, for {@link Composite#method(String)}.
   *
   * @return the names in catalogue order
   */
  public static List<String> minimizeMethods() {
    return names("minimize_method");
  }

  /**
   * Names of the linear operators, for {@link Operator#named(String)}.
   *
   * @return the names in catalogue order
   */
  public static List<String> operators() {
    return names("operator");
  }

  /**
   * Names of the smooth terms, for {@link Smooth#named(String)}.
   *
   * @return the names in catalogue order
   */
  public static List<String> smoothTerms() {
    return names("smooth");
  }

  /**
   * Names of the simple terms, for {@link Prox#named(String)}.
   *
   * @return the names in catalogue order
   */
  public static List<String> proxTerms() {
    return names("prox");
  }

  /**
   * One sentence about a cost or method.
   *
   * @param name a name from {@link #costs()} or {@link #methods()}
   * @return its documentation
   * @throws NameException when there is no such name
   */
  public static String documentation(String name) {
    for (String kind : List.of("cost", "transport_method")) {
      int index = names(kind).indexOf(name);
      if (index >= 0) {
        return FenchelRaw.fen_term_doc(kind, index);
      }
    }
    throw Status.NAME.exception("no cost or method is named '" + name + "'; there are " + costs() + " and " + methods());
  }

  /**
   * One sentence about an entry of any catalogue.
   *
   * @param catalogue "cost", "transport_method", "minimize_method", "operator", "smooth" or "prox"
   * @param name a name of that catalogue
   * @return its documentation
   * @throws NameException when there is no such catalogue or name
   */
  public static String documentation(String catalogue, String name) {
    int index = names(catalogue).indexOf(name);
    if (index < 0) {
      throw Status.NAME.exception("the catalogue '" + catalogue + "' has no '" + name + "'; it has " + names(catalogue));
    }
    return FenchelRaw.fen_term_doc(catalogue, index);
  }

  /**
   * Everything that the library declares (status codes, settings, terms, structs).
   *
   * @return a JSON text
   */
  public static String describe() {
    return FenchelRaw.fen_describe();
  }

  private static List<String> names(String kind) {
    List<String> names = new ArrayList<>();
    int count = FenchelRaw.fen_term_count(kind);
    for (int i = 0; i < count; i++) {
      names.add(FenchelRaw.fen_term_name(kind, i));
    }
    return List.copyOf(names);
  }
}
