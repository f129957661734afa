//! A Python of the tests' own, with the packages that `tests/catalog/requirements.txt` names.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/catalog");

/// Where the Python programs of the tests lie, wherever this file is compiled from.
pub fn here() -> PathBuf {
    let beside = PathBuf::from(HERE);
    if beside.is_dir() { beside } else { Path::new(file!()).with_file_name("../catalog") }
}

/// A Python with validators and readers of other makers, made once; where it must be there, its absence fails the test.
pub fn python() -> Option<&'static Path> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    PYTHON.get_or_init(|| made().map_err(missing).ok()).as_deref()
}

/// Says what is skipped; an error where it must be there.
pub fn missing(what: String) {
    assert!(std::env::var_os("TUOMIN_REQUIRE_SHARED").is_none(), "Python and its packages are required here: {what}");
    eprintln!("SKIPPED: Python and its packages are not there: {what}");
}

fn made() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("catalog-validators");
    // tests may be processes of their own: one makes it, the others wait
    let lock = fs::File::create(folder.with_extension("lock")).map_err(|error| error.to_string())?;
    lock.lock().map_err(|error| error.to_string())?;
    let (python, marker) = (folder.join("bin/python"), folder.join("requirements.txt"));
    let pinned = here().join("requirements.txt");
    let wanted = fs::read_to_string(&pinned).unwrap();
    if fs::read_to_string(&marker).is_ok_and(|there| there == wanted) {
        return Ok(python);
    }
    let run = |command: &mut Command| match command.output() {
        Err(error) => Err(format!("{command:?}: {error}")),
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr))),
    };
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&pinned))?;
    fs::write(&marker, wanted).map_err(|error| error.to_string())?;
    Ok(python)
}
