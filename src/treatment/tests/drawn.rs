//! Treatments that draw: noise, shifts; and encryption and grids.

use super::*;
use crate::spec::NoiseKind;

fn draws(seed: u64) -> Draws {
    Draws::ephemeral(&mut ChaCha20Rng::seed_from_u64(seed))
}

fn noise(kind: NoiseKind, scale: f64, step: Option<f64>) -> Treatment {
    Treatment::Noise(Noise::new(kind, scale, step, draws(1)).unwrap())
}

fn noised(treatment: &Treatment, cells: ArrayRef) -> Vec<f64> {
    let result = treatment.apply(&cells, &Beside::from_row(0)).unwrap();
    match result.data_type() {
        DataType::Int64 => result.as_primitive::<Int64Type>().values().iter().map(|&n| n as f64).collect(),
        _ => result.as_primitive::<Float64Type>().values().to_vec(),
    }
}

#[test]
fn noise_has_its_mean_scale_and_shape() {
    const CELLS: usize = 20_000;
    let whole = || Arc::new(Int64Array::from(vec![0; CELLS])) as ArrayRef;
    let real = || Arc::new(Float64Array::from(vec![0.0; CELLS])) as ArrayRef;
    for (kind, cells, scale) in [
        (NoiseKind::DiscreteLaplace, whole(), 7.5),
        (NoiseKind::Laplace, real(), 0.03),
        (NoiseKind::Laplace, real(), 1e6),
    ] {
        let drawn = noised(&noise(kind, scale, None), cells);
        let count = CELLS as f64;
        let mean = drawn.iter().sum::<f64>() / count;
        let absolute = drawn.iter().map(|x| x.abs()).sum::<f64>() / count;
        // the standard deviation of a draw is at most √2 scales, that of its absolute value one; five of them
        assert!(mean.abs() < 5.0 * 1.415 * scale / count.sqrt(), "{kind:?} {mean}");
        // of the discrete one: 2q / (1 - q²) with q = e^(-1/scale)
        let q = (-1.0 / scale).exp();
        let expected = if kind == NoiseKind::Laplace { scale } else { 2.0 * q / (1.0 - q * q) };
        assert!((absolute - expected).abs() < 5.0 * scale / count.sqrt(), "{kind:?} {absolute} {expected}");
        // beyond ln 20 scales lie 5 %
        let far = drawn.iter().filter(|x| x.abs() > 20f64.ln() * scale).count() as f64 / count;
        assert!((far - 0.05).abs() < 0.01, "{kind:?} {far}");
    }
}

#[test]
fn noise_keeps_types_and_nulls_and_can_be_rounded() {
    let cells: ArrayRef = Arc::new(Int64Array::from(vec![Some(5), None, Some(-3)]));
    let result = noise(NoiseKind::DiscreteLaplace, 2.0, None).apply(&cells, &Beside::from_row(9)).unwrap();
    assert_eq!((result.data_type(), result.is_null(1), result.null_count()), (&DataType::Int64, true, 1));
    let cells: ArrayRef = Arc::new(Float64Array::from(vec![Some(5.25), None]));
    let half = noise(NoiseKind::Laplace, 10.0, Some(0.5));
    assert_eq!(half.to_string(), "Laplace noise of scale 10, rounded to 0.5");
    let result = half.apply(&cells, &Beside::from_row(0)).unwrap();
    let value = result.as_primitive::<Float64Type>().value(0);
    assert!((value * 2.0).fract() == 0.0 && result.is_null(1), "{value}");
    // the same row draws the same, another row another
    let ten: ArrayRef = Arc::new(Int64Array::from(vec![10; 64]));
    let wide = noise(NoiseKind::DiscreteLaplace, 1e6, None);
    let drawn = noised(&wide, ten.clone());
    assert_eq!(drawn, noised(&wide, ten.clone()));
    assert!(drawn.windows(2).all(|pair| pair[0] != pair[1]));
    let other = Treatment::Noise(Noise::new(NoiseKind::DiscreteLaplace, 1e6, None, draws(2)).unwrap());
    assert_ne!(drawn, noised(&other, ten.clone()));
    assert!(matches!(wide.apply(&ten, &Beside::default()), Err(Error::Internal(_))), "without rows");
    for scale in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300, 1e-300] {
        assert!(Noise::new(NoiseKind::Laplace, scale, None, draws(1)).is_err(), "{scale}");
    }
    let infinite: ArrayRef = Arc::new(Float64Array::from(vec![1.0, f64::INFINITY]));
    let error = noise(NoiseKind::Laplace, 1.0, None).apply(&infinite, &Beside::from_row(0)).unwrap_err();
    assert!(matches!(error, Error::Input { place: Some(Place { row: Some(2), .. }), .. }));
    assert!(noise(NoiseKind::DiscreteLaplace, 1.0, None).apply(&infinite, &Beside::from_row(0)).is_err());
    let near: ArrayRef = Arc::new(Int64Array::from(vec![i64::MAX; 20]));
    assert!(matches!(wide.apply(&near, &Beside::from_row(0)), Err(Error::Input { .. })));
}

#[test]
fn noise_leaves_the_scale_to_be_read() {
    let cells: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 9.0, 14.0, 16.0]));
    let read = |scale| {
        let read = noise(NoiseKind::Laplace, scale, None).readable(&cells, &Beside::default()).unwrap();
        read.as_primitive::<Float64Type>().values().to_vec()
    };
    assert_eq!(read(10.0), [0.0, 1.0, 1.0, 2.0]);
    assert_eq!(read(0.001), [1000.0, 9000.0, 14000.0, 16000.0], "noise that hides nothing is compared as if kept");
}

fn dates(days: &[Option<i32>]) -> ArrayRef {
    Arc::new(Date32Array::from(days.to_vec()))
}

#[test]
fn dates_of_a_subject_move_together() {
    let shift = Treatment::Shift(Shift::new(30, draws(4)).unwrap());
    let subjects: Vec<String> = (0..2000).map(|i| format!("s{}", i / 2)).collect();
    let subjects: ArrayRef = Arc::new(StringArray::from(subjects));
    let before: Vec<Option<i32>> = (0..2000).map(|i| (i % 7 != 3).then_some(18_000 + i * 11)).collect();
    let beside = Beside { subject: Some(&subjects), ..Beside::default() };
    let after = shift.apply(&dates(&before), &beside).unwrap();
    let after: Vec<Option<i32>> = after.as_primitive::<arrow::datatypes::Date32Type>().iter().collect();
    let moved: Vec<Option<i32>> = before.iter().zip(&after).map(|(b, a)| Some((*a)? - (*b)?)).collect();
    assert!(moved.iter().zip(&before).all(|(moved, before)| moved.is_some() == before.is_some()));
    for pair in moved.chunks(2) {
        assert!(pair[0].zip(pair[1]).is_none_or(|(a, b)| a == b), "{pair:?}");
    }
    // 61 numbers of days, each as likely: 2000 draws show all
    let seen: std::collections::BTreeSet<i32> = moved.into_iter().flatten().collect();
    assert_eq!((seen.first(), seen.last(), seen.len()), (Some(&-30), Some(&30), 61));
    assert!(matches!(shift.apply(&dates(&[Some(1)]), &Beside::default()), Err(Error::Internal(_))));
    let nobody: ArrayRef = Arc::new(StringArray::from(vec![None::<&str>]));
    let beside = Beside { subject: Some(&nobody), ..Beside::default() };
    assert!(matches!(shift.apply(&dates(&[Some(1)]), &beside), Err(Error::Input { .. })));
    assert!(shift.apply(&dates(&[None]), &beside).is_ok());
    assert!(Shift::new(0, draws(1)).is_err() && Shift::new(40_000, draws(1)).is_err());
    let read = shift.readable(&dates(&[Some(0), Some(60), Some(61), Some(-1)]), &Beside::default()).unwrap();
    assert_eq!(read.as_primitive::<Int64Type>().values(), &[0, 0, 1, -1]);
}

const SCOPE: Scope = Scope { release: "r", recipient: "b", column: "c" };

fn encryption(alphabet: &str) -> Fpe {
    let kept = Secret::new([9; 32]);
    let id = KeyId::of(&kept);
    Fpe::new(alphabet, &Key::kept(kept, id), SCOPE).unwrap()
}

#[test]
fn encryption_keeps_the_form_and_can_be_undone_by_the_key() {
    use ::fpe::ff1::{FF1, FlexibleNumeralString};
    let phones: Vec<String> = (0..500).map(|i| format!("138{:08}", i * 7_919)).collect();
    let treatment = Treatment::Fpe(encryption("0123456789"));
    assert_eq!((treatment.allows(), treatment.is_pseudonym()), (Claim::Deidentified, true));
    assert_eq!(treatment.to_string(), "encrypted by FF1 with AES-256 over 10 characters, kept key b03324d4eb9ae147");
    let cells: ArrayRef = Arc::new(StringArray::from(phones.clone()));
    let encrypted = as_texts(&treatment.apply(&cells, &Beside::default()).unwrap());
    let distinct: std::collections::HashSet<&String> = encrypted.iter().flatten().collect();
    assert_eq!(distinct.len(), 500, "two values never meet");
    let mut tweak = Vec::new();
    for part in ["r", "b", "c"] {
        tweak.extend(1u64.to_be_bytes());
        tweak.extend(part.as_bytes());
    }
    let cipher = FF1::<aes::Aes256>::new(&[9; 32], 10).unwrap();
    for (phone, text) in phones.iter().zip(encrypted.iter().flatten()) {
        assert!(text.len() == 11 && text.bytes().all(|byte| byte.is_ascii_digit()) && text != phone);
        let numerals: Vec<u16> = text.bytes().map(|byte| u16::from(byte - b'0')).collect();
        let back: Vec<u16> = cipher.decrypt(&tweak, &FlexibleNumeralString::from(numerals)).unwrap().into();
        assert_eq!(back.iter().map(|digit| digit.to_string()).collect::<String>(), *phone);
    }
    let plates = Treatment::Fpe(encryption("津京冀ABCDEFGHJK0123456789"));
    let plate = as_texts(&plates.apply(&texts(&[Some("津A12345"), None]), &Beside::default()).unwrap());
    assert_eq!((plate[0].as_ref().map(|text| text.chars().count()), &plate[1]), (Some(7), &None));
}

#[test]
fn encryption_refuses_small_domains_and_strange_characters() {
    assert_eq!([2, 10, 36, 1000, 65_536].map(least_length), [20, 6, 4, 2, 2]);
    let digits = Treatment::Fpe(encryption("0123456789"));
    for cell in ["12345", "1234567x", "", &"1".repeat(300)] {
        let error = digits.apply(&texts(&[Some("123456"), Some(cell)]), &Beside::default()).unwrap_err();
        assert!(matches!(&error, Error::Input { place: Some(Place { row: Some(2), .. }), .. }), "{error:?}");
        assert!(cell.is_empty() || !format!("{error:?}").contains(cell));
    }
    let key = Key::ephemeral(&mut ChaCha20Rng::seed_from_u64(1));
    for alphabet in ["", "0", "010"] {
        assert!(Fpe::new(alphabet, &key, SCOPE).is_err(), "{alphabet}");
    }
}

#[test]
fn places_become_cells_of_the_grid() {
    // the Tianjin Eye, by a computation of its own
    let tianjin = [Some("117.1802,39.1535"), None, Some(" 117.1802 ， 39.1535")];
    let grid = Treatment::Grid(Grid::new(None, 6).unwrap());
    let cells = as_texts(&grid.apply(&texts(&tianjin), &Beside::default()).unwrap());
    assert_eq!(cells, owned(&[Some("wwgqdx"), None, Some("wwgqdx")]));
    let pair = Treatment::Grid(Grid::new(Some("lat".into()), 4).unwrap());
    assert_eq!(pair.needs(), Needs { subject: false, other: Some("lat".into()) });
    let longitudes: ArrayRef = Arc::new(Float64Array::from(vec![Some(117.1802), None]));
    let latitudes: ArrayRef = Arc::new(Float64Array::from(vec![Some(39.1535), None]));
    let beside = Beside { other: Some(&latitudes), ..Beside::default() };
    assert_eq!(as_texts(&pair.apply(&longitudes, &beside).unwrap()), owned(&[Some("wwgq"), None]));
    assert!(matches!(pair.apply(&longitudes, &Beside::default()), Err(Error::Internal(_))));
    for place in ["117", "x,y", "200,10", "10,100", "NaN,1"] {
        assert!(matches!(grid.apply(&texts(&[Some(place)]), &Beside::default()), Err(Error::Input { .. })), "{place}");
    }
    let lonely: ArrayRef = Arc::new(Float64Array::from(vec![None, None]));
    let beside = Beside { other: Some(&lonely), ..Beside::default() };
    assert!(matches!(pair.apply(&longitudes, &beside), Err(Error::Input { .. })));
    assert!(Grid::new(None, 0).is_err() && Grid::new(None, 13).is_err());
}

#[test]
fn equal_values_of_a_subject_get_one_draw_and_cannot_be_averaged() {
    let subjects: ArrayRef = Arc::new(StringArray::from(vec!["a", "a", "b", "a", "b", "a"]));
    let beside = Beside { subject: Some(&subjects), ..Beside::from_row(0) };
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![500, 500, 500, 501, 500, 500]));
    let noised = noise(NoiseKind::DiscreteLaplace, 50.0, None).apply(&numbers, &beside).unwrap();
    let noised = noised.as_primitive::<Int64Type>().values().to_vec();
    assert_eq!([noised[0]; 2], [noised[1], noised[5]]);
    assert_eq!(noised[2], noised[4]);
    assert!(noised[0] != noised[2] || noised[3] != noised[0] + 1, "each subject and each value has a draw of its own");
    // where nothing tells subjects apart, each row has one
    let alone = noise(NoiseKind::DiscreteLaplace, 50.0, None).apply(&numbers, &Beside::from_row(0)).unwrap();
    assert!(alone.as_primitive::<Int64Type>().values()[..3].windows(2).any(|pair| pair[0] != pair[1]));
}
