// SnippetTest.java -- the Java of the READMEs and of the documentation comments compiles, and runs.
package io.fenchel;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class SnippetTest {
  private static final Path MODULE = Path.of(System.getProperty("basedir", ".")).toAbsolutePath();
  private static final Pattern FENCED = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Pattern COMMENTED = Pattern.compile("<pre>\\{@code\n(.*?)\\}</pre>", Pattern.DOTALL);

  /** What snippets take for granted: clouds x (n, d) and y (m, d), a cost (n, m), weights, a model, and batches. */
  private static final String GIVEN = """
      static double[] fill(int count) {
        double[] out = new double[count];
        for (int i = 0; i < count; i++) {
          out[i] = ((i * 37) % 101) / 101.0;
        }
        return out;
      }
      static double[] ones(int count, double value) {
        double[] out = new double[count];
        Arrays.fill(out, value);
        return out;
      }
      static final int n = 8, m = 7, d = 2, count = 3, rows = 14, cols = 4;
      static double[] x = fill(n * d), y = fill(m * d), cost = fill(n * m), costs = fill(count * n * m);
      static double[] a = ones(n, 1.0 / n), b = ones(m, 1.0 / m), as = ones(count * n, 1.0 / n), bs = ones(count * m, 1.0 / m);
      static double[] w = ones(n, 1), v = fill(n);
      static double[] matrix = fill(rows * cols), targets = fill(rows), labels = signs(), importance = ones(cols, 2);
      static double[] values = fill(rows), validation = ones(rows * cols, 0.5), unseen = ones(rows, 0.2);
      static int[] indptr = new int[rows + 1], indices = new int[rows], folds = new int[rows];
      static double[] signs() {
        double[] out = ones(rows, 1);
        for (int i = 0; i < rows; i += 2) {
          out[i] = -1;
        }
        return out;
      }
      static {
        for (int i = 0; i < rows; i++) {
          indptr[i + 1] = i + 1;
          indices[i] = (i * 3) % cols;
          folds[i] = i % 2;
          values[i] += 0.5;
        }
      }
      """;

  private record Snippet(String place, String code) {}

  @TempDir
  static Path scratch;

  private static List<Snippet> snippets() throws IOException {
    List<Snippet> out = new ArrayList<>();
    for (Path readme : List.of(MODULE.resolve("README.md"), MODULE.resolve("../../README.md").normalize())) {
      collect(readme, FENCED, "", out);
    }
    try (Stream<Path> files = Files.list(MODULE.resolve("src/main/java/io/fenchel"))) {
      for (Path file : files.sorted().toList()) {
        collect(file, COMMENTED, "(?m)^ *\\* ?", out);
      }
    }
    return out;
  }

  private static void collect(Path file, Pattern pattern, String margin, List<Snippet> out) throws IOException {
    Matcher matcher = pattern.matcher(Files.readString(file));
    while (matcher.find()) {
      String code = margin.isEmpty() ? matcher.group(1) : matcher.group(1).replaceAll(margin, "");
      out.add(new Snippet(MODULE.relativize(file) + " " + (out.size() + 1), code));
    }
  }

  private static String program(String name, String code) {
    String imports = code.lines().filter(line -> line.startsWith("import ")).collect(Collectors.joining("\n"));
    String body = code.lines().filter(line -> !line.startsWith("import ")).collect(Collectors.joining("\n"));
    return "import io.fenchel.*;\nimport java.util.*;\n" + imports + "\npublic class " + name + " {\n" + GIVEN
        + "public static void run() throws Exception {\n" + body + "\n}\n}\n";
  }

  private static void compile(String name, String program) throws URISyntaxException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    assertTrue(compiler != null, "the tests need a JDK");
    DiagnosticCollector<JavaFileObject> said = new DiagnosticCollector<>();
    JavaFileObject source = new SimpleJavaFileObject(URI.create("string:///" + name + ".java"), JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return program;
      }
    };
    String classes = Path.of(Composite.class.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    boolean good =
        compiler.getTask(null, null, said, List.of("-d", scratch.toString(), "-cp", classes), null, List.of(source)).call();
    String errors = said.getDiagnostics().stream().filter(one -> one.getKind() == Diagnostic.Kind.ERROR)
        .map(Object::toString).collect(Collectors.joining("\n"));
    assertTrue(good, errors + "\n" + program);
  }

  private static void run(String name) throws Throwable {
    try (URLClassLoader loader = new URLClassLoader(new URL[] {scratch.toUri().toURL()}, SnippetTest.class.getClassLoader())) {
      loader.loadClass(name).getMethod("run").invoke(null);
    } catch (InvocationTargetException failure) {
      throw failure.getCause();
    }
  }

  @TestFactory
  List<DynamicTest> everySnippet() throws IOException {
    List<Snippet> found = snippets();
    assertTrue(found.size() >= 10, found.size() + " snippets");
    List<DynamicTest> out = new ArrayList<>();
    for (int k = 0; k < found.size(); k++) {
      String name = "Snippet" + k;
      Snippet snippet = found.get(k);
      out.add(DynamicTest.dynamicTest(snippet.place(), () -> {
        compile(name, program(name, snippet.code()));
        run(name);
      }));
    }
    return out;
  }
}
