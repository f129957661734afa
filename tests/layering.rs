//! Modules use only what stands below them.
#![expect(clippy::unwrap_used, reason = "a test may stop")]

use std::fs;
use std::path::Path;

/// Lower to higher; modules on one line may use each other.
const LAYERS: &[&[&str]] = &[
    &["error"],
    &["secret", "detect", "lanes", "written"],
    &["spec"],
    &["table"],
    &["privacy", "treatment"],
    &["search", "risk", "sample"],
    &["source", "store", "report", "catalog"],
    &["engine", "release"],
    &["cli"],
];

fn layer(module: &str) -> usize {
    LAYERS.iter().position(|modules| modules.contains(&module)).unwrap_or_else(|| panic!("{module} has no layer"))
}

fn walk(folder: &Path, check: &mut impl FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, check);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            check(&path, &fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn modules_use_only_what_stands_below() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut seen = 0;
    walk(&source, &mut |path, text| {
        let inside = path.strip_prefix(&source).unwrap();
        let own = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        if own == "lib" || own == "main" {
            return;
        }
        for used in text.split("crate::").skip(1) {
            let module: String = used.chars().take_while(|c| c.is_ascii_lowercase()).collect();
            if LAYERS.iter().flat_map(|modules| modules.iter()).any(|known| *known == module) {
                seen += 1;
                assert!(layer(&module) <= layer(own), "{} uses {module}", inside.display());
            }
        }
    });
    assert!(seen > 50, "the search found {seen} uses only");
}
