//! Pipeline files and rule packs: every text is read, or refused with findings that can be shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tuomin::error::Findings;
use tuomin::spec::{embedded_rules, parse, parse_rules};

fuzz_target!(|text: &str| {
    if let Err(list) = parse(text, &embedded_rules()) {
        assert!(!list.is_empty(), "a refusal says why");
        let shown = Findings { path: "p.toml".into(), text: text.to_owned(), list }.render(false);
        assert!(shown.contains("p.toml"));
    }
    let _ = parse_rules(text);
});
