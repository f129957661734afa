//! Pipeline files and rule packs: every text is read, or refused with findings that can be shown.
#![no_main]

use chrono::NaiveDate;
use libfuzzer_sys::fuzz_target;
use tuomin::error::Findings;
use tuomin::spec::{Given, embedded_rules, meant, parse, parse_rules};

fuzz_target!(|text: &str| {
    static RULES: std::sync::LazyLock<Vec<tuomin::spec::RulePack>> = std::sync::LazyLock::new(embedded_rules);
    let parsed = parse(text, &RULES);
    let good = parsed.is_ok();
    if let Err(list) = parsed {
        shown(text, list);
    }
    // each is slow with instruments: only where it may find something
    if !text.contains("[source]")
        && let Err(list) = parse_rules(text)
    {
        shown(text, list);
    }
    if !good && !text.contains("{date") && !text.contains("{env") {
        return;
    }
    // as the command line means it: with a setting, and templates filled
    let env = |name: &str| (name == "CITY").then(|| "tianjin".to_owned());
    let given = Given { as_of: NaiveDate::from_ymd_opt(2026, 2, 28).expect("a day"), env: &env };
    match meant(text, &["privacy.k=7".to_owned()], &given) {
        Ok(Ok(meant)) => {
            if let Err(mut list) = parse(&meant.text, &RULES) {
                list.iter_mut().for_each(|found| found.span = meant.place(&found.span));
                shown(&meant.shown, list);
            }
        }
        Ok(Err((meant, list))) => shown(&meant.shown, list),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});

/// Findings can be shown over their text.
fn shown(text: &str, list: Vec<tuomin::error::Diagnostic>) {
    assert!(!list.is_empty(), "a refusal says why");
    let shown = Findings { path: "p.toml".into(), text: text.to_owned(), list }.render(false);
    assert!(shown.contains("p.toml"));
}
