import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.CRC32;

/** Reads the inputs that examples/inputs.py wrote, and prints numbers so that languages can be compared to the last bit. */
final class Numbers {
  final Path output;

  Numbers(String[] args) {
    output = Path.of(args.length > 0 ? args[0] : "build/examples/java");
  }

  /** An input's shape. */
  int[] shape(String name) throws IOException {
    for (String line : Files.readAllLines(data().resolve("inputs.txt"))) {
      String[] words = line.split(" ");
      if (words[0].equals(name)) {
        return Arrays.stream(words).skip(2).mapToInt(Integer::parseInt).toArray();
      }
    }
    throw new IOException("no input " + name);
  }

  float[] floats(String name) throws IOException {
    ByteBuffer bytes = bytes(name);
    float[] values = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(values);
    return values;
  }

  double[] doubles(String name) throws IOException {
    ByteBuffer bytes = bytes(name);
    double[] values = new double[bytes.remaining() / Double.BYTES];
    bytes.asDoubleBuffer().get(values);
    return values;
  }

  int[] ints(String name) throws IOException {
    ByteBuffer bytes = bytes(name);
    int[] values = new int[bytes.remaining() / Integer.BYTES];
    bytes.asIntBuffer().get(values);
    return values;
  }

  /** One result: its bits, compared by examples/compare.py, and its decimals. */
  static void number(String name, double value) {
    System.out.printf(Locale.ROOT, "= %s %016x %.9f%n", name, Double.doubleToRawLongBits(value), value);
  }

  /** A number made of sums and logarithms of this program's own: six decimals are compared. */
  static void decimal(String name, double value) {
    System.out.printf(Locale.ROOT, "= %s %.6f%n", name, value);
  }

  static void count(String name, long value) {
    System.out.printf("= %s %d%n", name, value);
  }

  /** The CRC-32 of an array's bytes. */
  static void array(String name, float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    checksum(name, bytes);
  }

  static void array(String name, double[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asDoubleBuffer().put(values);
    checksum(name, bytes);
  }

  static void array(String name, int[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(values);
    checksum(name, bytes);
  }

  private static void checksum(String name, ByteBuffer bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    System.out.printf("= %s %08x%n", name, crc.getValue());
  }

  private Path data() {
    return output.resolveSibling("data");
  }

  private ByteBuffer bytes(String name) throws IOException {
    return ByteBuffer.wrap(Files.readAllBytes(data().resolve(name + ".bin"))).order(ByteOrder.LITTLE_ENDIAN);
  }
}
