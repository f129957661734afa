use proptest::prelude::*;

use super::*;

fn bytes(write: impl Fn(&mut Writer)) -> Vec<u8> {
    written(0, write).unwrap().expose().clone()
}

/// Reads all, and shows that fewer and more bytes are refused.
fn back<T>(bytes: &[u8], read: impl Fn(&mut Reader) -> Result<T>) -> T {
    let whole = |bytes: &[u8]| {
        let mut reader = Reader::new(bytes);
        let value = read(&mut reader)?;
        reader.finish().map(|()| value)
    };
    (0..bytes.len()).for_each(|end| assert!(whole(&bytes[..end]).is_err(), "{end} of {} bytes", bytes.len()));
    assert!(whole(&[bytes, &[0]].concat()).is_err());
    whole(bytes).unwrap()
}

fn same<T: Written + PartialEq + std::fmt::Debug>(value: T) {
    assert_eq!(back(&bytes(|to| value.write(to)), |from| T::read(from)), value);
}

#[test]
fn plain_values_come_back() {
    same(7u8);
    same(u64::MAX);
    same(usize::MAX);
    same(i128::MIN);
    same(-0.5f64);
    same('欧');
    same("欧阳 a".to_owned());
    same(std::path::PathBuf::from("/a/b c"));
    same(Some(vec![Some(3u32), None]));
    same(Option::<bool>::None);
    same(vec![true, false]);
    let nan = back(&bytes(|to| f64::NAN.write(to)), f64::read);
    assert_eq!(nan.to_bits(), f64::NAN.to_bits());
}

proptest! {
    #[test]
    fn columns_come_back(
        codes in prop::collection::vec(prop_oneof![0u32..300, any::<u32>()], 0..20),
        counts in prop::collection::vec(prop_oneof![0u64..300, any::<u64>()], 0..20),
        flags in prop::collection::vec(any::<bool>(), 0..20),
        floats in prop::collection::vec(any::<f64>(), 0..5),
        texts in prop::collection::vec(prop::option::of("[a欧 ]{0,3}"), 0..8),
    ) {
        prop_assert_eq!(&back(&bytes(|to| to.codes(&codes)), |from| from.codes(usize::MAX)), &codes);
        prop_assert_eq!(&back(&bytes(|to| to.counts(&counts)), |from| from.counts()), &counts);
        prop_assert_eq!(&back(&bytes(|to| to.flags(&flags)), |from| from.flags()), &flags);
        let bits = |floats: &[f64]| floats.iter().map(|float| float.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(bits(&back(&bytes(|to| to.floats(&floats)), |from| from.floats())), bits(&floats));
        prop_assert_eq!(&back(&bytes(|to| to.labels(&texts)), |from| from.labels()), &texts);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = Reader::new(&bytes).labels();
        let _ = Reader::new(&bytes).flags();
        let _ = Reader::new(&bytes).counts();
        let _ = Reader::new(&bytes).floats();
        let _ = Reader::new(&bytes).list::<Option<String>>();
    }
}

#[test]
fn columns_are_as_narrow_as_their_largest_number() {
    let length = |largest: u64| bytes(|to| to.counts(&[0, largest, 1])).len() - 9;
    assert_eq!([length(255), length(256), length(65_536), length(1 << 32)], [3, 6, 12, 24]);
    assert_eq!(bytes(|to| to.flags(&[true; 17])).len(), 8 + 3);
}

#[test]
fn a_claim_of_many_is_refused_before_memory_is_taken() {
    for width in [0u8, 1, 3, 8] {
        let mut bytes = u64::MAX.to_le_bytes().to_vec();
        bytes.push(width);
        assert!(Reader::new(&bytes).counts().is_err());
        assert!(Reader::new(&bytes).labels().is_err());
        assert!(Reader::new(&bytes).flags().is_err());
        assert!(Reader::new(&bytes).floats().is_err());
        assert!(Reader::new(&bytes).list::<u8>().is_err());
    }
    let codes = bytes(|to| to.codes(&[0, 3]));
    assert!(Reader::new(&codes).codes(3).is_err());
    assert_eq!(Reader::new(&codes).codes(4).unwrap(), [0, 3]);
}

#[test]
fn a_secret_is_written_once_and_shown_nowhere() {
    let key = Secret::new([213; 32]);
    let sheet = written(7, |to| to.secret(&key)).unwrap();
    assert!(sheet.expose().capacity() >= 39);
    assert_eq!(format!("{sheet:?}"), "Secret(..)");
    let back = back(sheet.expose(), |from| from.secret());
    assert_eq!(back.expose(), key.expose());
    assert_eq!(format!("{back:?}"), "Secret(..)");
    let refused = written(0, |to| to.refuse("cannot be written".into()));
    assert!(refused.unwrap_err().to_string().contains("cannot be written"));
}
