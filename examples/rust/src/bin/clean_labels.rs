//! Finds the wrong labels among handwritten digits of which 40 % are labelled wrongly: see clean_labels.py.
//!
//! Each of 798 samples gets a weight between 0 and 1; the weights are chosen so that the model fitted to the weighted
//! samples does well on 400 digits whose labels are right.
use std::error::Error;

use fenchel::{minimize_method, Composite, MatrixRef, MinimizeOptions, Operator, Prox, Smooth, TuneOptions, Tuner};
use fenchel_examples::pictures::{curve, save_svg};
use fenchel_examples::{array_f64, count, decimal, doubles, number};

const PIXELS: usize = 64;
const CLASSES: usize = 10;
const HEAVY: f64 = 30.0; // while labels are judged
const ORDINARY: [f64; 2] = [3.0, 10.0]; // every set of samples is fitted with its best
const BINS: usize = 20;

fn model<'a>(images: &'a [f64], labels: &[f64], mean: f64) -> fenchel::Result<Smooth<'a>> {
    let a = Operator::dense(MatrixRef::new(images, labels.len(), PIXELS)?)?;
    let model = Smooth::named("multinomial").term("A", &a).array("y", labels);
    model.number("classes", CLASSES as f64).number("mean", mean).build()
}

/// Test digits that a model of these samples classifies rightly.
fn count_right(images: &[f64], labels: &[f64]) -> Result<usize, Box<dyn Error>> {
    let (tests, answers) = (doubles("digits_test_x")?, doubles("digits_test_y")?);
    let options = MinimizeOptions { tol: 1e-6, ..Default::default() };
    let f = model(images, labels, 0.0)?;
    let mut most = 0;
    for lam in ORDINARY {
        let g = Prox::named("squared_l2").number("lam", lam).build()?;
        let x = Composite::<f64>::new().smooth(&f).prox(&g).minimize_by(minimize_method::AUTO, &options)?.x;
        let classify = |image: &[f64]| {
            let mut score = [0.0; CLASSES];
            for (ink, row) in image.iter().zip(x.chunks(CLASSES)) {
                score.iter_mut().zip(row).for_each(|(score, weight)| *score += ink * weight);
            }
            (1..CLASSES).fold(0, |best, k| if score[k] > score[best] { k } else { best })
        };
        let guesses = tests.chunks(PIXELS).map(classify);
        most = most.max(guesses.zip(&answers).filter(|(guess, answer)| *guess as f64 == **answer).count());
    }
    Ok(most)
}

/// The weights of right labels and of wrong ones, each ascending.
fn sorted(weights: &[f64], wrong: &[bool]) -> [Vec<f64>; 2] {
    [false, true].map(|kind| {
        let mut of_kind: Vec<f64> = weights.iter().zip(wrong).filter(|(_, w)| **w == kind).map(|(v, _)| *v).collect();
        of_kind.sort_by(f64::total_cmp);
        of_kind
    })
}

fn below(sorted: &[f64], value: f64) -> usize {
    sorted.partition_point(|weight| *weight < value)
}

/// Above: how many right labels (blue) and wrong ones (orange) have which weight. Below: the share of wrong labels found
/// (up) over the share of right ones suspected (right), as the threshold rises.
fn draw(kinds: &[Vec<f64>; 2]) -> std::io::Result<()> {
    let mut svg = String::new();
    let mut bars = [[0.0_f64; BINS]; 2];
    for (bar, weights) in bars.iter_mut().zip(kinds) {
        weights.iter().for_each(|weight| bar[((weight * BINS as f64) as usize).min(BINS - 1)] += 1.0);
    }
    let most = bars.iter().flatten().fold(0.0_f64, |most, bar| most.max(*bar));
    for (kind, colour) in ["#1f77b4", "#ff7f0e"].iter().enumerate() {
        for (b, bar) in bars[kind].iter().enumerate() {
            let (x, height) = (21 + 30 * b + 14 * kind, 240.0 * bar / most);
            let y = 260.0 - height;
            svg += &format!("<rect x='{x}' y='{y:.1}' width='14' height='{height:.1}' fill='{colour}'/>\n");
        }
    }
    let [right, wrong] = kinds;
    let roc: Vec<f64> = right.iter().map(|weight| below(wrong, *weight) as f64 / wrong.len() as f64).collect();
    curve(&mut svg, 290.0, &roc, (0.0, 1.0), "black");
    svg += "<text x='20' y='15'>samples by weight, 0 to 1: blue right labels, orange wrong ones</text>\n";
    svg += "<text x='20' y='285'>wrong labels found, by right labels suspected</text>\n";
    save_svg("clean_labels.svg", &svg)
}

fn main() -> Result<(), Box<dyn Error>> {
    let (images, truth) = (doubles("digits_train_x")?, doubles("digits_train_y")?);
    let given = doubles("digits_flipped_y")?;
    let (spoilt, held) = images.split_at(given.len() * PIXELS);
    let known = &truth[given.len()..];
    let start = vec![0.5; given.len()];
    let tuner = Tuner::<f64>::new("squared_l2").start_array("f.weights", &start).fixed("lam", HEAVY);
    let options = TuneOptions { max_iter: 10, ..Default::default() };
    let found = tuner.fold(&model(spoilt, &given, 0.0)?, &model(held, known, 1.0)?).tune(&options)?;
    let weights = found.array("f.weights").ok_or("f.weights were tuned")?;

    let wrong: Vec<bool> = given.iter().zip(&truth).map(|(label, truth)| label != truth).collect();
    let kinds = sorted(weights, &wrong);
    // The share of pairs, a wrong label and a right one, that the weights put in order.
    let ordered: usize = kinds[0].iter().map(|weight| below(&kinds[1], *weight)).sum();
    let auc = ordered as f64 / (kinds[0].len() * kinds[1].len()) as f64;
    let kept: Vec<usize> = (0..given.len()).filter(|i| weights[*i] > 0.5).collect();
    println!("{} of {} labels wrong, AUC {auc:.4}; {} kept", kinds[1].len(), given.len(), kept.len());

    number("before", found.result.first_criterion);
    number("after", found.result.criterion);
    count("evaluations", found.result.iterations);
    array_f64("weights", weights);
    count("kept", kept.len());
    count("kept_wrong", kept.iter().filter(|i| wrong[**i]).count());
    decimal("auc", auc);
    let kept_x: Vec<f64> = kept.iter().flat_map(|i| spoilt[i * PIXELS..(i + 1) * PIXELS].to_vec()).collect();
    let kept_y: Vec<f64> = kept.iter().map(|i| given[*i]).collect();
    count("right_by_spoilt", count_right(spoilt, &given)?);
    count("right_by_kept", count_right(&kept_x, &kept_y)?);
    count("right_by_held", count_right(held, known)?);
    count("right_by_spoilt_and_held", count_right(&images, &[&given, known].concat())?);
    count("right_by_kept_and_held", count_right(&[&kept_x, held].concat(), &[&kept_y, known].concat())?);
    draw(&kinds)?;
    Ok(())
}
