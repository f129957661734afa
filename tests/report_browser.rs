//! The report in a real browser, driven by `tests/browser/report.mjs`.
#![expect(clippy::unwrap_used, reason = "a test may stop, and says what it skips")]

#[path = "common/report.rs"]
mod made;

use std::path::{Path, PathBuf};
use std::process::Command;

use tuomin::report::{ReportData, to_html};

/// The browser, node, and the packages of `tests/browser`; what is missing otherwise.
fn tools() -> Result<(PathBuf, PathBuf), String> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = |name: &str| std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
    let chromium = named.or_else(|| found("chromium")).or_else(|| found("google-chrome")).ok_or("chromium")?;
    let node = found("node").ok_or("node")?;
    match folder().join("node_modules/puppeteer-core/package.json").is_file() {
        true => Ok((chromium, node)),
        false => Err("the packages that `npm ci --prefix tests/browser` installs".into()),
    }
}

/// `tests/browser` beside this file.
fn folder() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    std::env::var_os("TUOMIN_BROWSER_TESTS").map_or(manifest, PathBuf::from)
}

/// Without a browser the test says so, and fails where everything must be there.
#[test]
fn reports_open_and_print() {
    let (chromium, node) = match tools() {
        Ok(tools) => tools,
        Err(missing) => {
            let required = std::env::var_os("TUOMIN_REQUIRE_SHARED").is_some();
            assert!(!required, "the report cannot be opened in a browser: {missing} is missing");
            eprintln!("SKIPPED: the report was not opened in a browser: {missing} is missing");
            return;
        }
    };
    let made = tempfile::tempdir().unwrap();
    // kept for whoever looks at the pages
    let place = std::env::var_os("TUOMIN_PAGES").map_or_else(|| made.path().to_owned(), PathBuf::from);
    let page = |name: &str, data: &ReportData| std::fs::write(place.join(name), to_html(data).unwrap()).unwrap();
    page("certified.html", &made::certified());
    page("refused.html", &made::refused());
    page("refused_early.html", &made::refused_early());
    let run = Command::new(node).arg(folder().join("report.mjs")).arg(chromium).arg(&place).output().unwrap();
    let (found, trouble) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{found}{trouble}");
}
