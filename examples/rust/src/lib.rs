//! Reads the inputs that examples/inputs.py wrote, and prints numbers so that languages can be compared to the last bit.
use std::path::PathBuf;
use std::{env, fs, io};

pub mod pictures;

/// Where pictures go: the first argument.
pub fn output() -> PathBuf {
    env::args().nth(1).unwrap_or_else(|| "build/examples/rust".into()).into()
}

fn data() -> PathBuf {
    output().parent().map_or_else(|| "data".into(), |folder| folder.join("data"))
}

/// An input's shape.
pub fn shape(name: &str) -> io::Result<Vec<usize>> {
    let listing = fs::read_to_string(data().join("inputs.txt"))?;
    let line = listing.lines().find(|line| line.split(' ').next() == Some(name));
    let words = line.ok_or(io::ErrorKind::NotFound)?.split(' ').skip(2);
    Ok(words.filter_map(|word| word.parse().ok()).collect())
}

fn elements<const N: usize, T>(name: &str, convert: fn([u8; N]) -> T) -> io::Result<Vec<T>> {
    let bytes = fs::read(data().join(format!("{name}.bin")))?;
    Ok(bytes.chunks_exact(N).map(|chunk| convert(chunk.try_into().expect("a chunk has N bytes"))).collect())
}

/// An input of 32-bit floats.
pub fn floats(name: &str) -> io::Result<Vec<f32>> {
    elements(name, f32::from_le_bytes)
}

/// An input of 64-bit floats.
pub fn doubles(name: &str) -> io::Result<Vec<f64>> {
    elements(name, f64::from_le_bytes)
}

/// An input of 32-bit integers.
pub fn integers(name: &str) -> io::Result<Vec<i32>> {
    elements(name, i32::from_le_bytes)
}

/// Prints a result: its bits, compared by examples/compare.py, and its decimals.
pub fn number(name: &str, value: f64) {
    println!("= {name} {:016x} {value:.9}", value.to_bits());
}

/// Prints a number made of sums and logarithms of this program's own: six decimals are compared.
pub fn decimal(name: &str, value: f64) {
    println!("= {name} {value:.6}");
}

/// Prints a result that is a count.
pub fn count(name: &str, value: impl std::fmt::Display) {
    println!("= {name} {value}");
}

/// Prints the CRC-32 of the bytes of 64-bit floats.
pub fn array_f64(name: &str, values: &[f64]) {
    array(name, values.iter().flat_map(|v| v.to_le_bytes()));
}

/// Prints the CRC-32 of an array's bytes.
pub fn array(name: &str, bytes: impl Iterator<Item = u8>) {
    let mut table = [0_u32; 256];
    for (byte, entry) in (0..).zip(&mut table) {
        *entry = (0..8).fold(byte, |crc: u32, _| (crc >> 1) ^ ((crc & 1) * 0xedb8_8320));
    }
    let crc = bytes.fold(!0, |crc: u32, byte| (crc >> 8) ^ table[((crc ^ u32::from(byte)) & 0xff) as usize]);
    println!("= {name} {:08x}", !crc);
}
