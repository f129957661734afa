//! `[source]` of other machines. A secret in the file is refused, and no finding shows it.

use std::path::PathBuf;

use crate::spec::findings::Check;
use crate::spec::pipeline::{KeyRef, SourceFormat};
use crate::spec::remote::{
    BucketSpec, DatabaseSpec, PlaceSpec, RawDatabase, RawStore, Rows, StoreSpec, TIMEOUT_SECONDS, Tls,
};
use crate::spec::words::quoted;

const PLACE: [&str; 2] = ["source", "database"];
const WAYS: &str = "put it into the environment or a file, and say `env:NAME` or `file:PATH`";

/// Reads what database is asked for what.
pub(super) fn database(check: &mut Check, raw: RawDatabase) -> Option<DatabaseSpec> {
    let url = reference(check, &["source", "database", "url"], &raw.url, "a connection string");
    let rows = match (raw.table, raw.query) {
        (Some(table), None) => self::table(check, &table),
        (None, Some(query)) => self::query(check, &query),
        (given, _) => {
            let message = match given {
                Some(_) => "`table` and `query` cannot both be given",
                None => "nothing says what is read of the database",
            };
            check.add_help(check.at_key(&PLACE), message, "say `table = \"schema.name\"` or `query = \"select …\"`");
            None
        }
    };
    let tls = match (raw.tls, &raw.ca) {
        (None, Some(_)) => Some(Tls::Verify),
        (Some(Tls::Require | Tls::Off), Some(_)) => {
            let help = "leave it out, or say `tls = \"verify\"`";
            check.add_help(
                check.at(&["source", "database", "ca"]),
                "`ca` is of no use: nothing is held against it",
                help,
            );
            return None;
        }
        (tls, _) => tls,
    };
    let timeout_seconds = timeout(check, &["source", "database", "timeout_seconds"], raw.timeout_seconds);
    Some(DatabaseSpec { url: url?, rows: rows?, tls, ca: raw.ca.map(PathBuf::from), timeout_seconds: timeout_seconds? })
}

fn timeout(check: &mut Check, path: &[&str], seconds: Option<u64>) -> Option<u64> {
    let seconds = seconds.unwrap_or(TIMEOUT_SECONDS);
    if (1..=86_400).contains(&seconds) {
        return Some(seconds);
    }
    check.add(check.at(path), "`timeout_seconds` must be from 1 to 86400");
    None
}

fn table(check: &mut Check, text: &str) -> Option<Rows> {
    let names: Vec<String> = text.split('.').map(str::to_owned).collect();
    let usable = |name: &String| !name.trim().is_empty() && !name.chars().any(|c| c.is_control() || "\"`;".contains(c));
    if names.len() <= 2 && names.iter().all(usable) {
        return Some(Rows::Table(names));
    }
    let help = "say `name` or `schema.name`; other names can stand in a `query`";
    check.add_help(check.at(&["source", "database", "table"]), "this is not the name of a table", help);
    None
}

fn query(check: &mut Check, text: &str) -> Option<Rows> {
    let (sql, words, end) = scan(text);
    let first = words.first().map(String::as_str);
    let wrong = if !matches!(first, Some("select" | "with")) {
        Some("a query begins with `select` or `with`")
    } else if end {
        Some("a query is one statement")
    } else if words.iter().any(|word| word == "into") || writes_file(text) {
        Some("a query only reads: `into` is not allowed")
    } else {
        None
    };
    if let Some(message) = wrong {
        let help = "give one `select` statement; what must be done before it is done in the database, as a view";
        check.add_help(check.at(&["source", "database", "query"]), message, help);
        return None;
    }
    Some(Rows::Query(sql.to_owned()))
}

/// Whether MySQL might write a file, however quotes and comments are read.
fn writes_file(text: &str) -> bool {
    let text = text.to_lowercase();
    text.contains("outfile") || text.contains("dumpfile")
}

/// The statement without what follows its first semicolon, its lowercase words outside of quotes and comments, and
/// whether something but space follows that semicolon.
///
/// Quotes are `'`, `"` and `` ` ``; a dollar quote of PostgreSQL is read as words, and so refused where it holds a
/// semicolon: too much is refused, never too little, since the database itself takes one statement only.
fn scan(text: &str) -> (&str, Vec<String>, bool) {
    let (mut words, mut word) = (Vec::new(), String::new());
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        if c.is_alphanumeric() || c == '_' {
            word.extend(c.to_lowercase());
            continue;
        }
        if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        let next = rest.peek().map(|&(_, next)| next);
        match c {
            '\'' | '"' | '`' => {
                rest.by_ref().find(|&(_, other)| other == c);
            }
            '-' if next == Some('-') => {
                rest.by_ref().find(|&(_, other)| other == '\n');
            }
            // `/*! … */` is run by MySQL: what it holds is read as words
            '/' if next == Some('*') && !text[at..].starts_with("/*!") && !text[at..].starts_with("/*M!") => {
                let end = text[at + 2..].find("*/").map_or(text.len(), |end| at + 2 + end + 2);
                while rest.next_if(|&(at, _)| at < end).is_some() {}
            }
            ';' => return (text[..at].trim(), words, !text[at + 1..].trim().is_empty()),
            _ => {}
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    (text.trim(), words, false)
}

/// Reads where a secret is; the secret itself is refused and not shown.
fn reference(check: &mut Check, path: &[&str], text: &str, what: &str) -> Option<KeyRef> {
    if let Some(name) = text.strip_prefix("env:") {
        let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if letters && name.bytes().next().is_some_and(|first| !first.is_ascii_digit()) {
            return Some(KeyRef::Env(name.to_owned()));
        }
        let help = "names have letters, digits and `_`, and do not start with a digit";
        check.add_secret(check.at(path), "this is not the name of an environment variable", help);
        return None;
    }
    match text.strip_prefix("file:") {
        Some(file) if !file.trim().is_empty() => Some(KeyRef::File(PathBuf::from(file))),
        _ => {
            check.add_secret(check.at(path), format!("{what} must not stand in a pipeline file"), WAYS);
            None
        }
    }
}

/// Reads which objects of which store are meant; `form` is what the objects hold.
pub(super) fn store(check: &mut Check, path: &str, raw: Option<RawStore>, form: SourceFormat) -> Option<StoreSpec> {
    if !matches!(form, SourceFormat::Csv { .. } | SourceFormat::Parquet) {
        let help = "copy the objects to this machine and name them there";
        check.add_help(check.at(&["source", "path"]), "objects of a store are read as CSV and Parquet only", help);
        return None;
    }
    let named = path.strip_prefix("s3://").and_then(|rest| rest.split_once('/'));
    let named = named.filter(|(bucket, key)| {
        let folder = key.rsplit_once('/').map_or("", |(folder, _)| folder);
        is_bucket(bucket) && !key.is_empty() && !folder.contains('*')
    });
    if named.is_none() {
        let help = "say `s3://bucket/prefix/name.parquet`, `s3://bucket/prefix/*.parquet` or `s3://bucket/prefix/`";
        check.add_help(check.at(&["source", "path"]), "this does not name objects of a store", help);
    }
    let reached = reached(check, &["source", "store"], raw.unwrap_or_default());
    let ((bucket, key), reached) = (named?, reached?);
    Some(StoreSpec { bucket: BucketSpec { name: bucket.to_owned(), ..reached }, key: key.to_owned(), form })
}

/// Reads where releases are put, and how that store is reached.
pub(super) fn place(check: &mut Check, path: &str, raw: Option<RawStore>) -> Option<PlaceSpec> {
    let reached = reached(check, &["release", "store"], raw.unwrap_or_default());
    let at = check.at(&["release", "path"]);
    if path.contains('@') {
        check.add_secret(at, "keys must not stand in a path", WAYS);
        return None;
    }
    let named = path.strip_prefix("s3://").and_then(|rest| rest.split_once('/'));
    let Some((bucket, prefix)) = named.filter(|(bucket, prefix)| is_bucket(bucket) && is_prefix(prefix)) else {
        let help = "say `s3://bucket/` or `s3://bucket/prefix/`, with `/` at its end and without signs such as `*`";
        check.add_help(at, "this does not name a folder of a store", help);
        return None;
    };
    Some(PlaceSpec { bucket: BucketSpec { name: bucket.to_owned(), ..reached? }, prefix: prefix.to_owned() })
}

/// Whether keys of objects can begin so: names with `/` behind each, of signs that every client of a store takes as they
/// are, and so short that names of releases and files can follow (a key has at most 1024 bytes).
///
/// # References
/// Amazon S3 User Guide, *Naming Amazon S3 objects*: characters to avoid.
fn is_prefix(prefix: &str) -> bool {
    let Some(folders) = prefix.strip_suffix('/') else { return prefix.is_empty() };
    let usable = |c: char| !c.is_control() && !"\\{}^%`[]\"<>~#|*?".contains(c);
    let named = |name: &str| !["", ".", ".."].contains(&name) && name.chars().all(usable);
    prefix.len() <= 500 && folders.split('/').all(named)
}

/// Whether this can be the name of a bucket.
pub(super) fn is_bucket(name: &str) -> bool {
    !name.is_empty() && !name.contains(['*', '@', ':', '/'])
}

/// Reads how a store is reached, by what stands at `place`; the bucket has no name yet.
pub(super) fn reached(check: &mut Check, place: &[&str], raw: RawStore) -> Option<BucketSpec> {
    let at = |key: &'static str| [place, &[key][..]].concat();
    let mut secret = |key: &'static str, text: &Option<String>| match text {
        Some(text) => reference(check, &at(key), text, "a key").map(Some),
        None => Some(None),
    };
    let access = secret("access_key", &raw.access_key);
    let hidden = secret("secret_key", &raw.secret_key);
    let token = secret("session_token", &raw.session_token);
    let keys = match (access?, hidden?, token?) {
        (Some(access), Some(secret), token) => Some(Some((access, secret, token))),
        (None, None, None) => Some(None),
        _ => {
            let help = "give both `access_key` and `secret_key`, or none for a store that is open to all";
            check.add_help(check.at_key(place), "one of the two keys is missing", help);
            None
        }
    };
    if let Some(endpoint) = &raw.endpoint {
        let plain = endpoint.starts_with("http://");
        if endpoint.contains('@') {
            check.add_secret(check.at(&at("endpoint")), "keys must not stand in an address", WAYS);
            return None;
        }
        if !plain && !endpoint.starts_with("https://") {
            check.add_help(check.at(&at("endpoint")), "this is not an address", "say `https://host`");
            return None;
        }
        if plain && !raw.allow_http {
            let help = format!("say `https://…`, or {} where the network may be trusted", quoted("allow_http = true"));
            check.add_help(check.at(&at("endpoint")), "the cells would cross the network in clear", help);
            return None;
        }
    }
    if raw.ca.is_some() && raw.endpoint.as_deref().is_some_and(|endpoint| endpoint.starts_with("http://")) {
        let help = "leave it out, or say `https://…`";
        check.add_help(check.at(&at("ca")), "`ca` is of no use: nothing is held against it", help);
    }
    let timeout_seconds = timeout(check, &at("timeout_seconds"), raw.timeout_seconds)?;
    Some(BucketSpec {
        name: String::new(),
        endpoint: raw.endpoint,
        region: raw.region.unwrap_or_else(|| "us-east-1".to_owned()),
        keys: keys?,
        ca: raw.ca.map(PathBuf::from),
        allow_http: raw.allow_http,
        timeout_seconds,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_told_from_what_its_quotes_and_comments_hold() {
        let (sql, words, more) = scan(" select 'a; into', \"b;\" -- c; into\n from t /* ; into */ ; ");
        assert_eq!(sql.chars().next_back(), Some('/'));
        assert_eq!((words.join(" ").as_str(), more), ("select from t", false));
        assert!(scan("select 1; drop table t").2);
        assert!(scan("select 1 /*! into outfile 'x' */").1.contains(&"into".to_owned()));
    }
}
