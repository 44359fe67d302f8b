// DeclaredTest.java -- what was generated agrees with the native library it runs on.
package io.fenchel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeclaredTest {

  @Test
  void version() {
    assertEquals(LibraryVersion.EXPECTED, Fenchel.version());
    assertEquals(0, Fenchel.abiVersion());
    assertTrue(Fenchel.describe().contains("\"statuses\""));
    assertTrue(!Fenchel.target().isEmpty());
  }

  @Test
  void statuses() {
    for (Status status : Status.values()) {
      assertEquals(status.name(), FenchelRaw.fen_status_name(status.code()));
      assertEquals(status.message(), FenchelRaw.fen_status_message(status.code()));
    }
  }

  @Test
  void enums() {
    for (Termination value : Termination.values()) {
      assertEquals(value.name(), FenchelRaw.fen_termination_name(value.code()));
    }
    for (Certificate value : Certificate.values()) {
      assertEquals(value.name(), FenchelRaw.fen_certificate_name(value.code()));
    }
  }

  @Test
  void defaultsAreThoseOfTheLibrary() {
    Sinkhorn fresh = Sinkhorn.problem(new double[1], 1, 1);
    double[] spec = new double[fresh.spec.length];
    double[] options = new double[fresh.options.length];
    FenchelRaw.fen_transport_spec_init(spec);
    FenchelRaw.fen_sinkhorn_options_init(options);
    assertArrayEquals(spec, fresh.spec);
    assertArrayEquals(options, fresh.options);
    Composite composite = Composite.of(null);
    double[] minimize = new double[composite.options.length];
    FenchelRaw.fen_minimize_options_init(minimize);
    assertArrayEquals(minimize, composite.options);
    double[] minimized = new double[MinimizeSummary.SIZE];
    FenchelRaw.fen_minimize_result_init(minimized);
    assertEquals(Termination.NOT_RUN, MinimizeSummary.of(minimized, 0).termination());
    double[] derivative = new double[Composite.of(null).derivativeAt(new double[1]).options.length];
    FenchelRaw.fen_derivative_options_init(derivative);
    assertArrayEquals(derivative, Composite.of(null).derivativeAt(new double[1]).options);
    FenchelRaw.fen_derivative_result_init(new double[DerivativeSummary.SIZE]);
    double[] result = new double[TransportSummary.SIZE];
    FenchelRaw.fen_transport_result_init(result);
    assertEquals(Termination.NOT_RUN, TransportSummary.of(result, 0).termination());
  }

  @Test
  void everySettingIsReachedByNameAndBySetter() throws ReflectiveOperationException {
    for (String structure : new String[] {"fen_transport_spec", "fen_sinkhorn_options"}) {
      int count = FenchelRaw.fen_setting_count(structure);
      assertTrue(count >= 5);
      for (int i = 0; i < count; i++) {
        Object[] info = new Object[3];
        FenchelRaw.fen_setting_at(structure, i, info);
        String name = (String) info[0];
        double[] numbers = (double[]) info[2];
        Sinkhorn builder = Sinkhorn.problem(new double[1], 1, 1);
        double[] values = structure.equals("fen_transport_spec") ? builder.spec : builder.options;
        double value = numbers[1] == numbers[2] ? numbers[3] : numbers[2];
        if (Double.isInfinite(value) || value == Double.MIN_VALUE) {
          value = 0.5;
        }
        builder.set(name, name.equals("reg_type") ? "entropy" : java.math.BigDecimal.valueOf(value).toPlainString());
        assertEquals(name.equals("reg_type") ? 1.0 : value, values[i], name);
        double[] read = new double[1];
        FenchelRaw.fen_setting_get(structure, values, name, read);
        assertEquals(values[i], read[0], name);
        assertTrue(hasSetter(name), name);
      }
    }
    Object[] info = new Object[3];
    assertEquals(Status.RANGE.code(), FenchelRaw.fen_setting_at("fen_transport_spec", 99, info));
    assertThrows(NameException.class, () -> Sinkhorn.problem(new double[1], 1, 1).set("none", "1"));
  }

  @Test
  void everyMinimizeSettingIsReachedByName() {
    String structure = "fen_minimize_options";
    int count = FenchelRaw.fen_setting_count(structure);
    assertEquals(Composite.of(null).options.length, count);
    for (int i = 0; i < count; i++) {
      Object[] info = new Object[3];
      FenchelRaw.fen_setting_at(structure, i, info);
      Composite builder = Composite.of(null).set((String) info[0], "1");
      assertEquals(1.0, builder.options[i], (String) info[0]);
      double[] read = new double[1];
      FenchelRaw.fen_setting_get(structure, builder.options, (String) info[0], read);
      assertEquals(1.0, read[0]);
    }
  }

  private static boolean hasSetter(String name) {
    StringBuilder camel = new StringBuilder();
    for (String part : name.split("_")) {
      camel.append(camel.length() == 0 ? part : Character.toUpperCase(part.charAt(0)) + part.substring(1));
    }
    for (var method : SinkhornSettings.class.getMethods()) {
      if (method.getName().contentEquals(camel)) {
        return true;
      }
    }
    return false;
  }

  @Test
  void catalogues() throws IllegalAccessException {
    assertEquals(constants(Costs.class), Fenchel.costs());
    assertEquals(constants(Methods.class), Fenchel.methods());
    assertEquals(constants(MinimizeMethods.class), Fenchel.minimizeMethods());
    assertEquals(constants(OperatorNames.class), Fenchel.operators());
    assertEquals(constants(SmoothNames.class), Fenchel.smoothTerms());
    assertEquals(constants(ProxNames.class), Fenchel.proxTerms());
    assertEquals(constants(SolutionParameters.class), names("solution_parameter"));
    assertEquals(constants(BilevelMethods.class), names("bilevel_method"));
    assertTrue(Fenchel.documentation("auto").contains("Newton"));
    assertThrows(NameException.class, () -> Fenchel.documentation("none"));
    for (String name : Fenchel.proxTerms()) {
      assertFalse(Fenchel.documentation("prox", name).isBlank(), name);
    }
    assertThrows(NameException.class, () -> Fenchel.documentation("prox", "none"));
    assertThrows(NameException.class, () -> Fenchel.documentation("none", "l1"));
  }

  private static List<String> names(String kind) {
    List<String> out = new ArrayList<>();
    for (int k = 0; k < FenchelRaw.fen_term_count(kind); k++) {
      out.add(FenchelRaw.fen_term_name(kind, k));
    }
    return out;
  }

  private static List<String> constants(Class<?> type) throws IllegalAccessException {
    List<String> out = new ArrayList<>();
    for (Field field : type.getFields()) {
      out.add((String) field.get(null));
    }
    return out;
  }
}
