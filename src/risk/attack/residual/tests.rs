use super::cell::beyond_chance;
use super::*;

fn identifiers(values: &[&str]) -> Identifiers {
    let mut found = Identifiers::default();
    values.iter().for_each(|value| found.add(value));
    found
}

fn searched(known: &Identifiers, form: Form, cells: &[&str]) -> (Vec<AttackOutcome>, Vec<Residue>) {
    let detector = Detector::new();
    let mut residual = Residual::new(&detector, known, &[("remark".into(), form)]);
    cells.iter().for_each(|cell| residual.feed(0, cell, 1).unwrap());
    (residual.outcomes(), residual.found())
}

fn known(known: &Identifiers, cell: &str) -> bool {
    searched(known, Form::Text, &[cell]).0[1].successes == 1
}

#[test]
fn a_phone_in_a_remark_is_found_by_form_and_by_value() {
    let source = identifiers(&["+86 138-0013-8000", "13912345678"]);
    let (outcomes, found) = searched(&source, Form::Text, &["电话13800138000，下午联系", "无"]);
    assert_eq!((outcomes[0].successes, outcomes[0].trials), (1, 2));
    assert_eq!((outcomes[1].successes, outcomes[1].trials, outcomes[1].subjects_at_risk), (1, 2, Some(1)));
    assert!(found.iter().any(|residue| residue.what == What::Pattern(Kind::Mobile)));
    assert_eq!(outcomes[0].columns, ["remark"]);
    let (outcomes, _) = searched(&source, Form::Text, &["电费已缴", "无"]);
    assert_eq!((outcomes[0].successes, outcomes[1].successes), (0, 0));
}

#[test]
fn identifiers_without_a_form_are_found_however_they_are_written() {
    let source = identifiers(&[
        "MR-0042318",
        "2300-118-842",
        "王小明",
        "欧阳娜娜",
        "li.wei@example.com",
        "南开区鞍山西道123号4门501",
    ]);
    for cell in [
        "mr0042318",
        "病案MR-0042318，复诊",
        "ＭＲ００４２３１８",
        "户号2300118842",
        "见2300 118 842号",
        "家属王小明签字",
        "转欧阳娜娜",
        "邮箱：Li.Wei@example.com",
        "发li.wei@example.com联系",
        "住南开区鞍山西道123号4门501",
        "地址:南开区鞍山西道123号4门501，欠费",
        "王小明",
    ] {
        // an address behind a word without a colon is not cut off
        let wanted = cell != "住南开区鞍山西道123号4门501";
        assert_eq!(known(&source, cell), wanted, "{cell}");
    }
    for cell in ["MR0042319", "23001188420", "王小", "王小红", "wei@example.com", ""] {
        assert!(!known(&source, cell), "{cell}");
    }
}

#[test]
fn short_and_small_values_are_not_looked_for() {
    assert!(identifiers(&["12345", "000123", "A1234", "王", ""]).is_empty());
    assert_eq!(identifiers(&["123456", "0123456", "A12345", "王伟"]).len(), 4);
    let source = identifiers(&["王伟"]);
    assert!(known(&source, "王伟") && !known(&source, "国王伟大"), "two characters only as a whole cell");
}

#[test]
fn numbers_that_meet_identifiers_by_chance_are_told_and_not_counted() {
    // a tenth of all numbers of six digits are account numbers
    let mut source = Identifiers::default();
    (0..100_000_u64).for_each(|i| source.add(&(100_000 + (i * 7919) % 900_000).to_string()));
    let amounts: Vec<String> = (0..1000_u64).map(|i| (100_000 + (i * 104_729) % 900_000).to_string()).collect();
    let cells: Vec<&str> = amounts.iter().map(String::as_str).collect();
    let (outcomes, found) = searched(&source, Form::Number, &cells);
    let residue = found.iter().find(|residue| residue.what == What::SourceValue).unwrap();
    assert!(residue.chance && residue.cells > 50, "{residue:?}");
    assert_eq!(outcomes[1].successes, 0);
    // the same column with nothing but account numbers
    let accounts: Vec<String> = (0..1000_u64).map(|i| (100_000 + (i * 7919) % 900_000).to_string()).collect();
    let cells: Vec<&str> = accounts.iter().map(String::as_str).collect();
    assert_eq!(searched(&source, Form::Number, &cells).0[1].successes, 1000);
}

#[test]
fn one_long_number_is_no_chance_and_decimals_are_no_numbers() {
    let mut source = Identifiers::default();
    (0..10_000_u64).for_each(|i| source.add(&(2_300_000_000 + i).to_string()));
    let (outcomes, _) = searched(&source, Form::Number, &["2300000007", "2300000007.0", "23000000.07", "-5"]);
    assert_eq!((outcomes[1].successes, outcomes[1].trials), (2, 4));
}

#[test]
fn random_card_numbers_that_pass_a_tenth_of_the_time_are_chance() {
    let none = Identifiers::default();
    let numbers: Vec<String> = (0..2000_u64).map(|i| (6_222_021_001_000_000_000 + i * 7_919_317).to_string()).collect();
    let cells: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let (_, found) = searched(&none, Form::Number, &cells);
    let card = found.iter().find(|residue| residue.what == What::Pattern(Kind::BankCard)).unwrap();
    assert!(card.chance && (100..300).contains(&card.cells), "{card:?}");
    let right: Vec<&str> =
        cells.iter().copied().filter(|cell| crate::detect::check_digits::luhn(cell.as_bytes())).collect();
    let (outcomes, _) = searched(&none, Form::Number, &right);
    assert_eq!(outcomes[0].successes, right.len() as u64);
}

#[test]
fn tokens_are_only_looked_up_and_dates_not_at_all() {
    let source = identifiers(&["4111111111111111"]);
    let (outcomes, _) = searched(&source, Form::Token, &["4111111111111111", "4012888888881881"]);
    assert_eq!((outcomes[0].trials, outcomes[0].not_asked, outcomes[0].risk), (0, 1, 0.0));
    assert_eq!((outcomes[1].successes, outcomes[1].trials), (1, 2));
    let (outcomes, _) = searched(&source, Form::Date, &["2024-01-31"]);
    assert_eq!((outcomes[1].trials, outcomes[1].risk), (0, 0.0));
}

#[test]
fn long_identifiers_are_known_among_tokens_however_they_are_written() {
    let source = identifiers(&["KH2024000000000000012345", "30000000000000000000123"]);
    let known = ["kh2024000000000000012345", "KH-2024-0000-0000-0000-0123-45", "30000000000000000000123"];
    let others = ["kh2024000000000000012346", "00ff00ff00ff00ff00ff00ff00ff00ff", "30000000000000000000124"];
    let (outcomes, _) = searched(&source, Form::Token, &[known, others].concat());
    assert_eq!((outcomes[1].successes, outcomes[1].trials), (3, 6));
}

#[test]
fn nothing_fed_does_not_pass() {
    assert!(searched(&identifiers(&["123456"]), Form::Text, &[]).0.iter().all(|outcome| outcome.risk == 1.0));
    let detector = Detector::new();
    let source = Identifiers::default();
    assert!(Residual::new(&detector, &source, &[]).feed(0, "a", 1).is_err());
}

#[test]
fn merged_parts_equal_the_whole() {
    let source = identifiers(&["13800138000", "2300118842"]);
    let detector = Detector::new();
    let cells = ["电话13800138000", "2300118842", "x", "13800138000", "无"];
    let columns = [("remark".to_owned(), Form::Text)];
    let search = |cells: &[&str]| {
        let mut residual = Residual::new(&detector, &source, &columns);
        cells.iter().for_each(|cell| residual.feed(0, cell, 3).unwrap());
        residual
    };
    let whole = search(&cells);
    let mut parts = search(&cells[..2]);
    parts.merge(search(&cells[2..]));
    assert_eq!(parts.outcomes()[..2], whole.outcomes()[..2]);
    assert_eq!(whole.outcomes()[1].successes, 9);
}

#[test]
fn many_identifiers_are_sampled_and_that_is_told() {
    let mut source = Identifiers::with_limit(1000);
    (0..10_000_u64).for_each(|i| source.add(&(2_300_000_000 + i).to_string()));
    assert!(source.len() <= 1000 && source.looked().rows < source.looked().of);
    let cells: Vec<String> = (0..10_000_u64).map(|i| (2_300_000_000 + i).to_string()).collect();
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    let (outcomes, _) = searched(&source, Form::Number, &cells);
    assert_eq!(outcomes[1].successes, source.len() as u64);
    let estimate = outcomes[1].subjects_at_risk.unwrap() as f64;
    assert!((estimate / 10_000.0 - 1.0).abs() < 0.25, "{estimate}: at least 500 kept, five standard errors");
}

#[test]
fn chance_follows_poisson() {
    assert!(!beyond_chance(0, 0.0) && beyond_chance(1, 1e-4) && !beyond_chance(1, 2e-3));
    assert!(!beyond_chance(3, 0.5) && beyond_chance(5, 0.5));
    assert!(!beyond_chance(1060, 1000.0) && beyond_chance(1200, 1000.0));
}

#[test]
fn redaction_and_dropping_leave_what_a_search_after_them_finds() {
    let source = identifiers(&["MR-0042318", "13800138000"]);
    let detector = Detector::new();
    let remarks = ["电话13800138000", "病案MR-0042318，复诊", "13912345678 或 13800138000", "无"];
    let codes = ["13800138000", "7", "8", "9"];
    let columns = [("remark".to_owned(), Form::Text), ("code".to_owned(), Form::Number)];
    let search = |remarks: &[String], codes: &[&str]| {
        let mut residual = Residual::new(&detector, &source, &columns);
        remarks.iter().for_each(|cell| residual.feed(0, cell, 2).unwrap());
        codes.iter().for_each(|cell| residual.feed(1, cell, 1).unwrap());
        residual
    };
    let plain = remarks.map(str::to_owned);
    let found = search(&plain, &codes);
    let redaction = remarks.map(|cell| redacted(&detector, cell));
    let (redacted, bare) = (search(&redaction, &[]), search(&[], &[]));
    for (at, before) in found.outcomes().iter().enumerate().take(2) {
        let same = |change: &Change, after: &Residual| {
            let after = &after.outcomes()[at];
            assert_eq!(
                (change.after.successes, &change.after.columns),
                (after.successes, &after.columns),
                "{change:?}"
            );
        };
        let groups: Vec<Vec<Change>> = found.changes(before, true);
        assert_eq!((groups.len(), groups[0].len(), groups[1].len()), (2, 1, 1));
        assert_eq!(groups[0][0].change, "redact `remark`, drop `code`");
        same(&groups[0][0], &redacted);
        assert_eq!(groups[1][0].change, "drop `remark` and `code`");
        same(&groups[1][0], &bare);
        // the record number has no form that a detector knows, and stays
        assert_eq!(groups[0][0].after.successes, [0, 2][at]);
        assert_eq!(found.changes(before, false).len(), 1, "redacted text is not anonymized");
    }
    let merged = {
        let mut parts = search(&plain[..2], &codes);
        parts.merge(search(&plain[2..], &[]));
        parts
    };
    let values = &found.outcomes()[1];
    assert_eq!(merged.changes(values, true), found.changes(values, true));
}
