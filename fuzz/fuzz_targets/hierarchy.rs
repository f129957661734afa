//! Hierarchy tables: what is accepted is a refinement from level to level that ends in `*`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tuomin::spec::{HierarchySpec, UnknownValues};
use tuomin::table::{Domain, Hierarchy};

fuzz_target!(|given: (Vec<Option<String>>, &str, bool)| {
    let (values, text, suppress) = given;
    let (domain, _) = Domain::sorted("c", values);
    let unknown = if suppress { UnknownValues::Suppress } else { UnknownValues::Error };
    let spec = HierarchySpec::Table { path: "h.csv".into() };
    let _ = Hierarchy::table_above(text, 1);
    let Ok(hierarchy) = Hierarchy::build(&spec, Some(text), &domain, unknown) else { return };
    let codes = 0..domain.values().len() as u32;
    for level in 1..hierarchy.levels.len() {
        for (a, b) in codes.clone().zip(codes.clone().skip(1)) {
            let same = |level: usize| hierarchy.label(level, a) == hierarchy.label(level, b);
            assert!(!same(level - 1) || same(level), "level {level} splits what was one");
        }
    }
    assert!(codes.into_iter().all(|code| hierarchy.label(hierarchy.top(), code) == Some("*")));
});
