//! What colour would the sky of one photograph take from another one, and what decides it? See plan_sensitivity.py.
//!
//! The warmth of what the sky is paired with, red minus blue, differentiated by every share and every cost: one linear
//! system. Beside the strongest derivatives stand differences of plans that are solved again.
use std::error::Error;

use fenchel::{Cotangent, MatrixRef, Sinkhorn, Solution, Wrt};
use fenchel_examples::pictures::save_svg;
use fenchel_examples::{array_f64, count, decimal, doubles, number};

const COLOURS: usize = 32;
const SKY: usize = 0; // the commonest colour of the temple
const EPS: f64 = 0.01; // in units of the cost, squared distances in the unit cube
const STEP: f64 = 1e-5; // of the differences

fn square(values: &[f64]) -> fenchel::Result<MatrixRef<'_, f64>> {
    MatrixRef::new(values, COLOURS, COLOURS)
}

fn plan_of<'a>(sent: &[f64], received: &[f64], costs: &'a [f64]) -> fenchel::Result<Solution<'a, f64>> {
    Sinkhorn::new(EPS).tol(1e-13).solve(sent, received, square(costs)?)
}

fn total(plan: &[f64], warmth: &[f64]) -> f64 {
    plan.iter().zip(warmth).map(|(p, w)| p * w).sum()
}

/// The place that is the largest by some measure, the first of equal ones.
fn largest(values: &[f64], measure: fn(f64) -> f64) -> usize {
    (1..values.len()).fold(0, |best, k| if measure(values[k]) > measure(values[best]) { k } else { best })
}

/// A bar for the share of each colour, by how much it warms the sky.
fn draw(by_share: &[f64], colours: &[f64]) -> std::io::Result<()> {
    let mut order: Vec<usize> = (0..COLOURS).collect();
    order.sort_by(|a, b| by_share[*b].total_cmp(&by_share[*a]));
    let (high, low) = (by_share[order[0]], by_share[order[COLOURS - 1]]);
    let mut svg =
        String::from("<text x='20' y='18'>warmth of the sky by the share of each colour of the flower</text>\n");
    for (k, j) in order.into_iter().enumerate() {
        let (x, y) = (20 + 20 * k, 30.0 + 260.0 * (high - by_share[j].max(0.0)) / (high - low));
        let height = 260.0 * by_share[j].abs() / (high - low);
        let [red, green, blue] = [0, 1, 2].map(|c| (255.0 * colours[3 * j + c]).round());
        svg += &format!("<rect x='{x}' y='{y:.1}' width='18' height='{height:.1}' stroke='grey' ");
        svg += &format!("fill='rgb({red},{green},{blue})'/>\n");
    }
    save_svg("plan_sensitivity.svg", &svg)
}

fn main() -> Result<(), Box<dyn Error>> {
    let (sent, received) = (doubles("temple_shares")?, doubles("flower_shares")?);
    let (costs, colours) = (doubles("palette_costs")?, doubles("flower_palette")?);
    let mut warmth = vec![0.0; costs.len()];
    for (j, colour) in colours.chunks(3).enumerate() {
        warmth[SKY * COLOURS + j] = (colour[0] - colour[2]) / sent[SKY];
    }
    let solved = plan_of(&sent, &received, &costs)?;
    let cotangent = Cotangent { plan: Some(square(&warmth)?), ..Default::default() };
    let by = solved.vjp(&cotangent, &[Wrt::B, Wrt::Cost], 0.0)?;
    let (by_share, by_cost) = (by.b.ok_or("b was asked for")?, by.cost.ok_or("cost was asked for")?.into_vec());
    let strongest = largest(&by_cost, f64::abs);
    let (more, less) = (largest(&by_share, |v| v), largest(&by_share, |v| -v));

    // Two solves, with one cost or two shares moved.
    let warmth_at = |step: f64, of_cost: f64, of_share: f64| -> fenchel::Result<f64> {
        let (mut c, mut b) = (costs.clone(), received.clone());
        c[strongest] += step * of_cost;
        b[more] += step * of_share;
        b[less] -= step * of_share;
        let moved = plan_of(&sent, &b, &c)?.plan()?;
        Ok(total(moved.as_slice(), &warmth))
    };
    let of_cost = (warmth_at(STEP, 1.0, 0.0)? - warmth_at(-STEP, 1.0, 0.0)?) / (2.0 * STEP);
    let of_shares = (warmth_at(STEP, 0.0, 1.0)? - warmth_at(-STEP, 0.0, 1.0)?) / (2.0 * STEP);
    let slope = by_share[more] - by_share[less];
    let (row, column) = (strongest / COLOURS, strongest % COLOURS);
    println!("cost of colour {row} to colour {column}: derivative {:.9}, difference {of_cost:.9}", by_cost[strongest]);
    println!("from colour {less} to colour {more}: derivative {slope:.9}, difference {of_shares:.9}");

    decimal("warmth", total(solved.plan()?.as_slice(), &warmth));
    array_f64("by_share", &by_share);
    array_f64("by_cost", &by_cost);
    count("row", row);
    count("column", column);
    count("more", more);
    count("less", less);
    number("slope_of_cost", by_cost[strongest]);
    number("slope_of_shares", slope);
    decimal("difference_of_cost", of_cost);
    decimal("difference_of_shares", of_shares);
    draw(&by_share, &colours)?;
    Ok(())
}
