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
use crate::spec::{TokenAlgorithm, UnknownValues};

fn texts(cells: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(cells.to_vec()))
}

fn as_texts(array: &ArrayRef) -> Vec<Option<String>> {
    let array = cast(array, &DataType::Utf8).unwrap();
    array.as_string::<i32>().iter().map(|cell| cell.map(str::to_owned)).collect()
}

fn mask(first: usize, last: usize, with: char, cells: &[Option<&str>]) -> Vec<Option<String>> {
    as_texts(&Treatment::Mask(Mask::new(first, last, with).unwrap()).apply(&texts(cells)).unwrap())
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
    let result = Treatment::Round(Round::new(step).unwrap()).apply(&cells).unwrap();
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
    let ten = Treatment::Round(Round::new(10.0).unwrap()).apply(&cells);
    assert!(ten.is_err_and(|e| matches!(e, Error::Input { place: Some(Place { row: Some(5), .. }), .. })));
    let five = Treatment::Round(Round::new(5.0).unwrap()).apply(&cells).unwrap();
    assert_eq!(five.as_ref(), &Int64Array::from(vec![Some(15), None, Some(-15), Some(15), Some(near)]) as &dyn Array);
    let tenth = Treatment::Round(Round::new(2.5).unwrap()).apply(&cells.slice(0, 4)).unwrap();
    assert_eq!(tenth.as_ref(), &Float64Array::from(vec![Some(15.0), None, Some(-15.0), Some(15.0)]) as &dyn Array);
}

#[test]
fn round_refuses_what_it_cannot_do_and_quotes_no_cell() {
    for step in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300, 1e-300] {
        assert!(Round::new(step).is_err(), "{step}");
    }
    for cell in [f64::NAN, f64::INFINITY, 1e300, 98765.4321e20] {
        let cells: ArrayRef = Arc::new(Float64Array::from(vec![1.0, cell]));
        let error = Treatment::Round(Round::new(10.0).unwrap()).apply(&cells).unwrap_err();
        assert!(matches!(&error, Error::Input { place: Some(Place { row: Some(2), .. }), .. }), "{error:?}");
        assert!(!format!("{error:?}").contains("98765"));
    }
    let text = Treatment::Round(Round::new(10.0).unwrap()).apply(&texts(&[Some("1")]));
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
    let result = by_code.apply(&codes).unwrap();
    assert_eq!(as_texts(&result), owned(&[Some("1980s"), None, Some("1980s"), None, Some("1990s"), Some("*")]));
    assert_eq!(result.as_any_dictionary().values().len(), 3, "each label stands once");
    let beyond: ArrayRef = Arc::new(UInt32Array::from(vec![5]));
    assert!(matches!(by_code.apply(&beyond), Err(Error::Internal(_))));
    assert_eq!(by_code.to_string(), "decade (level 2 of 3)");

    let values = HashMap::from([("1981-02-03".to_owned(), 1), ("1990-01-01".to_owned(), 4)]);
    let days: ArrayRef = Arc::new(Date32Array::from(vec![Some(4051), None, Some(7305), Some(0)]));
    let strict = Generalize::fixed(values.clone(), labels(), UnknownValues::Error).unwrap();
    let error = Treatment::Generalize(strict).apply(&days).unwrap_err();
    assert!(error.to_string().starts_with("1 cells") && !error.to_string().contains("1970"));
    let lenient =
        Generalize::fixed(values, owned(&[None, Some("1980s"), None, None, Some("1990s")]), UnknownValues::Suppress);
    let result = Treatment::Generalize(lenient.unwrap()).apply(&days).unwrap();
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
            as_texts(&token(16).apply(&cells).unwrap()),
            as_texts(&token(16).apply(&texts(&[Some(text)])).unwrap())
        );
    }
    let infinite: ArrayRef = Arc::new(Float64Array::from(vec![f64::INFINITY]));
    assert!(matches!(token(16).apply(&infinite), Err(Error::Input { .. })));
    let codes: ArrayRef = Arc::new(UInt32Array::from(vec![1]));
    assert!(matches!(token(16).apply(&codes), Err(Error::Internal(message)) if message.contains("UInt32")));
}

fn all() -> Vec<Treatment> {
    let values = HashMap::from([("a".to_owned(), 0), ("bb".to_owned(), 1)]);
    let labels = owned(&[Some("A"), Some("B")]);
    vec![
        Treatment::Keep,
        Treatment::Mask(Mask::new(1, 1, '*').unwrap()),
        Treatment::Generalize(Generalize::fixed(values, labels, UnknownValues::Suppress).unwrap()),
        token(12),
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
        for treatment in all() {
            let result = as_texts(&treatment.apply(&whole).unwrap());
            let halves = [whole.slice(0, cut), whole.slice(cut, cells.len() - cut)].map(|half| treatment.apply(&half).unwrap());
            prop_assert_eq!(&as_texts(&concat(&[&halves[0], &halves[1]]).unwrap()), &result);
            prop_assert_eq!(&as_texts(&treatment.apply(&view).unwrap()), &result);
            for (cell, treated) in cells.iter().zip(&result) {
                prop_assert_eq!(cell.is_none(), treated.is_none());
            }
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
fn only_tokens_are_bound_to_the_release() {
    for treatment in all() {
        let is_token = matches!(treatment, Treatment::Token(_));
        assert_eq!(treatment.repeats() == Repeats::WithinRelease, is_token);
        assert_eq!(treatment.allows(), Claim::Anonymized);
    }
}
