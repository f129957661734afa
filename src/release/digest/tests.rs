use std::sync::Arc;

use arrow::array::{DictionaryArray, Float64Array, Int64Array, StringArray};
use arrow::datatypes::Int8Type;
use proptest::prelude::*;

use super::*;

fn leaf(field: &Field, array: &ArrayRef) -> Result<Leaf> {
    let schema = Schema::new(vec![field.clone()]);
    Ok(leaves(&schema, std::slice::from_ref(array))?.remove(0))
}

fn field(array: &ArrayRef) -> Field {
    Field::new("c", array.data_type().clone(), true)
}

fn leaf_of(array: &ArrayRef) -> Leaf {
    leaf(&field(array), array).unwrap()
}

/// The leaf of a column `c` of this type with so many rows and this body, by the words of the documentation.
fn documented(kind: &str, rows: u64, body: &[u8]) -> Digests {
    let mut head = vec![0u8];
    for text in ["column", "c", kind] {
        head.extend((text.len() as u64).to_be_bytes());
        head.extend(text.as_bytes());
    }
    head.extend(rows.to_be_bytes());
    head.extend((body.len() as u64).to_be_bytes());
    let mut both = Both::default();
    both.update(&head);
    for piece in body.chunks(32_768) {
        let piece = Digests::of(&[&[2], piece].concat());
        both.sha256.update(piece.sha256);
        both.sm3.update(piece.sm3);
    }
    both.finish()
}

#[test]
fn canonical_bytes_are_as_documented() {
    let mut bytes = 2u64.to_be_bytes().to_vec();
    for text in ["b", ""] {
        bytes.extend((text.len() as u64).to_be_bytes());
        bytes.extend(text.as_bytes());
    }
    bytes.extend([0, 0xff, 1, 0]);
    let array: ArrayRef = Arc::new(StringArray::from(vec![Some("b"), None, Some(""), Some("b")]));
    assert_eq!(leaf_of(&array), documented("text", 4, &bytes));

    let mut bytes = vec![1, 0b10];
    bytes.extend(0i64.to_le_bytes());
    bytes.extend((-5i64).to_le_bytes());
    let array: ArrayRef = Arc::new(Int64Array::from(vec![None, Some(-5)]));
    assert_eq!(leaf_of(&array), documented("int64", 2, &bytes));
}

#[test]
fn a_body_is_cut_into_pieces() {
    // one byte before the values, eight for each
    for rows in [4095, 4096, 4097, 20_000] {
        let mut bytes = vec![0];
        (0..rows).for_each(|row: i64| bytes.extend(row.to_le_bytes()));
        let array: ArrayRef = Arc::new(Int64Array::from_iter_values(0..rows));
        assert_eq!(leaf_of(&array), documented("int64", rows as u64, &bytes), "{rows} rows");
    }
    let texts: Vec<String> = (0..70_000).map(|row| format!("值{row}")).collect();
    let mut bytes = 70_000_u64.to_be_bytes().to_vec();
    for text in &texts {
        bytes.extend((text.len() as u64).to_be_bytes());
        bytes.extend(text.as_bytes());
    }
    (0..70_000_u32).for_each(|code| bytes.extend(code.to_le_bytes()));
    let array: ArrayRef = Arc::new(StringArray::from(texts));
    assert_eq!(leaf_of(&array), documented("text", 70_000, &bytes));
}

#[test]
fn columns_beside_each_other_have_the_leaves_that_they_have_alone() {
    let long: ArrayRef = Arc::new(Int64Array::from_iter_values(0..9000));
    let short: ArrayRef = Arc::new(Int64Array::from_iter_values((0..9000).rev()));
    let schema = Schema::new(vec![field(&long), field(&short)]);
    let both = leaves(&schema, &[long.clone(), short.clone()]).unwrap();
    assert_eq!(both, [leaf_of(&long), leaf_of(&short)]);
}

proptest! {
    #[test]
    fn all_physical_forms_of_text_are_one(
        cells in prop::collection::vec(prop::option::of("[ab欧]{0,3}"), 0..300),
        skip in 0usize..20,
    ) {
        let plain: ArrayRef = Arc::new(StringArray::from(cells.clone()));
        let skip = skip.min(cells.len());
        let fresh: ArrayRef = Arc::new(StringArray::from(cells[skip..].to_vec()));
        let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        for form in [DataType::Utf8, DataType::LargeUtf8, DataType::Utf8View, dictionary] {
            let other = cast(&plain, &form).unwrap();
            prop_assert_eq!(leaf_of(&other), leaf_of(&plain));
            prop_assert_eq!(leaf_of(&other.slice(skip, cells.len() - skip)), leaf_of(&fresh));
        }
    }

    #[test]
    fn any_changed_cell_changes_both_digests(
        cells in prop::collection::vec(prop::option::of(any::<i64>()), 1..50),
        at in any::<prop::sample::Index>(),
    ) {
        let row = at.index(cells.len());
        let mut changed = cells.clone();
        changed[row] = if cells[row] == Some(0) { None } else { Some(0) };
        let (before, after): (ArrayRef, ArrayRef) = (Arc::new(Int64Array::from(cells)), Arc::new(Int64Array::from(changed)));
        prop_assert_ne!(leaf_of(&before).sha256, leaf_of(&after).sha256);
        prop_assert_ne!(leaf_of(&before).sm3, leaf_of(&after).sm3);
    }
}

#[test]
fn unused_and_repeated_dictionary_entries_do_not_count() {
    let keys = arrow::array::Int8Array::from(vec![Some(3), Some(1), None, Some(2), Some(0)]);
    let values = Arc::new(StringArray::from(vec![Some("a"), Some("b"), None, Some("a"), Some("unused")]));
    let odd: ArrayRef = Arc::new(DictionaryArray::<Int8Type>::new(keys, values));
    let plain: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), Some("b"), None, None, Some("a")]));
    assert_eq!(leaf_of(&odd), leaf_of(&plain));
}

#[test]
fn the_code_width_leaves_all_ones_to_null() {
    for distinct in [255usize, 256, 65_535, 65_536] {
        let mut cells: Vec<Option<String>> = (0..distinct).map(|i| Some(i.to_string())).collect();
        cells.push(Some((distinct - 1).to_string()));
        let valued: ArrayRef = Arc::new(StringArray::from(cells.clone()));
        *cells.last_mut().unwrap() = None;
        let null: ArrayRef = Arc::new(StringArray::from(cells));
        assert_ne!(leaf_of(&valued), leaf_of(&null), "{distinct}");
    }
}

#[test]
fn nan_is_one_and_what_hides_under_a_null_does_not_count() {
    let nan = |bits| -> ArrayRef { Arc::new(Float64Array::from(vec![f64::from_bits(bits)])) };
    assert_eq!(leaf_of(&nan(0x7ff8_0000_0000_0000)), leaf_of(&nan(0xfff8_dead_beef_0001)));
    let hidden = Int64Array::new(vec![7, 1].into(), Some(vec![false, true].into()));
    let (hidden, clean): (ArrayRef, ArrayRef) = (Arc::new(hidden), Arc::new(Int64Array::from(vec![None, Some(1)])));
    assert_eq!(leaf_of(&hidden), leaf_of(&clean));
}

#[test]
fn the_tree_binds_schema_order_and_groups() {
    let schema = |names: [&str; 2]| Schema::new(names.map(|n| Field::new(n, DataType::Utf8, true)).to_vec());
    let [a, b, c, d] = [b"a", b"b", b"c", b"d"].map(|bytes| Digests::of(bytes));
    let root = |names, groups: &[Vec<Leaf>]| tree(&schema(names), groups).unwrap();
    let here = root(["x", "y"], &[vec![a, b], vec![c, d]]);
    for other in [
        root(["y", "x"], &[vec![a, b], vec![c, d]]),
        root(["x", "y"], &[vec![c, d], vec![a, b]]),
        root(["x", "y"], &[vec![b, a], vec![c, d]]),
        root(["x", "y"], &[vec![a, b]]),
    ] {
        assert_ne!(here, other);
    }
    assert!(tree(&schema(["x", "y"]), &[vec![a]]).is_err());
}
