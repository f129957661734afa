//! Hierarchy tables: what is accepted is a refinement from level to level that ends in `*`.
//!
//! The first line of an input holds values of the source, separated by tabs; where it is empty, they are the first cells
//! of the rows. The other lines are the table.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tuomin::spec::{HierarchySpec, UnknownValues};
use tuomin::table::{Domain, Hierarchy};

fuzz_target!(|text: &str| {
    let (values, table) = text.split_once('\n').unwrap_or(("", text));
    let cell = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let values = match values {
        "" => table.lines().map(|line| cell(line.split([',', ';']).next().unwrap_or_default())).collect(),
        values => values.split('\t').map(cell).collect(),
    };
    let (domain, _) = Domain::sorted("c", values);
    let spec = HierarchySpec::Table { path: "h.csv".into() };
    for unknown in [UnknownValues::Suppress, UnknownValues::Error] {
        let hierarchy = match Hierarchy::build(&spec, Some(table), &domain, unknown) {
            Ok(hierarchy) => hierarchy,
            Err(error) => {
                assert!(!error.to_string().is_empty());
                continue;
            }
        };
        assert_eq!(hierarchy.top() + 1, hierarchy.levels.len());
        let codes = 0..domain.len() as u32;
        for level in 1..hierarchy.levels.len() {
            for (a, b) in codes.clone().zip(codes.clone().skip(1)) {
                let same = |level: usize| hierarchy.label(level, a) == hierarchy.label(level, b);
                assert!(!same(level - 1) || same(level), "level {level} splits what was one");
            }
        }
        assert!(codes.clone().all(|code| hierarchy.label(hierarchy.top(), code) == Some("*")));
        // the table over the labels of a level is one itself, and knows all of them
        let rest = (1..hierarchy.top()).map(|level| (level, Hierarchy::table_above(table, level)));
        for (level, rest) in rest {
            let Ok(rest) = rest else { continue };
            let labels = codes.clone().map(|code| hierarchy.label(level, code).map(str::to_owned)).collect();
            let (domain, _) = Domain::sorted("c", labels);
            if !domain.values().iter().flatten().any(|label| label == "*") {
                let again = Hierarchy::build(&spec, Some(&rest), &domain, UnknownValues::Error);
                assert!(again.is_ok(), "above level {level}: {again:?}");
            }
        }
    }
});
