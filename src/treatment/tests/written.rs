//! Treatments that were written as bytes and read again.

use super::super::numbers::tests::tally;
use super::*;
use crate::detect::Kind;
use crate::written::{Reader, Written, written};

const SCOPE: Scope = Scope { release: "2025-01", recipient: "数据交易所", column: "户号" };

/// A key whose bytes would be found in any print: 213 in decimal, d5 in hex.
fn key(kept: bool) -> Key {
    match kept {
        true => {
            let bytes = Secret::new([213; 32]);
            let id = KeyId::of(&bytes);
            Key::kept(bytes, id)
        }
        // an ephemeral key with known bytes
        false => from_bytes(&[&[213; 32][..], &[0]].concat()).unwrap(),
    }
}

fn seed() -> Draws {
    from_bytes(&[213; 32]).unwrap()
}

fn token(algorithm: TokenAlgorithm, kept: bool, length: usize, form: Option<Kind>) -> Treatment {
    Treatment::Token(Token::new(algorithm, &key(kept), SCOPE, length).unwrap().of_kind(form))
}

fn swapped(values: ArrayRef) -> Treatment {
    // row 2 is not released
    let members = [0, 1, 3, 4, 5].map(|row| Member { row, class: row as u32 % 2, value: row as u32 % 3 });
    Treatment::Swap(Swap::exchange(values, members.to_vec(), &mut ChaCha20Rng::seed_from_u64(5)).unwrap())
}

/// Each kind of treatment in each of its forms.
fn every() -> Vec<Treatment> {
    let records: Vec<(u32, Option<i64>)> = (0..30).map(|row| (row / 2, Some(i64::from(row * row % 23)))).collect();
    let numbers = Numbers::of(&tally(&records)).unwrap();
    let nothing = Numbers::of(&tally(&[(1, None)])).unwrap();
    let categories = counted(&owned(&[Some("a"), Some("a"), Some("bb"), Some("欧"), None]));
    let values = HashMap::from(["a", "bb", "7", "0.5", "2025-01-02", "true"].map(|text| (text.to_owned(), 1)));
    let labels = || owned(&[Some("A"), Some("B"), None, Some("A")]);
    let fixed = |unknown| Generalize::fixed(values.clone(), labels(), unknown).unwrap();
    let noise = |kind, scale, step| Treatment::Noise(Noise::new(kind, scale, step, seed()).unwrap());
    let dates: ArrayRef = Arc::new(Date32Array::from(vec![Some(1), Some(-400), None]));
    vec![
        Treatment::Keep,
        Treatment::Mask(Mask::new(1, 2, '某').unwrap()),
        Treatment::Round(Round::new(0.05).unwrap()),
        Treatment::Round(Round::new(2f64.powi(53)).unwrap()),
        Treatment::Generalize(Generalize::new(labels())),
        Treatment::Generalize(fixed(UnknownValues::Suppress).at_level("decade", 2, 4)),
        Treatment::Generalize(fixed(UnknownValues::Error)),
        token(TokenAlgorithm::HmacSha256, true, 8, None),
        token(TokenAlgorithm::HmacSm3, false, 64, Some(Kind::Mobile)),
        Treatment::TopBottom(TopBottom::fit(&numbers, Some(0.1), Some(0.9), 2).unwrap()),
        Treatment::TopBottom(TopBottom::fit(&nothing, Some(0.1), None, 2).unwrap()),
        Treatment::Microaggregate(Microaggregate::fit(&numbers, 2, Centre::Mean).unwrap()),
        Treatment::Microaggregate(Microaggregate::fit(&numbers, 3, Centre::Median).unwrap()),
        Treatment::Microaggregate(Microaggregate::fit(&nothing, 2, Centre::Mean).unwrap()),
        noise(NoiseKind::Laplace, 0.3, Some(0.5)),
        noise(NoiseKind::DiscreteLaplace, 12.0, None),
        Treatment::Shift(Shift::new(40, seed()).unwrap()),
        Treatment::Pram(Pram::fit(&categories, 0.4, true, 2, seed()).unwrap()),
        Treatment::Pram(Pram::fit(&categories, 0.4, false, 1, seed()).unwrap()),
        Treatment::Swap(Swap::default()),
        swapped(texts(&[Some("a"), Some(""), None])),
        swapped(cast(&texts(&[Some("a"), Some("欧"), None]), &DataType::Utf8View).unwrap()),
        swapped(Arc::new(Int64Array::from(vec![Some(-1), Some(i64::MAX), None]))),
        swapped(Arc::new(Float64Array::from(vec![Some(-0.0), Some(1e300), None]))),
        swapped(Arc::new(BooleanArray::from(vec![Some(true), Some(false), None]))),
        swapped(dates),
        Treatment::Grid(Grid::new(None, 6).unwrap()),
        Treatment::Grid(Grid::new(Some("纬度".into()), 12).unwrap()),
        Treatment::Fpe(Fpe::new("0123456789", &key(true), SCOPE).unwrap()),
        Treatment::Fpe(Fpe::new("津京ab01", &key(false), SCOPE).unwrap()),
        Treatment::Redact(Redact::new()),
    ]
}

fn bytes(treatment: &Treatment) -> Vec<u8> {
    written(0, |to| treatment.write(to)).unwrap().expose().clone()
}

fn from_bytes<T: Written>(bytes: &[u8]) -> Result<T> {
    let mut reader = Reader::new(bytes);
    let value = T::read(&mut reader)?;
    reader.finish().map(|()| value)
}

/// Six cells of each type, among them some that each treatment takes.
fn columns() -> Vec<ArrayRef> {
    let cells = [Some("a"), Some("13800138000"), None, Some("欧阳"), Some("bb"), Some("117.2, 39.1")];
    let numbers: ArrayRef =
        Arc::new(Float64Array::from(vec![Some(0.5), Some(7.0), None, Some(-3.25), Some(1e9), None]));
    let same = |text| texts(&[Some(text); 6]);
    vec![
        texts(&cells),
        cast(&texts(&cells), &DataType::Utf8View).unwrap(),
        same("a"),
        same("117.2,39.1"),
        same("13800138000"),
        same("津京ab0101ab"),
        texts(&[Some("+86 138-0013-8000"), Some("13800138000"), Some("13900139000"), None, None, None]),
        Arc::new(Int64Array::from(vec![Some(7), Some(-4), None, Some(0), Some(i64::MAX / 4), Some(22)])),
        numbers,
        Arc::new(Int64Array::from(vec![None; 6])),
        Arc::new(Float64Array::from(vec![Some(117.25); 6])),
        Arc::new(Float64Array::from(vec![Some(f64::NAN); 6])),
        Arc::new(Date32Array::from(vec![Some(0), Some(20_090), None, Some(-9), Some(1), Some(2)])),
        Arc::new(BooleanArray::from(vec![Some(true), None, Some(false), None, None, None])),
        Arc::new(UInt32Array::from(vec![Some(0), Some(3), None, Some(2), Some(1), Some(1)])),
    ]
}

/// What becomes of all cells, with subjects beside them and without, and of the released ones alone.
fn cells(treatment: &Treatment) -> Vec<std::result::Result<ArrayRef, String>> {
    let subjects = texts(&["x", "x", "y", "z", "x", "y"].map(Some));
    let latitudes: ArrayRef = Arc::new(Float64Array::from_iter_values((0..6).map(f64::from)));
    let (all, kept) = (Rows { first: 0, kept: None }, Rows { first: 0, kept: Some(&[0, 1, 3, 4, 5, 5]) });
    let mut results = Vec::new();
    for column in columns() {
        for rows in [all, kept] {
            for subject in [None, Some(&subjects)] {
                let beside = Beside { rows: Some(rows), subject, other: Some(&latitudes) };
                for result in [treatment.apply(&column, &beside), treatment.readable(&column, &beside)] {
                    results.push(result.map_err(|error| format!("{error:?}")));
                }
            }
        }
    }
    results
}

fn key_life(treatment: &Treatment) -> Option<&KeyLife> {
    match treatment {
        Treatment::Token(token) => Some(token.key_life()),
        Treatment::Fpe(fpe) => Some(fpe.key_life()),
        _ => None,
    }
}

#[test]
fn every_treatment_comes_back_as_it_was() {
    let mut kinds = std::collections::HashSet::new();
    for treatment in every() {
        let written = bytes(&treatment);
        let back: Treatment = from_bytes(&written).unwrap();
        kinds.insert(std::mem::discriminant(&treatment));
        let results = cells(&treatment);
        assert!(results.iter().any(|result| result.is_ok()), "{treatment} treats no cell of the test");
        assert!(results == cells(&back), "{treatment}");
        assert_eq!((back.to_string(), back.zh()), (treatment.to_string(), treatment.zh()));
        assert_eq!((back.needs(), back.facts()), (treatment.needs(), treatment.facts()));
        assert_eq!((back.repeats(), back.allows()), (treatment.repeats(), treatment.allows()));
        assert_eq!((back.is_pseudonym(), key_life(&back)), (treatment.is_pseudonym(), key_life(&treatment)));
        assert_eq!(bytes(&back), written, "{treatment}");
    }
    assert_eq!(kinds.len(), 14, "a kind is missing");
}

#[test]
fn no_print_shows_a_key() {
    for treatment in every() {
        let back: Treatment = from_bytes(&bytes(&treatment)).unwrap();
        for treatment in [treatment, back] {
            let all = format!("{treatment:?} {treatment:#?} {treatment} {} {:?}", treatment.zh(), treatment.facts());
            let all: String = all.to_lowercase().split_whitespace().collect();
            assert!(!all.contains("213,213") && !all.contains("d5d5") && !all.contains("d5,0xd5"), "{treatment}");
        }
    }
}

#[test]
fn bytes_that_are_cut_are_refused_and_changed_ones_never_panic() {
    for treatment in every() {
        let whole = bytes(&treatment);
        for end in 0..whole.len() {
            assert!(from_bytes::<Treatment>(&whole[..end]).is_err(), "{treatment}: {end} of {}", whole.len());
        }
        assert!(from_bytes::<Treatment>(&[&whole[..], &[0]].concat()).is_err());
        for at in 0..whole.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] ^= flip;
                // bytes of a label may become others; what is read can be used
                if let Ok(other) = from_bytes::<Treatment>(&bytes) {
                    let _ = (other.to_string(), other.facts());
                    if at % 11 == 0 {
                        let _ = cells(&other);
                    }
                }
            }
        }
    }
}

#[test]
fn exchanged_cells_of_other_types_are_told() {
    let odd = swapped(cast(&texts(&[Some("secret"), None, None]), &DataType::LargeUtf8).unwrap());
    let error = written(0, |to| odd.write(to)).unwrap_err().to_string();
    assert!(error.contains("LargeUtf8") && !error.contains("secret"), "{error}");
}

#[test]
fn what_no_constructor_makes_is_refused() {
    let wrong = |write: &dyn Fn(&mut crate::written::Writer)| {
        let bytes = written(0, write).unwrap();
        assert!(from_bytes::<Treatment>(bytes.expose()).is_err());
    };
    wrong(&|to| to.form(14));
    for (digits, places) in [(0i128, 0u32), (-1, 0), (1, 16), (i128::MAX, 2), ((1 << 53) + 1, 0)] {
        wrong(&|to| {
            to.form(2);
            digits.write(to);
            places.write(to);
        });
    }
    wrong(&|to| {
        // a label beyond the dictionary
        to.form(3);
        false.write(to);
        to.texts([Some("A")].into_iter());
        to.numbers([2u64].into_iter());
        to.form(0);
    });
    wrong(&|to| {
        // a record with a cell that is not there
        to.form(10);
        true.write(to);
        to.form(0);
        to.texts([Some("A")].into_iter());
        to.numbers([2u64].into_iter());
        0u64.write(to);
        1u64.write(to);
    });
    wrong(&|to| {
        // no record ever drawn
        to.form(9);
        0.5f64.write(to);
        true.write(to);
        to.texts([Some("a"), Some("b")].into_iter());
        to.counts(&[0, 0]);
        to.flags(&[false, false]);
        to.raw(&[7; 32]);
    });
}
