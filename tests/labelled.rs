//! Detectors on labelled columns: every kind is told, and what is rare but real.

#![expect(clippy::unwrap_used, reason = "a test may stop")]

use tuomin::detect::{Column, ColumnFinding, Detector, Kind, Remark, Sort};
use tuomin::sample::labelled::{Header, Maker, Noise, Spec, specs};

const ROWS: u64 = 150;

fn find(header: &str, cells: impl IntoIterator<Item = Option<String>>) -> ColumnFinding {
    let detector = Detector::new();
    let mut column = Column::new(header);
    cells.into_iter().for_each(|cell| column.feed(&detector, cell.as_deref()));
    column.finish()
}

fn kind(found: &ColumnFinding) -> Option<Kind> {
    found.kind.as_ref().map(|candidate| candidate.kind)
}

fn spec(name: &str) -> Spec {
    specs().into_iter().find(|spec| spec.name == name).unwrap()
}

fn found(name: &str, header: Header, noise: Noise) -> ColumnFinding {
    let column = Maker::new(11).column(&spec(name), header, noise, ROWS);
    find(&column.header, column.cells)
}

#[test] // one in twenty may be missed per kind of column; headers without meaning count where values tell
fn every_labelled_column_is_told() {
    let maker = Maker::new(5);
    let detector = Detector::new();
    for spec in specs().into_iter().filter(|spec| !spec.kinds().is_empty()) {
        let mut wrong = Vec::new();
        let mut asked = 0;
        for header in Header::ALL {
            if header == Header::Meaningless && !spec.by_values {
                continue;
            }
            for noise in Noise::ALL {
                let labelled = maker.column(&spec, header, noise, ROWS);
                let mut column = Column::new(&labelled.header);
                labelled.cells.iter().for_each(|cell| column.feed(&detector, cell.as_deref()));
                asked += 1;
                let found = kind(&column.finish());
                if !found.is_some_and(|kind| spec.kinds().contains(&kind)) {
                    wrong.push((header, noise, found));
                }
            }
        }
        // thirty cells of a sparse column are few to see values repeat
        let allowed = if spec.kinds().contains(&Kind::Category) { 4 } else { 0 };
        assert!(wrong.len() <= allowed, "{} of {asked} columns {}: {wrong:?}", wrong.len(), spec.name);
    }
}

#[test]
fn headers_settle_what_values_leave_open() {
    let numbers = |make: fn(u64) -> String| (0..200).map(move |row| Some(make(row)));
    let degrees = |row| format!("{:.6}", 116.8 + row as f64 * 0.003_217);
    for header in ["经度", "lng", "lon", "longitude", "jd"] {
        assert_eq!(kind(&find(header, numbers(degrees))), Some(Kind::Coordinates), "{header}");
    }
    assert_eq!(kind(&find("jd", numbers(|row| format!("{}.5", row % 90)))), Some(Kind::Number), "progress");
    let thing = |row| format!("144000{:07}", row * 7919 % 10_000_000);
    for header in ["物联卡号", "IoT", "msisdn"] {
        assert_eq!(kind(&find(header, numbers(thing))), Some(Kind::Mobile), "{header}");
    }
    let serial = |row: u64| (17_000_000_000 + row * 3).to_string();
    for header in ["流水号", "order_no", "lsh"] {
        assert_eq!(kind(&find(header, numbers(serial))), Some(Kind::OrderNumber), "{header}");
    }
    assert_eq!(kind(&find("col_7", numbers(serial))), Some(Kind::Mobile), "a block of numbers");
    // mobile numbers of people stay what they are, whatever the header says
    let mobiles = Maker::new(3).column(&spec("mobile"), Header::Meaningless, Noise::None, 200).cells;
    for header in ["流水号", "order_no", "col_7"] {
        assert_eq!(kind(&find(header, mobiles.clone())), Some(Kind::Mobile), "{header}");
    }
    let version = |row| format!("2.{}.{}.{}", row % 12, row % 7, row % 200);
    for header in ["固件版本", "version", "col_7"] {
        assert_eq!(kind(&find(header, numbers(version))), Some(Kind::Version), "{header}");
    }
    let address = |row| format!("{}.{}.3.{}", 10 + row % 3, row % 12, row % 200);
    assert_eq!(kind(&find("col_7", numbers(address))), Some(Kind::Ip));
    assert_eq!(kind(&find("登录IP", numbers(version))), Some(Kind::Ip), "the header says so");
    let asset = |row| format!("{}", 1_234_567_890_123_456_u64 + row * 7_919_001);
    assert_eq!(kind(&find("资产编号", numbers(asset))), Some(Kind::OrderNumber));
    assert_eq!(kind(&find("电表资产编号", numbers(asset))), Some(Kind::MeterNumber));
}

#[test]
fn damage_is_remarked_on() {
    for (name, remark) in [
        ("resident_id_as_float", Remark::StoredAsFloat),
        ("bank_card_as_float", Remark::StoredAsFloat),
        ("mobile_as_float", Remark::StoredAsFloat),
        ("zeros_lost", Remark::LeadingZerosLost),
        ("postcode_zeros_lost", Remark::LeadingZerosLost),
        ("masked_resident_id", Remark::Masked),
        ("masked_mobile", Remark::Masked),
        ("masked_bank_card", Remark::Masked),
        ("masked_name", Remark::Masked),
        ("two_mobiles", Remark::SeveralInOneCell),
        ("two_resident_ids", Remark::SeveralInOneCell),
        ("date_as_serial", Remark::ExcelSerials),
        ("resident_id_written", Remark::MixedForms),
        ("bank_card_written", Remark::MixedForms),
    ] {
        let found = found(name, Header::Chinese, Noise::Broken);
        assert!(found.remarks.contains(&remark), "{name}: {:?} {:?}", kind(&found), found.remarks);
    }
    assert!(found("birth_date", Header::Chinese, Noise::None).remarks.is_empty());
    assert!(found("resident_id", Header::Chinese, Noise::None).remarks.is_empty());
    assert!(found("medical_record", Header::Chinese, Noise::None).remarks.is_empty());
}

#[test] // covered identifiers name nobody, and still single people out
fn masked_ids_are_quasi_identifiers() {
    for name in ["masked_resident_id", "masked_mobile", "masked_bank_card", "masked_name"] {
        for header in Header::ALL {
            let found = found(name, header, Noise::Broken);
            assert_eq!(kind(&found).map(Kind::sort), Some(Sort::Quasi), "{name} {header:?}");
        }
    }
}

#[test]
fn identifiers_inside_cells_are_counted() {
    for (name, inside, share) in [
        ("url_with_ids", Kind::Mobile, 0.4),
        ("url_with_ids", Kind::ResidentId18, 0.25),
        ("json_with_ids", Kind::ResidentId18, 0.9),
        ("json_with_ids", Kind::PersonName, 0.8),
        ("text_with_mobiles", Kind::Mobile, 0.05),
        ("name_and_mobile", Kind::Mobile, 0.85),
        ("two_resident_ids", Kind::ResidentId18, 0.85),
    ] {
        for noise in [Noise::None, Noise::Broken, Noise::Dressed] {
            let found = found(name, Header::Meaningless, noise);
            let cells = found.inside.iter().find(|found| found.kind == inside).map_or(0, |inside| inside.cells);
            let least = (share * found.cells() as f64) as u64;
            assert!(cells >= least, "{name} {noise:?}: {cells} of {} cells hold a {inside}", found.cells());
        }
    }
}
