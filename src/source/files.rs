//! Which files a path means.

use std::path::{Path, PathBuf};

use super::{input, unreadable};
use crate::error::Result;
use crate::spec::SourceFormat;

/// The files that a path means: itself, those in a folder, or those that its last part's `*` stand for.
pub(super) fn files(path: &Path, format: &SourceFormat) -> Result<Vec<PathBuf>> {
    let pattern = path.file_name().and_then(|name| name.to_str()).filter(|name| name.contains('*'));
    let (folder, patterns) = match pattern {
        Some(pattern) => (path.parent().unwrap_or(Path::new(".")), vec![pattern]),
        None if path.is_dir() => (path, format.patterns().to_vec()),
        None => {
            std::fs::File::open(path).map_err(|source| unreadable(path, source))?;
            return Ok(vec![path.into()]);
        }
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|source| unreadable(folder, source))? {
        let path = entry.map_err(|source| unreadable(folder, source))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
        let named = patterns.iter().any(|pattern| matches(pattern, name));
        if !name.starts_with('.') && named && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(input(folder, format!("no file here is named like `{}`", patterns.join("` or `")), None));
    }
    Ok(files)
}

/// Whether a name fits a pattern in which `*` stands for any characters.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|name| {
            (0..=name.len()).filter(|&at| name.is_char_boundary(at)).any(|at| matches(rest, &name[at..]))
        }),
    }
}
