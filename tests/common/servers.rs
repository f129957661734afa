//! Servers that tests of other machines' sources talk to; `tests/servers/start.sh` starts what is not running.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

static STARTED: OnceLock<HashMap<String, String>> = OnceLock::new();

/// What a server is reached by: a value that the script prints. Where it cannot be had the test is skipped loudly, or
/// fails with `TUOMIN_REQUIRE_SERVERS`.
pub fn server(name: &str) -> Option<String> {
    let started = STARTED.get_or_init(|| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/start.sh");
        let output = Command::new(script).output().unwrap();
        if !output.status.success() {
            eprintln!("servers: {}", String::from_utf8_lossy(&output.stderr));
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines().filter_map(|line| line.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
    });
    let found = started.get(name).cloned();
    if found.is_none() {
        assert!(std::env::var_os("TUOMIN_REQUIRE_SERVERS").is_none(), "{name}: this server is required here");
        eprintln!("SKIPPED: {name} is not there: tests/servers/start.sh could not start its server");
    }
    found
}
