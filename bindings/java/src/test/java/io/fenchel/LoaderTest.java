// LoaderTest.java -- platform names, and where the native library comes from.
package io.fenchel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoaderTest {
  private static final String FILE = System.mapLibraryName("fenchel_jni");

  @TempDir
  Path folder;

  /** Prints the version, or the reason why there is none. */
  static final class PrintVersion {
    private PrintVersion() {}

    public static void main(String[] args) {
      try {
        System.out.println("version " + Fenchel.version());
      } catch (UnsatisfiedLinkError failure) {
        System.out.println("refused: " + failure.getMessage());
      }
    }
  }

  /** Loads all classes a second time, as plug-in hosts do. */
  static final class TwoLoaders {
    private TwoLoaders() {}

    public static void main(String[] args) throws Exception {
      List<URL> urls = new ArrayList<>();
      for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
        urls.add(Path.of(entry).toUri().toURL());
      }
      String first = Fenchel.version();
      try (URLClassLoader other = new URLClassLoader(urls.toArray(new URL[0]), ClassLoader.getPlatformClassLoader())) {
        Class<?> copy = Class.forName("io.fenchel.Fenchel", true, other);
        System.out.println(copy != Fenchel.class && first.equals(copy.getMethod("version").invoke(null)));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
      "Linux, amd64, linux-x86_64", "Linux, x86_64, linux-x86_64", "LINUX, x86-64, linux-x86_64",
      "Linux, x64, linux-x86_64", "Linux, aarch64, linux-aarch64", "Linux, arm64, linux-aarch64",
      "Linux, ARM64, linux-aarch64", "Linux, i386, linux-x86", "Linux, i686, linux-x86", "Linux, x86, linux-x86",
      "Linux, armv7l, linux-arm", "Linux, arm, linux-arm", "Linux, ppc64le, linux-ppc64le",
      "Linux, s390x, linux-s390x", "Linux, riscv64, linux-riscv64", "Linux, loongarch64, linux-loongarch64",
      "Mac OS X, x86_64, macos-x86_64", "Mac OS X, aarch64, macos-aarch64", "Darwin, arm64, macos-aarch64",
      "macOS, arm64, macos-aarch64", "Windows 11, amd64, windows-x86_64", "Windows Server 2022, x86, windows-x86",
      "FreeBSD, amd64, freebsd-x86_64", "SunOS, sparcv9, sunos-sparcv9"})
  void platforms(String os, String arch, String expected) {
    assertEquals(expected, NativeLoader.platform(os, arch));
  }

  @Test
  void digests() {
    assertEquals("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", NativeLoader.sha256(new byte[0]));
  }

  private byte[] embedded() throws IOException {
    String platform = NativeLoader.platform(System.getProperty("os.name"), System.getProperty("os.arch"));
    try (InputStream in = NativeLoader.class.getResourceAsStream("/natives/" + platform + "/" + FILE)) {
      return in.readAllBytes();
    }
  }

  private static String cache(Path folder) {
    return "-D" + NativeLoader.CACHE_PROPERTY + "=" + folder;
  }

  @Test
  void theCacheIsFilledOnceAndRepaired() throws IOException, InterruptedException {
    Path file = folder.resolve(NativeLoader.sha256(embedded())).resolve(FILE);
    assertTrue(ChildJvm.run(PrintVersion.class, cache(folder)).startsWith("version "));
    assertTrue(Files.isRegularFile(file));
    var time = Files.getLastModifiedTime(file);
    assertTrue(ChildJvm.run(PrintVersion.class, cache(folder)).startsWith("version "));
    assertEquals(time, Files.getLastModifiedTime(file), "written again");
    Files.writeString(file, "half a library");
    assertTrue(ChildJvm.run(PrintVersion.class, cache(folder)).startsWith("version "));
    assertEquals(embedded().length, Files.size(file));
    try (Stream<Path> left = Files.list(file.getParent())) {
      assertEquals(1, left.count(), "a part file was left");
    }
  }

  @Test
  void withoutACacheATemporaryFileIsUsedAndRemoved() throws IOException, InterruptedException {
    Path blocked = Files.writeString(folder.resolve("file"), "not a folder");
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    String output = ChildJvm.run(PrintVersion.class, cache(blocked), "-Djava.io.tmpdir=" + temporary);
    assertTrue(output.startsWith("version "), output);
    try (Stream<Path> left = Files.list(temporary)) {
      assertEquals(0, left.filter(path -> path.getFileName().toString().startsWith("fenchel")).count());
    }
  }

  @Test
  void aSecondClassLoaderHasACopyOfItsOwn() throws IOException, InterruptedException {
    String output = ChildJvm.run(TwoLoaders.class, cache(folder));
    assertTrue(output.startsWith("true"), output);
  }

  @Test
  void thePropertyWinsAndIsFinal() throws IOException, InterruptedException {
    String flag = "-D" + NativeLoader.PATH_PROPERTY + "=";
    Path own = folder.resolve(FILE);
    Files.write(own, embedded());
    assertTrue(ChildJvm.run(PrintVersion.class, flag + own, cache(folder)).startsWith("version "));
    assertTrue(ChildJvm.run(PrintVersion.class, flag + folder, cache(folder)).startsWith("version "));
    String missing = ChildJvm.run(PrintVersion.class, flag + folder.resolve("none.so"), cache(folder));
    assertTrue(missing.startsWith("refused: ") && missing.contains("none.so: no such file"), missing);
  }

  @Test
  void aFolderOfTheJavaLibraryPathIsUsed() throws IOException, InterruptedException {
    Files.write(folder.resolve(FILE), embedded());
    Path cache = folder.resolve("cache");
    String output = ChildJvm.run(PrintVersion.class, "-Djava.library.path=" + folder, cache(cache));
    assertTrue(output.startsWith("version "), output);
    assertFalse(Files.exists(cache), "the jar was unpacked although java.library.path had the library");
  }

  @Test
  void theErrorListsEverythingTried() throws IOException, InterruptedException {
    Files.writeString(folder.resolve(FILE), "no library at all");
    String output = ChildJvm.run(
        PrintVersion.class, "-Djava.library.path=" + folder, "-Dos.arch=pdp11", cache(folder.resolve("cache")));
    assertTrue(output.contains("refused: "), output);
    for (String word : new String[] {
        NativeLoader.PATH_PROPERTY + ": not set", folder.resolve(FILE) + ": file too short", "/natives/linux-pdp11/" + FILE,
        "os.arch pdp11"}) {
      assertTrue(output.contains(word), "'" + word + "' is not in: " + output);
    }
  }
}
