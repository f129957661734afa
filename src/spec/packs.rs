//! Rule packs from text: the built-in ones, and those that a pipeline names by path.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::LazyLock;

use chrono::NaiveDate;

use super::document::Document;
use super::findings::Check;
use super::pipeline::Context;
use super::rules::{ATTACKS, RulePack};
use super::schema::schema_of;
use super::words::{listed, nearest, quoted};
use crate::error::Diagnostic;

const EMBEDDED: [&str; 2] = [
    include_str!("../../pipelines/rules/cn-gbt42460-2023.toml"),
    include_str!("../../pipelines/rules/cn-health-39725-2020.toml"),
];

/// Returns the built-in rule packs, by which a pipeline's `rules` may be a name.
pub fn embedded_rules() -> Vec<RulePack> {
    EMBEDDED.iter().filter_map(|text| parse_rules(text).ok()).collect()
}

/// Returns the path that a pipeline's `rules` names; `None` for the name of a built-in pack, and for texts
/// that [`super::parse`] will refuse anyway.
pub fn rules_path(text: &str) -> Option<PathBuf> {
    let (document, _) = Document::parse(text).ok()?;
    let rules: String = document.read(&["rules"])?.ok()?;
    names_file(&rules).then(|| PathBuf::from(rules))
}

pub(super) fn names_file(rules: &str) -> bool {
    rules.to_lowercase().ends_with(".toml")
}

/// Parses a rule pack; fails with all findings in the order of their places.
pub fn parse_rules(text: &str) -> Result<RulePack, Vec<Diagnostic>> {
    static SCHEMA: LazyLock<serde_json::Value> = LazyLock::new(schema_of::<RulePack>);
    let mut check = Check::new(text, &SCHEMA)?;
    let pack = rules(&mut check);
    check.finish(pack)
}

fn rules(check: &mut Check) -> Option<RulePack> {
    for path in
        [&["class_risk", "public"][..], &["class_risk", "controlled"], &["class_risk", "enclave"], &["overall_risk"]]
    {
        threshold(check, path, "a risk between 0 and 1", |value| value > 0.0 && value <= 1.0);
    }
    for path in [["level", "deidentified"], ["level", "anonymized"]] {
        threshold(check, &path, "a level: 1, 2, 3 or 4", |value| [1.0, 2.0, 3.0, 4.0].contains(&value));
    }
    for path in ["least_subjects", "allowed_contexts", "finest_date", "least_population"] {
        confidence(check, &[path]);
    }
    if check.part::<u64>(&["least_subjects", "value"]).is_some_and(|value| value < 2) {
        check.add(check.at(&["least_subjects", "value"]), "`value` must be at least 2 subjects");
    }
    if check.part::<Vec<Context>>(&["allowed_contexts", "value"]).is_some_and(|contexts| contexts.is_empty()) {
        check.add(check.at(&["allowed_contexts", "value"]), "`value` must name at least one context");
    }
    for attack in check.part::<BTreeMap<String, toml::Value>>(&["attacks"]).unwrap_or_default().keys() {
        for claim in ["deidentified", "anonymized"] {
            threshold(check, &["attacks", attack, claim], "a risk between 0 and 1", |risk| (0.0..=1.0).contains(&risk));
        }
        if !ATTACKS.contains(&attack.as_str()) {
            let message = format!("there is no attack named {}", quoted(attack));
            let help = nearest(attack, ATTACKS).map(|near| format!("did you mean `{near}`?"));
            check.add_help(check.at_key(&["attacks", attack]), message, help.unwrap_or_else(|| listed(&ATTACKS, "or")));
        }
    }
    confidence(check, &["attack"]);
    for grade in ["low", "medium", "high"] {
        probability(check, &["attack", "breach", grade]);
        for motive in ["low", "medium", "high"] {
            probability(check, &["attack", "insider", grade, motive]);
        }
    }
    if let Some(day) = check.part::<String>(&["in_force"])
        && (day.len() != 10 || NaiveDate::parse_from_str(&day, "%Y-%m-%d").is_err())
    {
        check.add(check.at(&["in_force"]), "`in_force` must be a day like \"2023-10-01\"");
    }
    check.part(&[])
}

fn threshold(check: &mut Check, path: &[&str], what: &str, right: impl Fn(f64) -> bool) {
    confidence(check, path);
    let value = [path, &["value"]].concat();
    if check.part::<f64>(&value).is_some_and(|value| !right(value)) {
        check.add(check.at(&value), format!("`value` must be {what}"));
    }
}

fn probability(check: &mut Check, path: &[&str]) {
    if check.part::<f64>(path).is_some_and(|value| !(0.0..=1.0).contains(&value)) {
        check.add(check.at(path), "a probability must be between 0 and 1");
    }
}

fn confidence(check: &mut Check, path: &[&str]) {
    let at = [path, &["confidence"]].concat();
    let Some(mark) = check.part::<String>(&at) else { return };
    let known = mark
        .split_once('/')
        .is_some_and(|(height, ground)| ["H", "M", "L"].contains(&height) && ["S", "M", "C"].contains(&ground));
    if !known {
        let help = "H high, M medium, L low; then S read in a source, M from general knowledge, C recomputed";
        check.add_help(check.at(&at), "`confidence` must be like \"H/S\"", help);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_pack_holds_the_numbers_of_the_standard() {
        let packs = embedded_rules();
        assert_eq!(packs.len(), EMBEDDED.len(), "every built-in pack is valid");
        let pack = &packs[0];
        assert_eq!(pack.name, "cn-gbt42460-2023");
        let risk = &pack.class_risk;
        assert_eq!(risk.public.value, 1.0 / 20.0);
        assert_eq!(risk.controlled.value, 1.0 / 5.0);
        assert_eq!(risk.enclave.value, 1.0 / 3.0, "a class of 3 is not above it");
        assert_eq!(pack.overall_risk.value, 0.05);
        assert_eq!((pack.level.deidentified.value, pack.level.anonymized.value), (2.0, 3.0));
        let (insider, breach) = (pack.attack.insider, pack.attack.breach);
        assert_eq!((insider.high.low, insider.high.medium, insider.high.high), (0.05, 0.1, 0.2));
        assert_eq!((insider.medium.low, insider.medium.medium, insider.medium.high), (0.2, 0.3, 0.4));
        assert_eq!((insider.low.low, insider.low.medium, insider.low.high), (0.4, 0.5, 0.6));
        assert_eq!((breach.high, breach.medium, breach.low), (0.14, 0.27, 0.55));
    }

    #[test]
    fn a_wrong_pack_is_told_all_at_once() {
        let text = EMBEDDED[0]
            .replace("2023-10-01", "2023-13-01")
            .replacen("value      = 0.05", "value      = 1.5", 1)
            .replace("value      = 3\n", "value      = 5\n")
            .replacen("\"M/S\"", "\"sure\"", 1)
            .replace("high   = 0.14", "high   = -0.14\nhihg = 1");
        let messages: Vec<String> = match parse_rules(&text) {
            Ok(_) => Vec::new(),
            Err(found) => found.into_iter().map(|found| found.message).collect(),
        };
        assert_eq!(
            messages,
            [
                "`in_force` must be a day like \"2023-10-01\"",
                "`value` must be a risk between 0 and 1",
                "`value` must be a level: 1, 2, 3 or 4",
                "`confidence` must be like \"H/S\"",
                "a probability must be between 0 and 1",
                "unknown key `hihg`",
            ]
        );
    }

    #[test]
    fn rules_are_a_name_or_a_path() {
        assert_eq!(rules_path("rules = \"cn-gbt42460-2023\""), None);
        assert_eq!(rules_path("rules = \"own/my.toml\"\nnot toml"), None);
        assert_eq!(rules_path("rules = \"own/my.toml\""), Some("own/my.toml".into()));
    }
}
