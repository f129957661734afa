use std::collections::{BTreeMap, HashMap, HashSet};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, Int64Type};
use chrono::{Datelike, NaiveDate};

use super::super::batch;
use super::super::diagnosis::DIAGNOSES;
use super::super::patient::{Visit, Visits};
use super::super::text::Date;
use super::*;
use crate::detect::check_digits::resident_id_check;

const ROWS: u64 = 40_960;

fn data(seed: u64) -> RecordBatch {
    batch(NAME, seed, 0..ROWS).unwrap()
}

fn text<'a>(data: &'a RecordBatch, column: &str) -> Vec<Option<&'a str>> {
    data.column_by_name(column).unwrap().as_string::<i32>().iter().collect()
}

fn full<'a>(data: &'a RecordBatch, column: &str) -> Vec<&'a str> {
    text(data, column).into_iter().map(|cell| cell.unwrap()).collect()
}

fn ages(data: &RecordBatch) -> Vec<i64> {
    data.column_by_name("年龄").unwrap().as_primitive::<Int64Type>().values().to_vec()
}

fn days(data: &RecordBatch, column: &str) -> Vec<NaiveDate> {
    full(data, column).into_iter().map(|day| NaiveDate::parse_from_str(day, "%Y-%m-%d").unwrap()).collect()
}

/// The hierarchy table: code, category, block, chapter.
fn classification() -> HashMap<&'static str, Vec<&'static str>> {
    let table = include_str!("../../../pipelines/hierarchies/icd10_diagnosis.csv");
    table.lines().map(|line| line.split(';').collect::<Vec<_>>()).map(|row| (row[0], row)).collect()
}

/// HIV, sexually transmitted and mental diseases.
fn special(code: &str) -> bool {
    ("B20".."B25").contains(&&code[..3]) || ("A50".."A65").contains(&&code[..3]) || code.starts_with('F')
}

#[test]
fn every_window_holds_all_visits_of_its_patients() {
    let visits = Visits::new(7, NAME);
    for window in [0, 5] {
        let rows = window * 4096..(window + 1) * 4096;
        let all: Vec<Visit> = rows.map(|row| visits.at(row)).collect();
        let mut of: BTreeMap<u64, Vec<Visit>> = BTreeMap::new();
        all.iter().for_each(|visit| of.entry(visit.patient).or_default().push(*visit));
        for visits in of.values_mut() {
            visits.sort_by_key(|visit| visit.index);
            assert!(visits.iter().enumerate().all(|(i, v)| v.index as usize == i && v.of as usize == visits.len()));
        }
        let several = of.values().filter(|visits| visits.len() > 1).count();
        assert_eq!((of.len(), several), (3361, 3360 / 8), "one patient in eight comes again");
        assert_eq!(of.values().map(Vec::len).max(), Some(4));
        assert!(of.keys().all(|patient| patient / 3361 == window), "no patient is in two windows");
    }
}

#[test]
fn a_patient_is_the_same_on_every_visit() {
    let data = data(1);
    let records = full(&data, "病案号");
    let mut same: HashMap<(&str, &str), Option<&str>> = HashMap::new();
    for column in ["姓名", "医保卡号", "手机号", "性别", "区", "职业", "医保类型"] {
        for (record, cell) in records.iter().zip(text(&data, column)) {
            assert_eq!(*same.entry((record, column)).or_insert(cell), cell, "{column}");
        }
    }
    for column in ["身份证号", "医保卡号", "手机号"] {
        let mut owner: HashMap<&str, &str> = HashMap::new();
        for (record, cell) in records.iter().zip(text(&data, column)) {
            let Some(cell) = cell else { continue };
            assert_eq!(owner.insert(cell, record).unwrap_or(record), *record, "two patients share a {column}");
        }
    }
    let patients: HashSet<&str> = records.iter().copied().collect();
    assert_eq!(patients.len() as u64, ROWS / 4096 * 3361);
    assert!(records.iter().all(|record| record.len() == 10));
}

#[test]
fn visits_follow_each_other_in_the_three_years() {
    let data = data(2);
    let (admitted, left) = (days(&data, "入院日期"), days(&data, "出院日期"));
    assert!(admitted.iter().all(|day| (2022..=2024).contains(&day.year())));
    assert!((2022..=2024).all(|year| admitted.iter().filter(|day| day.year() == year).count() > 10_000));
    let mut stays: BTreeMap<&str, Vec<(NaiveDate, NaiveDate)>> = BTreeMap::new();
    for ((record, from), to) in full(&data, "病案号").into_iter().zip(admitted).zip(left) {
        assert!((0..=120).contains(&(to - from).num_days()));
        stays.entry(record).or_default().push((from, to));
    }
    for stays in stays.values_mut() {
        stays.sort();
        assert!(stays.windows(2).all(|pair| pair[0].1 <= pair[1].0), "nobody comes before having left: {stays:?}");
    }
}

#[test]
fn ids_are_valid_and_agree_with_age_and_sex() {
    let data = data(3);
    let (ids, ages, sexes) = (text(&data, "身份证号"), ages(&data), full(&data, "性别"));
    let admitted = days(&data, "入院日期");
    let mut missing = [0_usize; 2];
    for (row, id) in ids.into_iter().enumerate() {
        let Some(id) = id else {
            missing[usize::from(ages[row] > 0)] += 1;
            continue;
        };
        assert_eq!(resident_id_check(&id.as_bytes()[..17]), Some(id.as_bytes()[17]));
        let born = NaiveDate::parse_from_str(&id[6..14], "%Y%m%d").unwrap();
        assert_eq!(admitted[row].years_since(born).map(i64::from), Some(ages[row]), "{born} {}", admitted[row]);
        assert_eq!(sexes[row], if id.as_bytes()[16] % 2 == 1 { "男" } else { "女" });
    }
    let infants = ages.iter().filter(|age| **age == 0).count();
    assert!(infants > 800 && missing[0] > infants / 2, "{missing:?} of {infants}");
    assert!((100..800).contains(&missing[1]), "now and then an id is missing: {missing:?}");
}

#[test]
fn days_and_years_agree_with_the_calendar() {
    let mut day = NaiveDate::from_ymd_opt(2022, 1, 1).unwrap();
    let birth = Date { year: 2000, month: 2, day: 29 };
    let born = NaiveDate::from_ymd_opt(2000, 2, 29).unwrap();
    for count in 0..1500 {
        let date = Date::after(2022, count);
        assert_eq!((date.year as i32, date.month, date.day), (day.year(), day.month(), day.day()));
        assert_eq!(date.days_after(2022), count);
        assert_eq!(Some(date.years_since(birth)), day.years_since(born));
        day = day.succ_opt().unwrap();
    }
}

#[test]
fn diagnoses_fit_the_patient_and_are_skewed() {
    let data = data(4);
    let (codes, sexes, ages) = (full(&data, "诊断编码"), full(&data, "性别"), ages(&data));
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for (row, code) in codes.iter().enumerate() {
        *counts.entry(code).or_default() += 1;
        match &code[..1] {
            "O" => assert!(sexes[row] == "女" && (15..45).contains(&ages[row])),
            "P" => assert_eq!(ages[row], 0),
            _ => {}
        }
        assert!(*code != "N40" && *code != "C61" || sexes[row] == "男");
        assert!(*code != "H25.9" || ages[row] >= 45);
    }
    let mut sizes: Vec<usize> = counts.values().copied().collect();
    sizes.sort_unstable();
    assert!(sizes.len() > 175, "{} codes", sizes.len());
    let half = sizes
        .iter()
        .rev()
        .scan(0, |sum, n| {
            *sum += n;
            Some(*sum)
        })
        .take_while(|sum| *sum < codes.len() / 2);
    assert!((15..40).contains(&half.count()), "few codes make half of the visits");
    assert!(sizes[..15].iter().sum::<usize>() * 100 < codes.len(), "some are rare: {sizes:?}");
    let special = codes.iter().filter(|code| special(code)).count();
    assert!((codes.len() / 250..codes.len() / 50).contains(&special), "{special} special diseases");
}

#[test]
fn costs_are_skewed_and_beds_are_paid_by_the_day() {
    let data = data(5);
    let costs = data.column_by_name("费用").unwrap().as_primitive::<Float64Type>().values().to_vec();
    assert!(costs.iter().all(|cost| *cost > 0.0 && (cost * 100.0).round() / 100.0 == *cost), "at most two decimals");
    let mut sorted = costs.clone();
    sorted.sort_by(f64::total_cmp);
    let (median, mean) = (sorted[sorted.len() / 2], costs.iter().sum::<f64>() / costs.len() as f64);
    assert!((8_000.0..16_000.0).contains(&median) && mean > 1.2 * median, "median {median}, mean {mean}");
    let (from, to) = (days(&data, "入院日期"), days(&data, "出院日期"));
    let by_stay = |long: bool| {
        let codes = full(&data, "诊断编码");
        let of: Vec<f64> = (0..costs.len())
            .filter(|&row| codes[row] == "I63.9" && ((to[row] - from[row]).num_days() > 11) == long)
            .map(|row| costs[row])
            .collect();
        of.iter().sum::<f64>() / of.len() as f64
    };
    assert!(by_stay(true) > 1.2 * by_stay(false), "a longer stay for the same is dearer");
}

#[test]
fn wards_occupations_and_remarks_are_plausible() {
    let data = data(6);
    let (wards, ages, work) = (full(&data, "科室"), ages(&data), full(&data, "职业"));
    for row in 0..ages.len() {
        assert!(wards[row] != "新生儿科" || ages[row] == 0);
        assert!(wards[row] != "儿科" || ages[row] < 15);
        assert!(work[row] != "学龄前儿童" || ages[row] < 9, "as old as at the first visit and some more");
        assert!(work[row] != "退休人员" || ages[row] >= 53);
    }
    let working = ages.iter().zip(&work).filter(|(age, work)| (25..50).contains(*age) && **work == "退休人员");
    assert_eq!(working.count(), 0);
    let uninsured = full(&data, "医保类型").iter().filter(|kind| **kind == UNINSURED).count();
    assert_eq!(text(&data, "医保卡号").iter().filter(|card| card.is_none()).count(), uninsured);
    assert!(text(&data, "医保卡号").iter().flatten().all(|card| card.len() == 9));
    let remarks = text(&data, "备注");
    let filled = remarks.iter().flatten().count() as f64 / remarks.len() as f64;
    assert!((0.06..0.13).contains(&filled), "{filled}");
    let phone = |remark: &&str| remark.chars().filter(char::is_ascii_digit).count() == 11;
    let phones = remarks.iter().flatten().filter(|remark| phone(remark)).count();
    assert!((remarks.len() / 500..remarks.len() / 100).contains(&phones), "{phones} remarks hold a phone number");
}

#[test]
fn the_classification_is_that_of_icd_10() {
    let table = classification();
    assert_eq!(table.len(), DIAGNOSES.len());
    for diagnosis in &DIAGNOSES {
        let [code, category, block, chapter, "*"] = table[diagnosis.code][..] else { panic!("{}", diagnosis.code) };
        if category == "其他" {
            assert_eq!((block, chapter), ("其他", "其他"));
            continue;
        }
        assert!(!special(code) && !code.starts_with('R'), "{code} would be told");
        assert_eq!(category.split_once(' ').unwrap().0, &code[..3]);
        let range = |label: &'static str| label.split_once(' ').unwrap().0.split_once('-').unwrap();
        let ((first, last), (from, to)) = (range(block), range(chapter));
        assert!((first..=last).contains(&&code[..3]), "{code} is not in {block}");
        assert!(from <= first && last <= to && from <= last, "{block} is not in {chapter}");
    }
}

#[test]
fn special_diseases_hide_among_others() {
    let data = batch(NAME, 2025, 0..20_000).unwrap();
    let table = classification();
    let codes = full(&data, "诊断编码");
    let others: Vec<&&str> = codes.iter().filter(|code| table[**code][2] == "其他").collect();
    let told = others.iter().filter(|code| special(code)).count();
    assert!(told > 50 && told * 5 < others.len(), "{told} of {} are special", others.len());
    let mut patients: HashMap<&str, HashSet<&str>> = HashMap::new();
    for (code, record) in codes.iter().zip(full(&data, "病案号")) {
        patients.entry(table[code][2]).or_default().insert(record);
    }
    let least = patients.iter().min_by_key(|(_, patients)| patients.len()).unwrap();
    assert!(least.1.len() >= 20, "{} has {} patients", least.0, least.1.len());
}
