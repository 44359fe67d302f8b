//! Grey pictures (PGM) put together of images, and curves (SVG): what the stories draw, without a library.
use std::fmt::Write;
use std::{fs, io};

use crate::output;

/// A white picture to put images on.
pub struct Picture {
    rows: usize,
    cols: usize,
    grey: Vec<u8>,
}

impl Picture {
    /// A white one.
    pub fn new(rows: usize, cols: usize) -> Picture {
        Picture { rows, cols, grey: vec![255; rows * cols] }
    }

    /// Puts an image of numbers in \[0, 1\], one slice a row, at (row, col), each pixel a square of `scale`.
    pub fn put<'a>(&mut self, row: usize, col: usize, image: impl Iterator<Item = &'a [f64]>, scale: usize) {
        for (i, values) in image.enumerate() {
            for (j, value) in values.iter().enumerate() {
                let grey = (255.0 * value.clamp(0.0, 1.0) + 0.5) as u8;
                for y in row + i * scale..row + (i + 1) * scale {
                    self.grey[y * self.cols + col + j * scale..][..scale].fill(grey);
                }
            }
        }
    }

    /// Writes it to the output folder.
    pub fn save(&self, name: &str) -> io::Result<()> {
        let mut file = format!("P5\n{} {}\n255\n", self.cols, self.rows).into_bytes();
        file.extend(&self.grey);
        fs::write(output().join(name), file)
    }
}

/// The least and the largest of some numbers.
pub fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
}

/// A curve in a box of 600 x 240 whose upper edge lies at `top`; `low` and `high` are its range.
pub fn curve(svg: &mut String, top: f64, values: &[f64], (low, high): (f64, f64), colour: &str) {
    let (right, down) = (600.0 / (values.len() - 1) as f64, 240.0 / (high - low));
    write!(svg, "<polyline fill='none' stroke='{colour}' points='").expect("strings grow");
    for (k, value) in values.iter().enumerate() {
        write!(svg, "{:.1},{:.1} ", 20.0 + right * k as f64, top + down * (high - value)).expect("strings grow");
    }
    svg.push_str("'/>\n");
}

/// Writes curves and texts to the output folder.
pub fn save_svg(name: &str, body: &str) -> io::Result<()> {
    let head = "<svg xmlns='http://www.w3.org/2000/svg' width='700' height='560' font-family='sans-serif'>";
    fs::write(output().join(name), format!("{head}\n{body}</svg>\n"))
}
