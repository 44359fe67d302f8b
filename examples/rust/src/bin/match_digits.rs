//! Matches handwritten threes with handwritten fives, images being points with 64 coordinates: see match_digits.py.
use std::error::Error;

use fenchel::{cost, Cost, MatrixRef, Sinkhorn, Weights};
use fenchel_examples::{array, count, doubles, number};

const D: usize = 64;
const EPS: f64 = 0.2; // in units of the cost, squared distances between images

fn divergence(x: MatrixRef<'_, f64>, y: MatrixRef<'_, f64>) -> fenchel::Result<f64> {
    Ok(Sinkhorn::new(EPS).divergence(x, y, Weights::Uniform, Weights::Uniform, cost::SQEUCLIDEAN)?.value)
}

/// The column of each row's largest entry, the first of equal ones.
fn partners(plan: &fenchel::Matrix<f64>) -> Vec<i32> {
    let largest = |row: &[f64]| (1..row.len()).fold(0, |best, j| if row[j] > row[best] { j } else { best });
    (0..plan.rows()).map(|i| largest(plan.row(i)) as i32).collect()
}

fn print(image: &[f64]) {
    for row in image.chunks(8) {
        let line: String = row.iter().flat_map(|ink| [b" .:-=+*#@"[(8.0 * ink) as usize] as char, ' ']).collect();
        println!("  {line}");
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let (threes, fives) = (doubles("threes")?, doubles("fives")?);
    let x = MatrixRef::new(&threes, threes.len() / D, D)?;
    let y = MatrixRef::new(&fives, fives.len() / D, D)?;
    let sinkhorn = Sinkhorn::new(EPS).num_threads(0);
    let solution = sinkhorn.solve(Weights::Uniform, Weights::Uniform, Cost::points(x, y, cost::SQEUCLIDEAN))?;
    println!("{} after {:.4} s", solution.result.termination, solution.result.seconds);
    let plan = solution.plan()?;
    let partners = partners(&plan);

    // Every second image: the same memory, read with twice the stride.
    let half = |first| MatrixRef::strided(&threes, (x.rows() - first + 1) / 2, D, 2 * D as isize, 1, first * D);
    let (between, within) = (divergence(x, y)?, divergence(half(0)?, half(1)?)?);
    println!("divergence of threes from fives {between:.3}, of one half of the threes from the other {within:.3}");
    println!("the first three:");
    print(&threes[..D]);
    println!("and its partner:");
    print(&fives[partners[0] as usize * D..][..D]);

    number("cost", solution.result.cost);
    number("dual", solution.result.dual);
    count("passes", solution.result.passes);
    number("between", between);
    number("within", within);
    array("plan", plan.as_slice().iter().flat_map(|v| v.to_le_bytes()));
    array("partners", partners.iter().flat_map(|v| v.to_le_bytes()));
    Ok(())
}
