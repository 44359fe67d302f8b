// NativeLoader.java -- finds and loads the native library, and explains itself when it cannot.
package io.fenchel;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * Order: the file or folder named by the system property fenchel.library.path, which is final when set; the folders of
 * java.library.path; the library inside the jar, by way of a cache file named by its SHA-256; the same by way of a
 * temporary file. The first that loads wins.
 */
final class NativeLoader {
  static final String PATH_PROPERTY = "fenchel.library.path";
  static final String CACHE_PROPERTY = "fenchel.cache.dir";
  private static final String BASE_NAME = "fenchel_jni";

  private final List<String> tried = new ArrayList<>();
  private final String fileName = System.mapLibraryName(BASE_NAME);

  private NativeLoader() {}

  /** Called once, by the static initialiser of the raw layer. */
  static void load() {
    NativeLoader loader = new NativeLoader();
    if (!loader.fromProperty() && !loader.fromJavaLibraryPath() && !loader.fromJar()) {
      throw new UnsatisfiedLinkError(loader.explanation());
    }
    String version = FenchelRawJNI.fen_version();
    if (!version.equals(LibraryVersion.EXPECTED)) {
      throw new UnsatisfiedLinkError("fenchel: the native library that was found is version " + version
          + ", but this jar needs " + LibraryVersion.EXPECTED + "; tried: " + loader.tried);
    }
  }

  private boolean fromProperty() {
    String value = System.getProperty(PATH_PROPERTY);
    if (value == null || value.isEmpty()) {
      tried.add("system property " + PATH_PROPERTY + ": not set");
      return false;
    }
    Path path = Path.of(value);
    if (tryFile(Files.isDirectory(path) ? path.resolve(fileName) : path, "system property " + PATH_PROPERTY)) {
      return true;
    }
    // Falling back silently would load another library than the one that was asked for.
    throw new UnsatisfiedLinkError(explanation());
  }

  private boolean fromJavaLibraryPath() {
    String folders = System.getProperty("java.library.path", "");
    for (String folder : folders.split(java.io.File.pathSeparator)) {
      if (!folder.isEmpty() && tryFile(Path.of(folder).resolve(fileName), "java.library.path")) {
        return true;
      }
    }
    return false;
  }

  private boolean fromJar() {
    String resource = "/natives/" + platform(System.getProperty("os.name"), System.getProperty("os.arch")) + "/"
        + fileName;
    byte[] library;
    try (InputStream in = NativeLoader.class.getResourceAsStream(resource)) {
      if (in == null) {
        tried.add("jar: there is no " + resource + " in it");
        return false;
      }
      library = in.readAllBytes();
    } catch (IOException failure) {
      tried.add("jar: " + resource + ": " + failure);
      return false;
    }
    return fromCache(library) || fromTemporary(library);
  }

  /** One file for each content, shared by all processes of the user. */
  private boolean fromCache(byte[] library) {
    Path file = null;
    try {
      file = cacheFolder().resolve(sha256(library)).resolve(fileName);
      if (!Files.isRegularFile(file) || !sha256(Files.readAllBytes(file)).equals(sha256(library))) {
        Files.createDirectories(file.getParent());
        // Written beside and moved in one step: another process never sees half a library.
        Path part = Files.createTempFile(file.getParent(), fileName, ".part");
        Files.write(part, library);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException | RuntimeException failure) {
      tried.add("cache folder: " + (file == null ? "" : file + ": ") + failure);
      return false;
    }
    return tryFile(file, "cache folder");
  }

  private boolean fromTemporary(byte[] library) {
    Path folder = null;
    Path file = null;
    try {
      folder = Files.createTempDirectory("fenchel");
      file = folder.resolve(fileName);
      Files.write(file, library);
      return tryFile(file, "temporary folder");
    } catch (IOException | RuntimeException failure) {
      tried.add("temporary folder: " + (file == null ? System.getProperty("java.io.tmpdir") : file) + ": " + failure);
      return false;
    } finally {
      removeLater(file);
      removeLater(folder);
    }
  }

  /** At once where a loaded file may be unlinked, else when the JVM ends. */
  private static void removeLater(Path path) {
    try {
      if (path != null) {
        Files.deleteIfExists(path);
      }
    } catch (IOException inUse) {
      path.toFile().deleteOnExit();
    }
  }

  private boolean tryFile(Path file, String origin) {
    Path absolute = file.toAbsolutePath();
    if (!Files.isRegularFile(absolute)) {
      tried.add(origin + ": " + absolute + ": no such file");
      return false;
    }
    try {
      System.load(absolute.toString());
      tried.add(origin + ": " + absolute + ": loaded");
      return true;
    } catch (UnsatisfiedLinkError | SecurityException failure) {
      // The linker's text names the file once more, or twice.
      tried.add(origin + ": " + absolute + ": " + String.valueOf(failure.getMessage()).replace(absolute + ": ", ""));
      return false;
    }
  }

  private String explanation() {
    return "fenchel: the native library " + fileName + " for "
        + platform(System.getProperty("os.name"), System.getProperty("os.arch")) + " (os.name "
        + System.getProperty("os.name") + ", os.arch " + System.getProperty("os.arch") + ") could not be loaded. Tried:\n  "
        + String.join("\n  ", tried) + "\nSet -D" + PATH_PROPERTY + "=<file or folder> to use a library of your own.";
  }

  // ---- pure parts ---------------------------------------------------------------------------------------------------

  /** The folder inside the jar: os-arch in the spelling of this library, whatever the JVM's own is. */
  static String platform(String osName, String osArch) {
    return os(osName) + "-" + arch(osArch);
  }

  static String os(String name) {
    String word = name.toLowerCase(Locale.ROOT);
    if (word.startsWith("mac") || word.startsWith("darwin") || word.startsWith("osx") || word.startsWith("os x")) {
      return "macos";
    }
    if (word.startsWith("windows")) {
      return "windows";
    }
    return word.startsWith("linux") ? "linux" : word.replaceAll("[^a-z0-9]+", "");
  }

  static String arch(String name) {
    String word = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "");
    return switch (word) {
      case "amd64", "x8664", "x64", "em64t", "ia32e" -> "x86_64";
      case "aarch64", "arm64", "armv8", "arm64v8" -> "aarch64";
      case "x86", "i386", "i486", "i586", "i686", "x8632", "ia32" -> "x86";
      case "arm", "arm32", "armv7", "armv7l", "armv7a" -> "arm";
      case "ppc64le", "powerpc64le" -> "ppc64le";
      default -> word;
    };
  }

  static Path cacheFolder() {
    String own = System.getProperty(CACHE_PROPERTY);
    if (own != null && !own.isEmpty()) {
      return Path.of(own);
    }
    String home = System.getProperty("user.home", "");
    return switch (os(System.getProperty("os.name"))) {
      case "windows" -> Path.of(home, "AppData", "Local", "fenchel");
      case "macos" -> Path.of(home, "Library", "Caches", "fenchel");
      default -> Path.of(home, ".cache", "fenchel");
    };
  }

  static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
