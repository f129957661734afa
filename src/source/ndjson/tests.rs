use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Float64Type, Int64Type};

use super::*;

fn read(text: &str) -> Result<arrow::array::RecordBatch> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d.ndjson");
    std::fs::write(&path, text).unwrap();
    let mut reader = reader(vec![path], vec!["NA".into()])?;
    let batch = reader.next()?.unwrap();
    assert!(reader.next()?.is_none() && reader.next()?.is_none());
    Ok(batch)
}

#[test]
fn columns_are_those_of_all_lines() {
    let text = "\u{feff}{\"id\": 110101199001011234, \"a\": {\"b\": 1.5, \"c\": {\"d\": \"x\"}}}\r\n\n \n{\"z\": [1, {\"k\": \"北\"}], \"id\": null, \"a\": {\"b\": 2}, \"e\": \"NA\"}";
    let batch = read(text).unwrap();
    let names: Vec<_> = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["id", "a.b", "a.c.d", "z", "e"]);
    let ids: Vec<_> = batch.column(0).as_primitive::<Int64Type>().iter().collect();
    assert_eq!(ids, [Some(110_101_199_001_011_234), None]);
    assert_eq!(batch.column(1).as_primitive::<Float64Type>().values().to_vec(), [1.5, 2.0]);
    assert_eq!(batch.column(3).as_string::<i32>().iter().collect::<Vec<_>>(), [None, Some("[1,{\"k\":\"北\"}]")]);
    assert_eq!((batch.column(4).data_type(), batch.column(4).null_count()), (&DataType::Utf8, 2));
}

#[test]
fn kinds_that_do_not_agree_become_text() {
    let batch =
        read("{\"a\": 9007199254740993}\n{\"a\": 0.5}\n{\"a\": 18446744073709551615}\n{\"a\": true}\n").unwrap();
    let cells: Vec<_> = batch.column(0).as_string::<i32>().iter().flatten().collect();
    assert_eq!(cells, ["9007199254740993", "0.5", "18446744073709551615", "true"]);
}

#[test]
fn a_bad_line_is_told_by_its_number_and_never_quoted() {
    let cases = [
        ("[1]", "not a JSON object"),
        ("{\"a\": told-nobody}", "not a JSON object"),
        ("{\"a\": 1} {\"a\": 2}", "not a JSON object"),
        ("{\"a\": \"told-nobody\"", "not a JSON object"),
        ("{\"a\": \"\\ud800\"}", "not a JSON object"),
        ("{\"a\": 1, \"a\": 1}", "twice"),
        ("{\"a\": [{\"told-nobody\": 1, \"told-nobody\": 1}]}", "twice"),
        ("{\"a\": {\"b\": 1}, \"a.b\": 1}", "twice"),
        ("{\"a\": 123456789012345678901234567890}", "digits"),
    ];
    for (line, says) in cases {
        let Err(error) = read(&format!("{{\"a\": 1}}\n\n{line}\n")) else { panic!("{line} was read") };
        let Error::Input { message, place: Some(place), .. } = &error else { panic!("{error:?}") };
        assert_eq!((place.row, place.line), (Some(2), Some(3)), "{line}");
        assert!(message.contains(says) && !format!("{error:?}").contains("told-nobody"), "{line}: {message}");
    }
    assert_eq!(read("\n\n").unwrap_err().exit_code(), 4);
}
