//! Chooses 64 penalties, one a pixel, for handwritten digits: see feature_penalties.py.
//!
//! Ten logistic models, a class against the rest, are fitted to 250 images only; the other training images judge them. One
//! penalty shared by all pixels is tuned first, then each pixel gets its own.
use std::error::Error;

use fenchel::{MatrixRef, Operator, Smooth, TuneOptions, Tuned, Tuner};
use fenchel_examples::pictures::Picture;
use fenchel_examples::{array_f64, count, doubles, number};

const FITTED: usize = 250;
const PIXELS: usize = 64;
const CLASSES: usize = 10;

/// Logistic models on some images, one a class; they share the penalties as folds would.
fn models<'a>(images: &'a [f64], digits: &[f64], mean: f64) -> fenchel::Result<Vec<Smooth<'a>>> {
    let a = Operator::dense(MatrixRef::new(images, digits.len(), PIXELS)?)?;
    let model = |class: usize| {
        let y: Vec<f64> = digits.iter().map(|digit| if *digit == class as f64 { 1.0 } else { -1.0 }).collect();
        Smooth::named("logistic").term("A", &a).array("y", &y).number("mean", mean).build()
    };
    (0..CLASSES).map(model).collect()
}

fn report(name: &str, found: &Tuned<f64>) -> Result<(), Box<dyn Error>> {
    let (tests, answers) = (doubles("digits_test_x")?, doubles("digits_test_y")?);
    let classify = |image: &[f64]| {
        let score = |class| -> f64 { found.x.row(class).iter().zip(image).map(|(x, ink)| x * ink).sum() };
        (1..CLASSES).fold(0, |best, class| if score(class) > score(best) { class } else { best })
    };
    let right = tests.chunks(PIXELS).zip(&answers).filter(|(image, answer)| classify(image) as f64 == **answer).count();
    let result = &found.result;
    println!("{} after {} evaluations, {:.2} s", result.termination, result.iterations, result.seconds);
    println!("criterion {:.6} (was {:.6}), {right} right", result.criterion, result.first_criterion);
    number(&format!("{name}_criterion"), result.criterion);
    count(&format!("{name}_right"), right);
    count(&format!("{name}_evaluations"), result.iterations);
    Ok(())
}

/// The mean of all images, black ink, and the penalties: grey is the shared one, white a thousandth, black a thousand of it.
fn draw(images: &[f64], shared: f64, penalties: &[f64]) -> std::io::Result<()> {
    let n = (images.len() / PIXELS) as f64;
    let ink = |pixel: usize| images.iter().skip(pixel).step_by(PIXELS).sum::<f64>() / n;
    let paper: Vec<f64> = (0..PIXELS).map(|pixel| 1.0 - ink(pixel)).collect();
    let shade: Vec<f64> = penalties.iter().map(|penalty| 0.5 - (penalty / shared).log10() / 6.0).collect();
    let mut picture = Picture::new(256, 528);
    picture.put(0, 0, paper.chunks(8), 32);
    picture.put(0, 272, shade.chunks(8), 32);
    picture.save("feature_penalties.pgm")
}

fn main() -> Result<(), Box<dyn Error>> {
    let (images, digits) = (doubles("digits_train_x")?, doubles("digits_train_y")?);
    let ((seen, unseen), (seen_y, unseen_y)) = (images.split_at(FITTED * PIXELS), digits.split_at(FITTED));
    let (f, held_out) = (models(seen, seen_y, 0.0)?, models(unseen, unseen_y, 1.0)?);
    let tuner = || f.iter().zip(&held_out).fold(Tuner::<f64>::new("squared_l2"), |tuner, (f, c)| tuner.fold(f, c));
    let options = TuneOptions { num_threads: 0, ..Default::default() };

    let one = tuner().start("lam", 1.0).tune(&options)?;
    report("one", &one)?;
    let shared = one.value("lam").ok_or("lam was tuned")?;
    let each = tuner().start_array("weights", &[shared; PIXELS]).fixed("lam", 1.0).tune(&options)?;
    report("each", &each)?;
    let penalties = each.array("weights").ok_or("weights were tuned")?;
    number("penalty", shared);
    array_f64("penalties", penalties);
    draw(&images, shared, penalties)?;
    Ok(())
}
