use super::*;
use crate::detect::check_digits::resident_id_check;

fn column(name: &str, noise: Noise) -> Vec<Option<String>> {
    let spec = specs().into_iter().find(|spec| spec.name == name).expect("a spec of this name");
    Maker::new(7).column(&spec, Header::Chinese, noise, 500).cells
}

#[test]
fn there_are_enough_kinds_and_distractors() {
    let of = |truth| specs().iter().filter(|spec| spec.truth == truth).count();
    assert!(of(Truth::Identifier) + of(Truth::Quasi) + of(Truth::Carrier) >= 45);
    assert!(of(Truth::Nothing) >= 25);
}

#[test]
fn the_same_seed_gives_the_same_columns() {
    let make = |seed, spec: &Spec| Maker::new(seed).column(spec, Header::Meaningless, Noise::Broken, 50);
    for spec in specs() {
        assert_eq!(make(1, &spec), make(1, &spec), "{}", spec.name);
    }
    let id = specs()[0];
    assert_ne!(make(1, &id).cells, make(2, &id).cells);
}

#[test]
fn check_digits_are_those_of_known_numbers() {
    assert_eq!(check::with_luhn("622202100112345678".into()), "6222021001123456789");
    assert_eq!(check::with_luhn("49015420323751".into()), "490154203237518");
    assert_eq!(check::with_mod_11_10("11010800000001".into()), "110108000000016");
    assert_eq!(check::vin(*b"LFV2A21J970002020"), "LFV2A21J970002020");
    assert_eq!(check::vin(*b"1M8GDM9A0KP042788"), "1M8GDM9AXKP042788");
    assert_eq!(check::with_gtin("690123456789".into()), "6901234567892");
    assert_eq!(check::hong_kong(b'A', "123456"), '3');
    assert_eq!(check::taiwan(b'A', "12345678"), '9');
}

#[test]
fn clean_ids_are_whole_and_broken_ones_are_few() {
    let right = |cell: &Option<String>| {
        let id = cell.as_deref().unwrap_or_default().as_bytes();
        id.len() == 18 && resident_id_check(&id[..17]) == Some(id[17])
    };
    assert!(column("resident_id", Noise::None).iter().all(right));
    let whole = column("resident_id", Noise::Broken).iter().filter(|cell| right(cell)).count();
    assert!((430..490).contains(&whole), "{whole} of 500 are whole");
}

#[test]
fn sparse_columns_have_gaps() {
    let nulls = column("mobile", Noise::Sparse).iter().filter(|cell| cell.is_none()).count();
    assert!((310..390).contains(&nulls), "{nulls} of 500 are null");
}
