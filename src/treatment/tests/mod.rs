use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray, StringViewArray,
    UInt32Array,
};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::ChaCha20Rng;

use super::*;
use crate::secret::Secret;
use crate::spec::{Centre, NoiseKind, TokenAlgorithm, UnknownValues};
use crate::table::{Domain, EquivalenceTable};

mod drawn;
mod fitted;
mod written;

fn texts(cells: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(cells.to_vec()))
}

fn as_texts(array: &ArrayRef) -> Vec<Option<String>> {
    let array = cast(array, &DataType::Utf8).unwrap();
    array.as_string::<i32>().iter().map(|cell| cell.map(str::to_owned)).collect()
}

fn mask(first: usize, last: usize, with: char, cells: &[Option<&str>]) -> Vec<Option<String>> {
    as_texts(&Treatment::Mask(Mask::new(first, last, with).unwrap()).apply(&texts(cells), &Beside::default()).unwrap())
}

fn owned(cells: &[Option<&str>]) -> Vec<Option<String>> {
    cells.iter().map(|cell| cell.map(str::to_owned)).collect()
}

#[test]
fn mask_counts_characters_and_covers_short_values_whole() {
    let cells = [Some("13812345678"), Some("欧阳明月"), Some("abc"), Some("ab"), Some(""), None, Some("a欧b阳c")];
    let want = [Some("1*********8"), Some("欧**月"), Some("a*c"), Some("**"), Some(""), None, Some("a***c")];
    assert_eq!(mask(1, 1, '*', &cells), owned(&want));
    assert_eq!(mask(1, 0, '某', &[Some("李明"), Some("李")]), owned(&[Some("李某"), Some("某")]));
    assert_eq!(mask(usize::MAX, usize::MAX, '*', &[Some("abc")]), owned(&[Some("***")]));
    assert!(Mask::new(1, 1, '\n').is_err());
}

fn rounded(step: f64, cells: &[f64]) -> Vec<f64> {
    let cells: ArrayRef = Arc::new(Float64Array::from(cells.to_vec()));
    let result = Treatment::Round(Round::new(step).unwrap()).apply(&cells, &Beside::default()).unwrap();
    match result.data_type() {
        DataType::Int64 => result.as_primitive::<Int64Type>().iter().map(|n| n.unwrap() as f64).collect(),
        _ => result.as_primitive::<Float64Type>().iter().map(Option::unwrap).collect(),
    }
}

#[test]
fn round_takes_halves_away_from_zero_and_does_not_drift() {
    let halves = [5.0, -5.0, 4.999999999999999, 14.999999999999998, 15.0, 0.0, -0.0, 35.0 - 7.1e-15];
    assert_eq!(rounded(10.0, &halves), [10.0, -10.0, 0.0, 10.0, 20.0, 0.0, 0.0, 30.0]);
    assert_eq!(rounded(0.1, &[0.15, 0.25, 0.34999, -0.05, 0.3]), [0.2, 0.3, 0.3, -0.1, 0.3]);
    assert_eq!(rounded(0.01, &[1.005, 2.675, 1e9 + 0.005]), [1.01, 2.68, 1000000000.01]);
    assert_eq!(rounded(2.5, &[1.25, 1.2499, 1e15]), [2.5, 0.0, 1e15]);
}

#[test]
fn round_keeps_integers_exact_and_nulls_null() {
    let near = i64::MAX - 2;
    let cells: ArrayRef = Arc::new(Int64Array::from(vec![Some(15), None, Some(-15), Some(14), Some(near)]));
    let ten = Treatment::Round(Round::new(10.0).unwrap()).apply(&cells, &Beside::default());
    assert!(ten.is_err_and(|e| matches!(e, Error::Input { place: Some(Place { row: Some(5), .. }), .. })));
    let five = Treatment::Round(Round::new(5.0).unwrap()).apply(&cells, &Beside::default()).unwrap();
    assert_eq!(five.as_ref(), &Int64Array::from(vec![Some(15), None, Some(-15), Some(15), Some(near)]) as &dyn Array);
    let tenth = Treatment::Round(Round::new(2.5).unwrap()).apply(&cells.slice(0, 4), &Beside::default()).unwrap();
    assert_eq!(tenth.as_ref(), &Float64Array::from(vec![Some(15.0), None, Some(-15.0), Some(15.0)]) as &dyn Array);
}

#[test]
fn round_refuses_what_it_cannot_do_and_quotes_no_cell() {
    for step in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300, 1e-300] {
        assert!(Round::new(step).is_err(), "{step}");
    }
    for cell in [f64::NAN, f64::INFINITY, 1e300, 98765.4321e20] {
        let cells: ArrayRef = Arc::new(Float64Array::from(vec![1.0, cell]));
        let error = Treatment::Round(Round::new(10.0).unwrap()).apply(&cells, &Beside::default()).unwrap_err();
        assert!(matches!(&error, Error::Input { place: Some(Place { row: Some(2), .. }), .. }), "{error:?}");
        assert!(!format!("{error:?}").contains("98765"));
    }
    let text = Treatment::Round(Round::new(10.0).unwrap()).apply(&texts(&[Some("1")]), &Beside::default());
    assert!(matches!(text, Err(Error::Internal(message)) if message.contains("Utf8")));
}

proptest! {
    #[test]
    fn round_is_the_nearest_multiple_of_decimals(cents in -10_000_000i64..10_000_000, step in 1i64..5_000) {
        // an independent reference in whole cents
        let distance = cents.rem_euclid(step);
        let below = cents - distance;
        let want = match (2 * distance).cmp(&step) {
            std::cmp::Ordering::Less => below,
            std::cmp::Ordering::Equal if cents < 0 => below,
            _ => below + step,
        };
        let got = rounded(step as f64 / 100.0, &[cents as f64 / 100.0]);
        prop_assert_eq!(got, vec![want as f64 / 100.0]);
    }
}

#[test]
fn labels_come_by_code_and_by_value() {
    let labels = || owned(&[Some("*"), Some("1980s"), None, Some("1980s"), Some("1990s")]);
    let by_code = Treatment::Generalize(Generalize::new(labels()).at_level("decade", 2, 3));
    let codes: ArrayRef = Arc::new(UInt32Array::from(vec![Some(1), None, Some(3), Some(2), Some(4), Some(0)]));
    let result = by_code.apply(&codes, &Beside::default()).unwrap();
    assert_eq!(as_texts(&result), owned(&[Some("1980s"), None, Some("1980s"), None, Some("1990s"), Some("*")]));
    assert_eq!(result.as_any_dictionary().values().len(), 3, "each label stands once");
    let beyond: ArrayRef = Arc::new(UInt32Array::from(vec![5]));
    assert!(matches!(by_code.apply(&beyond, &Beside::default()), Err(Error::Internal(_))));
    assert_eq!(by_code.to_string(), "decade (level 2 of 3)");

    let values = HashMap::from([("1981-02-03".to_owned(), 1), ("1990-01-01".to_owned(), 4)]);
    let days: ArrayRef = Arc::new(Date32Array::from(vec![Some(4051), None, Some(7305), Some(0)]));
    let strict = Generalize::fixed(values.clone(), labels(), UnknownValues::Error).unwrap();
    let error = Treatment::Generalize(strict).apply(&days, &Beside::default()).unwrap_err();
    assert!(error.to_string().starts_with("1 cells") && !error.to_string().contains("1970"));
    let lenient =
        Generalize::fixed(values, owned(&[None, Some("1980s"), None, None, Some("1990s")]), UnknownValues::Suppress);
    let result = Treatment::Generalize(lenient.unwrap()).apply(&days, &Beside::default()).unwrap();
    assert_eq!(as_texts(&result), owned(&[Some("1980s"), None, Some("1990s"), Some("*")]));
    assert!(Generalize::fixed(HashMap::from([("a".into(), 1)]), owned(&[Some("A")]), UnknownValues::Error).is_err());
}

fn token(length: usize) -> Treatment {
    let key = Key::ephemeral(&mut ChaCha20Rng::from_seed([3; 32]));
    let scope = Scope { release: "r", recipient: "b", column: "c" };
    Treatment::Token(Token::new(TokenAlgorithm::HmacSm3, &key, scope, length).unwrap())
}

#[test]
fn canonical_text_is_one_for_all_types() {
    let pairs: [(ArrayRef, &str); 7] = [
        (Arc::new(Int64Array::from(vec![-120])), "-120"),
        (Arc::new(Float64Array::from(vec![1e21])), "1000000000000000000000"),
        (Arc::new(Float64Array::from(vec![-0.0])), "0"),
        (Arc::new(Float64Array::from(vec![0.1])), "0.1"),
        (Arc::new(Date32Array::from(vec![-719_162])), "0001-01-01"),
        (Arc::new(BooleanArray::from(vec![true])), "true"),
        (Arc::new(StringViewArray::from(vec!["a text longer than twelve bytes"])), "a text longer than twelve bytes"),
    ];
    for (cells, text) in pairs {
        assert_eq!(
            as_texts(&token(16).apply(&cells, &Beside::default()).unwrap()),
            as_texts(&token(16).apply(&texts(&[Some(text)]), &Beside::default()).unwrap())
        );
    }
    let infinite: ArrayRef = Arc::new(Float64Array::from(vec![f64::INFINITY]));
    assert!(matches!(token(16).apply(&infinite, &Beside::default()), Err(Error::Input { .. })));
    let codes: ArrayRef = Arc::new(UInt32Array::from(vec![1]));
    assert!(
        matches!(token(16).apply(&codes, &Beside::default()), Err(Error::Internal(message)) if message.contains("UInt32"))
    );
}

fn draws() -> Draws {
    Draws::ephemeral(&mut ChaCha20Rng::seed_from_u64(11))
}

/// A tally of these cells, one subject each.
fn counted(cells: &[Option<String>]) -> EquivalenceTable {
    let (domain, codes) = Domain::sorted("c", cells.to_vec());
    let width = domain.len();
    let mut table = EquivalenceTable {
        codes: vec![(0..width as u32).collect()],
        records: vec![0; width],
        subjects: vec![0; width],
        domains: vec![domain],
        ..EquivalenceTable::default()
    };
    codes.iter().for_each(|&code| table.records[code as usize] += 1);
    table.subjects.clone_from(&table.records);
    table
}

/// Treatments of texts of `a`, `b` and `欧`.
fn all(cells: &[Option<String>]) -> Vec<Treatment> {
    let values = HashMap::from([("a".to_owned(), 0), ("bb".to_owned(), 1)]);
    let labels = owned(&[Some("A"), Some("B")]);
    let mut cells = cells.to_vec();
    cells.extend(owned(&[Some("a"), Some("b")]));
    let (domain, codes) = Domain::sorted("c", cells.clone());
    let members = codes.iter().zip(0..).map(|(&value, row)| Member { row, class: row as u32 % 3, value });
    let swapped = Swap::exchange(swap::texts(domain.values()), members.collect(), &mut ChaCha20Rng::seed_from_u64(5));
    vec![
        Treatment::Keep,
        Treatment::Mask(Mask::new(1, 1, '*').unwrap()),
        Treatment::Generalize(Generalize::fixed(values, labels, UnknownValues::Suppress).unwrap()),
        token(12),
        Treatment::Pram(Pram::fit(&counted(&cells), 0.5, true, 2, draws()).unwrap()),
        Treatment::Swap(swapped.unwrap()),
    ]
}

proptest! {
    #[test]
    fn cutting_a_batch_changes_nothing_and_nulls_stay(
        cells in prop::collection::vec(prop::option::of("[ab欧]{0,5}"), 1..40),
        cut in 0usize..40,
    ) {
        let whole: ArrayRef = Arc::new(StringArray::from(cells.clone()));
        let view = cast(&whole, &DataType::Utf8View).unwrap();
        let cut = cut.min(cells.len());
        for treatment in all(&cells) {
            let result = as_texts(&treatment.apply(&whole, &Beside::from_row(0)).unwrap());
            let first = treatment.apply(&whole.slice(0, cut), &Beside::from_row(0)).unwrap();
            let second = treatment.apply(&whole.slice(cut, cells.len() - cut), &Beside::from_row(cut as u64)).unwrap();
            prop_assert_eq!(&as_texts(&concat(&[&first, &second]).unwrap()), &result);
            prop_assert_eq!(&as_texts(&treatment.apply(&view, &Beside::from_row(0)).unwrap()), &result);
            if !matches!(treatment, Treatment::Swap(_)) {
                for (cell, treated) in cells.iter().zip(&result) {
                    prop_assert_eq!(cell.is_none(), treated.is_none());
                }
            }
        }
    }

    /// As above, for numbers and dates; and leaving rows out changes nothing for the others.
    #[test]
    fn cutting_numbers_and_dates_changes_nothing(
        cells in prop::collection::vec(prop::option::of(-1000i64..1000), 1..40),
        cut in 0usize..40,
        left_out in 0u32..40,
    ) {
        let cut = cut.min(cells.len());
        let numbers = Numbers::of(&counted(&cells.iter().map(|cell| cell.map(|n| n.to_string())).collect::<Vec<_>>())).unwrap();
        let ints: ArrayRef = Arc::new(Int64Array::from(cells.clone()));
        let floats = cast(&ints, &DataType::Float64).unwrap();
        let days: ArrayRef = Arc::new(Date32Array::from(cells.iter().map(|cell| cell.map(|n| n as i32)).collect::<Vec<_>>()));
        let subjects: ArrayRef = Arc::new(Int64Array::from_iter_values((0..cells.len() as i64).map(|row| row / 3)));
        let latitudes: ArrayRef = Arc::new(Float64Array::from_iter_values((0..cells.len()).map(|row| row as f64)));
        let longitudes: ArrayRef = Arc::new(Float64Array::from(cells.iter().map(|cell| cell.map(|n| n as f64 / 10.0)).collect::<Vec<_>>()));
        let noise = |kind| Treatment::Noise(Noise::new(kind, 12.5, None, draws()).unwrap());
        let mut treatments = vec![
            (noise(NoiseKind::DiscreteLaplace), &ints),
            (noise(NoiseKind::Laplace), &floats),
            (Treatment::Shift(Shift::new(10, draws()).unwrap()), &days),
            (Treatment::Grid(Grid::new(Some("latitude".into()), 5).unwrap()), &longitudes),
        ];
        treatments.extend(TopBottom::fit(&numbers, Some(0.2), Some(0.8), 2).ok().map(|cut| (Treatment::TopBottom(cut), &ints)));
        treatments.extend(Microaggregate::fit(&numbers, 2, Centre::Mean).ok().map(|groups| (Treatment::Microaggregate(groups), &ints)));
        for (treatment, whole) in treatments {
            let part = |start: usize, length: usize| {
                let (subject, other) = (subjects.slice(start, length), latitudes.slice(start, length));
                let rows = Some(Rows { first: start as u64, kept: None });
                treatment.apply(&whole.slice(start, length), &Beside { rows, subject: Some(&subject), other: Some(&other) }).unwrap()
            };
            let result = part(0, cells.len());
            prop_assert_eq!(&concat(&[&part(0, cut), &part(cut, cells.len() - cut)]).unwrap(), &result);
            for (cell, row) in cells.iter().zip(0..) {
                prop_assert_eq!(cell.is_none(), result.is_null(row));
            }
            let kept: Vec<u32> = (0..cells.len() as u32).filter(|&row| row != left_out).collect();
            let of = |cells: &ArrayRef| arrow::compute::take(cells, &UInt32Array::from(kept.clone()), None).unwrap();
            let (subject, other) = (of(&subjects), of(&latitudes));
            let beside = Beside { rows: Some(Rows { first: 0, kept: Some(&kept) }), subject: Some(&subject), other: Some(&other) };
            prop_assert_eq!(&treatment.apply(&of(whole), &beside).unwrap(), &of(&result));
        }
    }
}

#[test]
fn a_recipe_prints_one_line_per_column_without_key() {
    let kept = Secret::new([9; 32]);
    let id = KeyId::of(&kept);
    let scope = Scope { release: "r", recipient: "b", column: "c" };
    let kept = Token::new(TokenAlgorithm::HmacSha256, &Key::kept(kept, id), scope, 16).unwrap();
    assert_eq!(kept.allows(), Claim::Deidentified);
    let column = |name: &str, treatment| RecipeColumn { name: name.into(), treatment };
    let decade = Generalize::new(owned(&[Some("secret label")])).at_level("decade", 3, 4);
    let recipe = Recipe {
        columns: vec![
            column("account_no", Some(token(16))),
            column("户名", None),
            column("meter", Some(Treatment::Token(kept))),
            column("birth_date", Some(Treatment::Generalize(decade))),
            column("kwh", Some(Treatment::Round(Round::new(0.5).unwrap()))),
            column("phone", Some(Treatment::Mask(Mask::new(3, 4, '*').unwrap()))),
            column("reason", Some(Treatment::Keep)),
        ],
    };
    assert_eq!(recipe.released().count(), 6);
    insta::assert_snapshot!(recipe.to_string(), @"
    account_no   token hmac-sm3, key dies with the release
    户名         drop
    meter        token hmac-sha256, kept key b03324d4eb9ae147
    birth_date   decade (level 3 of 4)
    kwh          round to 0.5
    phone        mask all but the first 3 and last 4 characters with `*`
    reason       keep
    ");
}

#[test]
fn what_is_drawn_is_bound_to_the_release() {
    for treatment in all(&owned(&[Some("a"), Some("b")])) {
        let drawn = matches!(treatment, Treatment::Token(_) | Treatment::Pram(_) | Treatment::Swap(_));
        assert_eq!(treatment.repeats() == Repeats::WithinRelease, drawn);
        assert_eq!(treatment.allows(), Claim::Anonymized);
    }
}
