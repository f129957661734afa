//! Errors of databases in our words: whose turn it is, and nothing of the connection string, the cells or the server's
//! own text.

use std::io;

use sqlx::mysql::MySqlDatabaseError;

use crate::error::Error;

/// When something went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    Connecting,
    Preparing,
    Reading,
}

/// The error as ours.
pub(super) fn told(error: sqlx::Error, when: When) -> Error {
    match error {
        sqlx::Error::Database(said) => {
            let number = said.try_downcast_ref::<MySqlDatabaseError>().map(MySqlDatabaseError::number);
            let code = said.code().unwrap_or_default().into_owned();
            by_code(&code, number, when)
        }
        sqlx::Error::Io(source) if when == When::Connecting && unbelieved(&source) => unprotected(),
        sqlx::Error::Io(source) if when == When::Connecting && source.kind() == io::ErrorKind::InvalidData => other(),
        sqlx::Error::Io(source) if when == When::Connecting => environment(
            "could not reach the database",
            Some(source.kind()),
            "check the host and port of the connection string, and that the database answers",
        ),
        sqlx::Error::Io(source) => environment(
            "the connection to the database ended before all records were read",
            Some(source.kind()),
            "run it again when the database is steady: nothing was published",
        ),
        sqlx::Error::Tls(_) => unprotected(),
        sqlx::Error::Configuration(_) => unusable(),
        _ if when == When::Connecting => other(),
        _ => environment("the database answered in a way that is not understood", None, "nothing was published"),
    }
}

/// Whether the handshake ended over the certificate: only looked at, never shown.
fn unbelieved(source: &io::Error) -> bool {
    source.kind() == io::ErrorKind::InvalidData && source.to_string().contains("certificate")
}

fn unprotected() -> Error {
    environment(
        "no protected connection to the database could be made",
        None,
        "check that the database offers TLS and that its certificate is for its name; `ca` names an authority of your \
         own",
    )
}

fn other() -> Error {
    environment(
        "what answers is not a database of this kind",
        None,
        "check the host, the port and the beginning of the connection string",
    )
}

/// A connection string that is none.
pub(super) fn unusable() -> Error {
    environment(
        "the connection string cannot be used",
        None,
        "it is like `postgres://user:password@host:5432/database` or `mysql://…`; signs such as `@` in a password are \
         written as `%40`",
    )
}

/// Nothing came within the time.
pub(super) fn late(when: When, seconds: u64) -> Error {
    let what = match when {
        When::Connecting => "the database did not accept the connection",
        When::Preparing => "the database did not answer",
        When::Reading => "the database sent no record",
    };
    let help = "check the database, or raise `timeout_seconds` where a query needs long before its first record";
    environment(&format!("{what} within {seconds} seconds"), None, help)
}

fn environment(message: &str, kind: Option<io::ErrorKind>, help: &str) -> Error {
    let source = kind.filter(|kind| *kind != io::ErrorKind::Other).map(io::Error::from);
    Error::Environment { message: message.into(), path: None, source, help: Some(help.into()) }
}

/// By SQLSTATE, and where that says little by the number that MySQL and MariaDB give.
fn by_code(code: &str, number: Option<u16>, when: When) -> Error {
    let class = code.get(..2).unwrap_or("");
    match (number, code, class) {
        (Some(1045 | 1698), _, _) | (None, "28P01" | "28000", _) => {
            environment("the database refused the user or the password", None, "check the connection string")
        }
        (Some(1049), _, _) | (None, "3D000", _) => {
            environment("the database of the connection string is not there", None, "check the connection string")
        }
        (Some(1044 | 1142 | 1143 | 1227 | 1370), _, _) | (None, "42501", _) => environment(
            "the user may not read this",
            None,
            "let the owner of the database grant it: `grant select on … to …`",
        ),
        (Some(1146), _, _) | (None, "42P01" | "3F000", _) => {
            Error::input("the table is not in the database").with_help("check `table` or `query`, and the schema")
        }
        (Some(1054), _, _) | (None, "42703", _) => {
            Error::input("the query names a column that is not there").with_help("check `query`")
        }
        (Some(1792), _, _) | (None, "25006", _) => {
            Error::Usage { message: "the query would write".into(), help: Some("a source is only read".into()) }
        }
        (Some(1064 | 1149), _, _) | (None, "42601", _) => Error::Usage {
            message: "the database does not understand the query".into(),
            help: Some("try it in the database's own client: its message may quote cells and is not shown here".into()),
        },
        (Some(1053 | 1077 | 1079 | 1317 | 1927 | 3024 | 1969), _, _) | (None, _, "57" | "08") => environment(
            "the database ended the connection before all records were read",
            None,
            "run it again when the database is steady: nothing was published",
        ),
        (Some(1040 | 1203 | 1041), _, _) | (None, _, "53") => {
            environment("the database has no room for one more connection", None, "run it again later")
        }
        (_, _, "22") => Error::input(format!("the query fails on a record (SQLSTATE {code})"))
            .with_help("try it in the database's own client: its message may quote cells and is not shown here"),
        (_, _, "42") => Error::Usage {
            message: format!("the database refused the query (SQLSTATE {code})"),
            help: Some("try it in the database's own client: its message may quote cells and is not shown here".into()),
        },
        _ if when == When::Connecting => {
            environment(&format!("the database refused the connection (SQLSTATE {})", plain(code)), None, "check it")
        }
        _ => environment(
            &format!("the database ended the query (SQLSTATE {})", plain(code)),
            None,
            "what the code means is in the database's manual: its message may quote cells and is not shown here",
        ),
    }
}

/// A code that is one.
fn plain(code: &str) -> &str {
    if code.len() == 5 && code.bytes().all(|b| b.is_ascii_alphanumeric()) { code } else { "unknown" }
}
