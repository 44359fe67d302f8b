//! Classifies handwritten digits with a penalty that switches pixels off for all classes at once: see classify_digits.py.
//!
//! A multinomial model whose coefficients of one pixel form a group; most of the border of the images drops out.
use std::error::Error;

use fenchel::{minimize_method, Composite, MatrixRef, MinimizeOptions, Operator, Prox, Smooth};
use fenchel_examples::pictures::Picture;
use fenchel_examples::{array_f64, count, doubles, number};

const PIXELS: usize = 64;
const CLASSES: usize = 10;

/// The class with the largest score, weights (64, 10) and an intercept a class.
fn classify(weights: &[f64], intercept: &[f64], image: &[f64]) -> usize {
    let mut score = intercept.to_vec();
    for (ink, row) in image.iter().zip(weights.chunks(CLASSES)) {
        score.iter_mut().zip(row).for_each(|(score, weight)| *score += ink * weight);
    }
    (1..CLASSES).fold(0, |best, k| if score[k] > score[best] { k } else { best })
}

/// The weights of each class as an image: grey is zero, black the most negative, white the most positive.
fn draw(weights: &[f64]) -> std::io::Result<()> {
    let mut picture = Picture::new(64, CLASSES * 68 - 4);
    let reach = weights.iter().fold(0.0, |reach: f64, weight| reach.max(weight.abs()));
    for class in 0..CLASSES {
        let shade: Vec<f64> = weights.chunks(CLASSES).map(|row| 0.5 + row[class] / (2.0 * reach)).collect();
        picture.put(0, 68 * class, shade.chunks(8), 8);
    }
    picture.save("classify_digits.pgm")
}

fn main() -> Result<(), Box<dyn Error>> {
    let (x, y) = (doubles("digits_train_x")?, doubles("digits_train_y")?);
    let a = Operator::dense(MatrixRef::new(&x, y.len(), PIXELS)?)?;
    let model = Smooth::named("multinomial").term("A", &a).array("y", &y);
    let f = model.number("classes", CLASSES as f64).number("intercept", 1.0).build()?;
    let g = Prox::named("group_l2").number("lam", 4.0).number("size", CLASSES as f64).build()?;
    let options = MinimizeOptions { tol: 1e-6, ..Default::default() };
    let fit = Composite::new().smooth(&f).prox(&g).minimize_by(minimize_method::AUTO, &options)?;
    println!("{} after {} iterations", fit.result.termination, fit.result.iterations);

    let (weights, intercept) = fit.x.split_at(PIXELS * CLASSES);
    let (tests, answers) = (doubles("digits_test_x")?, doubles("digits_test_y")?);
    let guesses = tests.chunks(PIXELS).map(|image| classify(weights, intercept, image));
    let right = guesses.zip(&answers).filter(|(guess, answer)| *guess as f64 == **answer).count();
    let used = weights.chunks(CLASSES).filter(|row| row.iter().any(|weight| *weight != 0.0)).count();
    println!("{right} of {} digits right, by {used} of {PIXELS} pixels", answers.len());

    number("objective", fit.result.objective);
    count("right", right);
    count("pixels", used);
    array_f64("weights", weights);
    draw(weights)?;
    Ok(())
}
