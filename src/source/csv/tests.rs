//! The quick parser against the strict one, and the cutting of blocks against what it means.

use std::borrow::Cow;
use std::io::Cursor;

use proptest::prelude::*;

use super::blocks::*;
use super::*;
use crate::spec::ColumnType;

const ENCODINGS: [Encoding; 3] = [Encoding::Utf8, Encoding::Gbk, Encoding::Gb18030];

fn encoded(text: &str, encoding: Encoding) -> Vec<u8> {
    let bytes = match encoding {
        Encoding::Utf8 => Cow::Borrowed(text.as_bytes()),
        Encoding::Gbk | Encoding::Gb18030 => encoding_rs::GB18030.encode(text).0,
    };
    bytes.into_owned()
}

fn block(bytes: Vec<u8>, delimiter: u8) -> Block {
    let count = count_records(&bytes, delimiter);
    Block { bytes, lines: 7, records: 5, first_row: 3, count, ..Block::default() }
}

fn wanted(header: &[String], kinds: &[ColumnType]) -> Vec<Wanted> {
    // the last column first, and one of them twice
    let columns = header.iter().rev().chain(header.first()).zip(kinds.iter().cycle());
    columns.map(|(name, kind)| Wanted { name: name.clone(), kind: kind.clone() }).collect()
}

fn kind() -> impl Strategy<Value = ColumnType> {
    let date = |format: &str| ColumnType::Date { format: format.into() };
    prop_oneof![
        4 => Just(ColumnType::Text),
        1 => Just(ColumnType::Integer),
        1 => Just(ColumnType::Number),
        1 => Just(date("%Y-%m-%d")),
        1 => Just(date("%Y%m%d")),
    ]
}

/// Both parsers on one text: what the quick one gives is what the strict one gives.
fn same(bytes: &[u8], delimiter: u8, encoding: Encoding, fields: usize, kinds: &[ColumnType]) -> bool {
    let header: Vec<String> = (0..fields).map(|at| at.to_string()).collect();
    let nulls = ["-".to_owned(), "无".to_owned(), "0".to_owned()];
    let form = Form { delimiter, encoding, nulls: &nulls };
    let (block, wanted) = (block(bytes.to_vec(), delimiter), wanted(&header, kinds));
    let quick = regular::columns(&block, &header, &form, &wanted);
    let strict = strict::columns(&block, Path::new("x.csv"), &header, &form, &wanted);
    match (&quick, strict) {
        (None, _) => false,
        (Some(quick), Ok(strict)) => {
            assert_eq!(*quick, strict);
            assert_eq!(quick.1 as u64, block.count);
            true
        }
        (Some(_), Err(error)) => panic!("the strict parser refuses it: {error}"),
    }
}

/// What texts that are wrong are made of.
const PIECES: &[&[u8]] = &[
    b",",
    b"|",
    b"\n",
    b"\r\n",
    b"\"",
    b"0",
    b"a",
    b"\x80",
    b"\x81",
    b"\xfe",
    b"\xff",
    b"\xc8\xcb",
    b"\x81\x30",
    b"\x84\x31\x95\x33",
    b"\xef\xbb\xbf",
    b"\xe6\x88\xb7",
    b"\x81|",
    b"\x81\x7f",
    b"\x81@\x81\x80",
    b"\x90\x30\x81\x30",
];

/// A cell that a column of this type may have, as it is written.
fn cell(kind: &ColumnType, delimiter: char) -> BoxedStrategy<String> {
    let quote = |text: String| format!("\"{}\"", text.replace('"', "\"\""));
    let text = "[-aé户丂乗㐂𠀀€ⅰ|~@ \u{3000}0-9]{0,6}".prop_map(move |text| text.replace(delimiter, ""));
    let quoted = "[-a户丂\u{4e02}𠀀,|;\"\r\n]{0,6}".prop_map(quote);
    let value = match kind {
        ColumnType::Text => return prop_oneof![3 => text, 1 => quoted].boxed(),
        ColumnType::Integer => "[-+]?[0-9]{1,9}|-| 7|\u{3000}7|无",
        ColumnType::Number => "[-+]?[0-9]{1,9}([.][0-9]{1,8})?|1e5|[.]5|无|-| 0",
        ColumnType::Date { format } if format == "%Y-%m-%d" => "(19|20)[0-9][0-9]-(0[1-9]|1[0-2])-(0[1-9]|2[0-8])|无",
        ColumnType::Date { .. } => "(19|20)[0-9][0-9](0[1-9]|1[0-2])(0[1-9]|2[0-8])|-",
    };
    let value = value.prop_map(move |text| if text.contains(delimiter) { String::new() } else { text });
    prop_oneof![4 => value.clone(), 1 => value.prop_map(quote), 1 => Just(String::new())].boxed()
}

/// A text that is right, with its fields and their types.
fn right() -> impl Strategy<Value = (String, u8, Vec<ColumnType>)> {
    let delimiter = prop_oneof![4 => Just(b','), 1 => Just(b';'), 1 => Just(b'\t'), 1 => Just(b'|'), 1 => Just(b'@')];
    let form = (delimiter, proptest::collection::vec(kind(), 1..5), any::<bool>(), any::<bool>(), 0..12usize);
    form.prop_flat_map(|(delimiter, kinds, returns, ends, records)| {
        let of_record: Vec<_> = kinds.iter().map(|kind| cell(kind, char::from(delimiter))).collect();
        let records = proptest::collection::vec(of_record, records);
        records.prop_map(move |records| {
            let end = if returns { "\r\n" } else { "\n" };
            let separator = char::from(delimiter).to_string();
            let mut text = records.iter().map(|cells| cells.join(&separator)).collect::<Vec<_>>().join(end);
            if ends {
                text.push_str(end);
            }
            (text, delimiter, kinds.clone())
        })
    })
}

/// Cuts and counts as what they mean: byte by byte, with the parser.
fn by_bytes(bytes: &[u8]) -> (Option<usize>, bool) {
    let (mut inside, mut end) = (false, None);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'"' => inside = !inside,
            b'\n' if !inside => end = Some(at + 1),
            _ => {}
        }
    }
    (end, inside)
}

fn by_parser(bytes: &[u8], delimiter: u8) -> u64 {
    reader(bytes, delimiter).into_byte_records().count() as u64
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// In one column the empty text between two line feeds is no record: the strict parser decides.
    #[test]
    fn right_texts_are_parsed_quickly_and_as_strictly((text, delimiter, kinds) in right(), at in 0..3usize, times in 1..40usize) {
        let text = if text.ends_with('\n') { text.repeat(times) } else { text };
        let reversed: Vec<ColumnType> = kinds.iter().rev().cloned().collect();
        let bytes = encoded(&text, ENCODINGS[at]);
        let mut of_kinds = reversed.clone();
        // the first column comes once more
        of_kinds.push(kinds[0].clone());
        let quick = same(&bytes, delimiter, ENCODINGS[at], kinds.len(), &of_kinds);
        let empty = (kinds.len() == 1 || text.trim().is_empty()) && text.lines().any(str::is_empty);
        let euro = ENCODINGS[at] != Encoding::Utf8 && text.contains('€');
        prop_assert!(quick || empty || euro, "{text:?} was left to the strict parser");
    }

    #[test]
    fn any_text_is_parsed_as_strictly(
        text in "[,|\"\r\n\na户丂𠀀0-9-]{0,90}",
        kinds in proptest::collection::vec(kind(), 1..4),
        fields in 1..4usize,
        at in 0..3usize,
        bar in any::<bool>(),
    ) {
        same(&encoded(&text, ENCODINGS[at]), if bar { b'|' } else { b',' }, ENCODINGS[at], fields, &kinds);
    }

    #[test]
    fn any_bytes_are_parsed_as_strictly(
        pieces in proptest::collection::vec(
            proptest::sample::select(PIECES),
            0..120,
        ),
        fields in 1..4usize,
        at in 0..3usize,
        bar in any::<bool>(),
    ) {
        let bytes = pieces.concat();
        same(&bytes, if bar { b'|' } else { b',' }, ENCODINGS[at], fields, &[ColumnType::Text]);
    }

    #[test]
    fn records_end_and_are_counted_as_they_are_parsed(text in "[,\"\r\n\n\na]{0,200}", cut in any::<proptest::sample::Index>()) {
        let (bytes, cut) = (text.as_bytes(), cut.index(text.len() + 1));
        let (end, open) = by_bytes(bytes);
        prop_assert_eq!(last_record_end(bytes, b','), end);
        prop_assert_eq!(count_records(bytes, b','), by_parser(bytes, b','));
        let mut survey = survey::Survey::new(b',');
        survey.add(&bytes[..cut]);
        survey.add(&bytes[cut..]);
        prop_assert_eq!(survey.open(), open);
        prop_assert_eq!(survey.whole.bytes, end.unwrap_or(0));
        prop_assert_eq!(survey.whole.lines, count_lines(&bytes[..survey.whole.bytes]));
        prop_assert_eq!((survey.all.bytes, survey.all.lines), (bytes.len(), count_lines(bytes)));
        if let Some(records) = survey.whole_records() {
            prop_assert_eq!(records, by_parser(&bytes[..survey.whole.bytes], b','));
        }
        if let Some(records) = survey.all_records() {
            prop_assert_eq!(records, by_parser(bytes, b','));
        }
    }
}

#[test]
fn quotes_and_empty_lines_are_counted_without_the_parser() {
    let clear = |text: &str| {
        let mut survey = survey::Survey::new(b',');
        survey.add(text.as_bytes());
        survey.all_records()
    };
    assert_eq!(clear("a,\"x\ny\"\r\n\r\n\n\"\"\"\",b\n\nc"), Some(3));
    assert_eq!(clear("a\"b\n"), None);
    assert_eq!(clear("a\rb\n"), None);
    assert_eq!(clear("\"a\"b\n"), None);
}

#[test]
fn blocks_are_the_text_and_know_where_they_are() {
    let record = |row: usize| format!("{row},\"{}\nx\",y\r\n\n", "z".repeat(row % 97));
    let text = (0..150_000).map(record).collect::<String>();
    let mut blocks = Blocks::over(Path::new("x.csv"), Box::new(Cursor::new(text.clone().into_bytes())), b',');
    let (mut seen, mut number, mut rows) = (Vec::new(), 0, 0);
    while let Some(block) = blocks.next().unwrap() {
        assert_eq!(block.lines, count_lines(&seen));
        assert_eq!(block.count, by_parser(&block.bytes, b','));
        rows += block.count;
        number += 1;
        seen.extend(block.bytes);
    }
    assert_eq!(seen, text.into_bytes());
    assert!((rows, number > 1) == (150_000, true));
}

/// Of a long text with everything that may be in it, every cell: the first parser looks at 64 bytes and at stretches.
#[test]
fn long_texts_are_parsed_quickly() {
    let record = |row: usize| {
        let name = ["张三", "喆堃", "㐂", "𠀀丂", "", "\"a,\"\"b\"\"\"", "\"c\nd\""][row % 7];
        format!("{row},{name},{}.{:02},{}\r\n", row % 1000, row % 100, if row.is_multiple_of(5) { "无" } else { "男" })
    };
    let text = (0..20_000).map(record).collect::<String>();
    let kinds = [ColumnType::Text, ColumnType::Number, ColumnType::Text, ColumnType::Integer, ColumnType::Integer];
    for encoding in ENCODINGS {
        let bytes = encoded(&text, encoding);
        assert!(same(&bytes, b',', encoding, 4, &kinds));
        let cut = bytes.len() - 2;
        assert!(same(&bytes[..cut], b',', encoding, 4, &kinds));
        assert!(!same(&[&bytes[..], b"a,b\n"].concat(), b',', encoding, 4, &kinds));
    }
}
