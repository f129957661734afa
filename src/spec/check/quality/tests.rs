use crate::error::Findings;
use crate::spec::quality::{CellRules, Dimension, Quality};
use crate::spec::{Pipeline, embedded_rules, parse};

const REST: &str = "[declaration]\nsource_basis = \"t\"\nprovider = \"t\"\nrecipient = \"t\"\nuse = \"t\"\n[source]\npath = \"d.csv\"\nsubject = \"id\"\n[privacy]\nk = 3\n[columns.id]\nrole = \"identifier\"\ntreatment = \"drop\"\n[columns.age]\nrole = \"quasi\"\ntype = \"integer\"\nhierarchy = { interval = { widths = [10] } }\n[columns.day]\nrole = \"quasi\"\nhierarchy = { date = [\"year\"] }\n[columns.city]\nrole = \"quasi\"\n";

const HEAD: &str = "name = \"t\"\npurpose = \"trade\"\nclaim = \"deidentified\"\nrules = \"cn-gbt42460-2023\"\ncontext = \"enclave\"\n";

fn pipeline(quality: &str, cells: &[(&str, &str)]) -> Result<Pipeline, String> {
    let mut rest = REST.to_owned();
    for (column, rules) in cells {
        let head = format!("[columns.{column}]\n");
        assert!(rest.contains(&head), "{column}");
        rest = rest.replace(&head, &format!("{head}quality = {rules}\n"));
    }
    let text = format!("{HEAD}{quality}\n{rest}");
    parse(&text, &embedded_rules()).map_err(|list| Findings { path: "p.toml".into(), text, list }.render(false))
}

fn found(quality: &str, cells: &[(&str, &str)]) -> String {
    pipeline(quality, cells).err().unwrap_or_default()
}

#[test]
fn what_is_asked_is_read_in_both_forms() {
    assert_eq!(pipeline("", &[]).unwrap().quality, Quality::default());
    let cells = [
        ("age", "{ required = true, least = 0, most = 120.5, pattern = \"[0-9]+\" }"),
        ("id", "{ unique = true, codes = [\"a\", \"b\"] }"),
        ("day", "{ least = \"2020-01-01\", period = { from = \"2025-01-01\", to = \"2025-12-31\" } }"),
        ("city", "{ table = \"gbt2260\", table_column = \"name\" }"),
    ];
    let short = pipeline("quality = { completeness = 0.98, timeliness = 1 }", &cells).unwrap().quality;
    assert_eq!(short.limits, [(Dimension::Completeness, 0.98), (Dimension::Timeliness, 1.0)]);
    let names: Vec<&str> = short.cells.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["id", "age", "day", "city"], "in the order of the file");
    let long = "[quality]\ncompleteness = 0.98\ntimeliness = 1\n[[quality.rules]]\nname = \"adults\"\nexpression = \"age >= 18 OR city = 'x'\"\n";
    let long = pipeline(long, &cells).unwrap().quality;
    assert_eq!((&long.limits, &long.cells), (&short.limits, &short.cells));
    assert_eq!((long.records.len(), long.records[0].dimension), (1, Dimension::Consistency));
    assert!(short.cells.iter().all(|(_, rules)| *rules != CellRules::default()));
}

#[test]
fn every_wrong_rule_of_a_column_is_told_at_its_place() {
    let shown = found(
        "",
        &[
            ("id", "{ pattern = \"[0-9\", least = 3, table = \"gbt226\" }"),
            ("age", "{ least = 9, most = 3, period = { from = \"2025-01-01\" }, table_column = \"x\" }"),
            ("day", "{ least = 3, period = { from = \"2025-12-31\", to = \"2025-01-01\" } }"),
            ("city", "{}"),
        ],
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn every_wrong_rule_for_records_is_told_at_its_place() {
    let rule = |name: &str, rest: &str| format!("[[quality.rules]]\nname = \"{name}\"\n{rest}\n");
    let quality = [
        "[quality]\nconformity = 0.9\ncompleteness = 1.5\nconsistency = 1\n".to_owned(),
        rule("a", "expression = \"agee > 1 AND nowhere = 'x'\""),
        rule("a", "expression = \"age > (SELECT 1)\""),
        rule(" ", "expression = \"1 = 1\""),
        rule("b", "dimension = \"accessibility\"\nexpression = \"age > 1\""),
        rule("c", "dimension = \"accurate\"\nexpression = \"age > 1\""),
    ];
    insta::assert_snapshot!(found(&quality.concat(), &[]));
}

#[test]
fn a_limit_needs_a_rule() {
    let shown =
        found("quality = { accuracy = 0.9, timeliness = 0.5, accessibility = 1 }", &[("age", "{ required = true }")]);
    insta::assert_snapshot!(shown);
    assert_eq!(found("quality = { accuracy = 0.9 }", &[("age", "{ most = 9 }")]), "");
    let by_record = "[quality]\ntimeliness = 0.9\n[[quality.rules]]\nname = \"a\"\ndimension = \"timeliness\"\nexpression = \"day > DATE '2020-01-01'\"\n";
    assert_eq!(found(by_record, &[]), "");
}

#[test]
fn numbers_that_are_none_are_no_limits() {
    assert!(found("quality = { accessibility = nan }", &[]).contains("must be a finite number"));
    assert!(found("quality = { accessibility = -0.1 }", &[]).contains("must be at least 0"));
    assert!(found("", &[("age", "{ most = inf }")]).contains("must be a finite number"));
    assert!(found("", &[("age", "{ require = true }")]).contains("did you mean `required`?"));
    for wrong in ["{ codes = [] }", "{ codes = [1] }", "{ unique = \"yes\" }", "{ period = {} }", "{ least = true }"] {
        assert_ne!(found("", &[("day", wrong)]), "", "{wrong}");
    }
    for wrong in ["{ least = \"2025-02-30\" }", "{ period = { to = \"soon\" } }", "{ most = 20250101 }"] {
        assert_ne!(found("", &[("day", wrong)]), "", "{wrong}");
    }
}

#[test]
fn a_wrong_column_hides_no_wrong_rule() {
    let shown = found("quality = { accuracy = 1 }", &[("age", "{ pattern = \"(\" }"), ("id", "{ one = 1 }")]);
    assert!(shown.contains("no regular expression") && shown.contains("unknown key"), "{shown}");
    assert!(!shown.contains("no rule feeds"), "{shown}");
}
