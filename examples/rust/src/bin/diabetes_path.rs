//! The Lasso path of the diabetes data: which measurements matter, as the weight of the penalty falls: see
//! diabetes_path.py.
//!
//! A hundred solutions in one call, each with a duality gap; ten folds choose among them.
use std::error::Error;

use fenchel::{Composite, Matrix, MatrixRef, MinimizeOptions, Operator, Prox, Smooth};
use fenchel_examples::pictures::{curve, range, save_svg};
use fenchel_examples::{array_f64, count, doubles, number};

const NAMES: [&str; 10] = ["age", "sex", "bmi", "pressure", "tc", "ldl", "hdl", "tch", "ltg", "glucose"];
const COLOURS: [&str; 10] =
    ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf"];

/// Coefficients above, losses below, over the logarithm of the factor; dotted: the best of ten folds.
fn draw(x: &Matrix<f64>, losses: &[f64], best: usize) -> std::io::Result<()> {
    let mut svg = String::new();
    let reach = range((0..x.rows()).flat_map(|k| x.row(k)[..NAMES.len()].to_vec()));
    for (j, (name, colour)) in NAMES.iter().zip(COLOURS).enumerate() {
        let values: Vec<f64> = (0..x.rows()).map(|k| x[(k, j)]).collect();
        curve(&mut svg, 20.0, &values, reach, colour);
        let y = 24.0 + 240.0 * (reach.1 - values[values.len() - 1]) / (reach.1 - reach.0);
        svg += &format!("<text x='625' y='{y:.1}' font-size='11' fill='{colour}'>{name}</text>\n");
    }
    curve(&mut svg, 290.0, losses, range(losses.iter().copied()), "black");
    let at = 20.0 + 600.0 * best as f64 / (losses.len() - 1) as f64;
    svg += &format!("<line x1='{at:.1}' x2='{at:.1}' y1='20' y2='530' stroke='grey' stroke-dasharray='3'/>\n");
    svg += "<text x='20' y='15'>coefficients</text><text x='20' y='285'>held-out loss of ten folds</text>\n";
    svg += "<text x='20' y='550'>lam, falling to a thousandth of the largest one</text>\n";
    save_svg("diabetes_path.svg", &svg)
}

fn main() -> Result<(), Box<dyn Error>> {
    let (x, y, ratios) = (doubles("diabetes_x")?, doubles("diabetes_y")?, doubles("diabetes_ratios")?);
    let a = Operator::dense(MatrixRef::new(&x, y.len(), NAMES.len())?)?;
    let f = Smooth::named("least_squares").term("A", &a).array("y", &y).number("intercept", 1.0).build()?;
    let problem = Composite::<f64>::new().smooth(&f).prox(&Prox::l1(1.0)?);

    let (lambda_max, options) = (problem.lambda_max()?, MinimizeOptions::default());
    let factors: Vec<f64> = ratios.iter().map(|ratio| lambda_max * ratio).collect();
    let path = problem.path(&factors, &options)?;
    let folds: Vec<i64> = (0..y.len() as i64).map(|i| i % 10).collect();
    let by_fold = problem.cross_validate(&factors, &folds, &options)?;
    let losses: Vec<f64> = (0..factors.len()).map(|k| (0..10).map(|j| by_fold[(j, k)]).sum::<f64>() / 10.0).collect();
    let best = (1..losses.len()).fold(0, |best, k| if losses[k] < losses[best] { k } else { best });
    let used = path.x.row(best)[..NAMES.len()].iter().filter(|w| **w != 0.0).count();
    let gap = path.results.iter().map(|result| result.gap).fold(0.0, f64::max);
    println!("{} solutions, largest gap {gap:.1e}", factors.len());
    println!("best of ten folds: lam {:.1}, {used} measurements", factors[best]);

    number("lambda_max", factors[0]);
    count("best", best);
    array_f64("path", path.x.as_slice());
    draw(&path.x, &losses, best)?;
    Ok(())
}
