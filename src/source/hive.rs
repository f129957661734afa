//! Parquet in folders whose names tell the values of columns: `year=2025/district=%E5%92%8C/part-0.parquet`.

use std::path::{Path, PathBuf};

use super::{input, unreadable};
use crate::error::Result;

/// What stands for null in the name of a folder.
const NULL: &str = "__HIVE_DEFAULT_PARTITION__";
/// Folders below each other.
const DEEPEST: usize = 32;

/// The keys of partitioned files: columns that no file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Keys {
    pub names: Vec<String>,
    /// Of each file: a value for each name.
    pub values: Vec<Vec<Option<String>>>,
}

impl Keys {
    /// Those of one file.
    pub fn of(&self, file: usize) -> Self {
        Self { names: self.names.clone(), values: self.values.get(file).cloned().into_iter().collect() }
    }
}

/// Whether a folder has a folder in it that is named `key=value`.
pub(super) fn is_partitioned(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| {
        let name = entry.file_name();
        let key = name.to_str().and_then(|name| name.split_once('='));
        key.is_some_and(|(key, _)| !key.is_empty() && !hidden(key)) && entry.path().is_dir()
    })
}

/// The files of a partitioned folder in ascending order, with their keys.
///
/// # Errors
/// A file whose keys are not those of the others; a name that is no text; no file at all.
pub(super) fn partitioned(folder: &Path) -> Result<(Vec<PathBuf>, Keys)> {
    let mut found = Vec::new();
    walk(folder, &mut Vec::new(), &mut found)?;
    found.sort();
    // a file that lies outside of the keys' folders is the one that is wrong
    let Some((_, first)) = found.iter().rev().max_by_key(|(_, keys)| keys.len()) else {
        return Err(input(folder, "no file here is named like `*.parquet`".into(), None));
    };
    let names: Vec<String> = first.iter().map(|(name, _)| name.clone()).collect();
    if names.is_empty() {
        let help = "name the folders by the column's values, as in `year=2025`, or leave `hive` out";
        return Err(input(folder, "no folder here is named `key=value`".into(), Some(help.into())));
    }
    let mut sorted = names.clone();
    sorted.sort();
    if let Some(twice) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(input(folder, format!("two folders above each other tell `{}`", twice[0]), None));
    }
    let (mut files, mut values) = (Vec::new(), Vec::new());
    for (file, keys) in found {
        if !keys.iter().map(|(name, _)| name).eq(&names) {
            let message = format!("the folders above this file do not tell {}", listed(&names));
            return Err(input(&file, message, Some("all files are told by the same keys in the same order".into())));
        }
        files.push(file);
        values.push(keys.into_iter().map(|(_, value)| value).collect());
    }
    Ok((files, Keys { names, values }))
}

fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn hidden(name: &str) -> bool {
    name.starts_with(['.', '_'])
}

type Pairs = Vec<(String, Option<String>)>;

fn walk(folder: &Path, keys: &mut Pairs, found: &mut Vec<(PathBuf, Pairs)>) -> Result<()> {
    if keys.len() > DEEPEST {
        return Err(input(folder, format!("more than {DEEPEST} folders lie in each other"), None));
    }
    for entry in std::fs::read_dir(folder).map_err(|source| unreadable(folder, source))? {
        let path = entry.map_err(|source| unreadable(folder, source))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            return Err(input(folder, "a name here is not UTF-8".into(), None));
        };
        if hidden(name) {
            continue;
        }
        if path.is_dir() {
            let Some((key, value)) = name.split_once('=') else {
                return Err(input(&path, "the folder is not named `key=value`".into(), None));
            };
            let text = |text: &str| decoded(text).ok_or_else(|| input(&path, "the name is not UTF-8".into(), None));
            let value = if value == NULL { None } else { Some(text(value)?) };
            keys.push((text(key)?, value));
            walk(&path, keys, found)?;
            keys.pop();
        } else if name.ends_with(".parquet") || name.ends_with(".pq") {
            found.push((path.clone(), keys.clone()));
        }
    }
    Ok(())
}

/// A name without its `%XX`.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = (byte == b'%').then(|| after.get(..2)).flatten().and_then(|digits| hex::decode(digits).ok());
        match code {
            Some(code) => {
                bytes.extend(code);
                rest = &after[2..];
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_decoded() {
        assert_eq!(decoded("%E5%92%8C%e5%b9%B3").as_deref(), Some("和平"));
        assert_eq!(decoded("a%20b%3Dc%2F").as_deref(), Some("a b=c/"));
        assert_eq!(decoded("100%").as_deref(), Some("100%"));
        assert_eq!(decoded("%zz%").as_deref(), Some("%zz%"));
        assert_eq!(decoded("%FF"), None);
    }

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        folder
    }

    #[test]
    fn keys_are_those_of_the_folders() {
        let nested = folder(&[
            "y=2025/d=%E5%8D%97/b.parquet",
            "y=2025/d=__HIVE_DEFAULT_PARTITION__/a.parquet",
            "y=2024/d=a=b/a.pq",
            "y=2024/d=a=b/.a.parquet.crc",
            "_SUCCESS",
            "_temporary/0/x.parquet",
        ]);
        assert!(is_partitioned(nested.path()));
        let (files, keys) = partitioned(nested.path()).unwrap();
        assert_eq!((files.len(), keys.names), (3, vec!["y".to_owned(), "d".to_owned()]));
        let text = |text: &str| Some(text.to_owned());
        let expected = [[text("2024"), text("a=b")], [text("2025"), text("南")], [text("2025"), None]];
        assert_eq!(keys.values, expected);
        assert!(!is_partitioned(folder(&["a.parquet", "b/c.parquet"]).path()));
    }

    #[test]
    fn folders_that_do_not_agree_are_refused() {
        for files in [
            &["y=1/a.parquet", "d=1/a.parquet"][..],
            &["y=1/d=1/a.parquet", "y=1/a.parquet"],
            &["y=1/d=1/a.parquet", "d=1/y=1/a.parquet"],
            &["y=1/y=2/a.parquet"],
            &["y=1/x/a.parquet"],
            &["a.parquet"],
            &["y=1/a.txt"],
        ] {
            let Err(error) = partitioned(folder(files).path()) else { panic!("{files:?}") };
            assert_eq!(error.exit_code(), 4, "{files:?}");
        }
        let Err(error) = partitioned(folder(&["a.parquet", "y=1/a.parquet"]).path()) else { panic!("read") };
        assert!(error.to_string().contains("do not tell `y`"), "{error}");
    }
}
