//! MySQL and MariaDB: one read-only snapshot.

use sqlx::mysql::{MySql, MySqlConnectOptions, MySqlRow, MySqlSslMode, MySqlTypeInfo};
use sqlx::{AssertSqlSafe, Column, ConnectOptions, Executor, Row, SqlSafeStr, Statement, Type, TypeInfo};

use super::cells::Kind;
use super::told::{When, unusable};
use super::{Asked, columns};
use crate::error::{Error, Result};
use crate::source::remote::Out;
use crate::spec::Tls;

/// Moments come in UTC, which the connection is set to.
const BEGIN: [&str; 2] =
    ["set transaction isolation level repeatable read", "start transaction with consistent snapshot, read only"];

pub(super) async fn read(asked: &Asked, out: &Out) -> Result<()> {
    asked.only(&["socket"])?;
    let options: MySqlConnectOptions = asked.url.expose().parse().map_err(|_| unusable())?;
    let tls = match asked.tls(options.get_host(), options.get_socket().is_some()) {
        Tls::Verify => MySqlSslMode::VerifyIdentity,
        Tls::Require => MySqlSslMode::Required,
        Tls::Off => MySqlSslMode::Disabled,
    };
    let mut options = options.ssl_mode(tls).disable_statement_logging();
    if let Some(ca) = &asked.ca {
        options = options.ssl_ca_from_pem(ca.clone());
    }
    let mut connection = asked.answer(out, When::Connecting, options.connect()).await?;
    for statement in BEGIN {
        asked.answer(out, When::Connecting, sqlx::raw_sql(statement).execute(&mut connection)).await?;
    }
    let sql = asked.statement('`');
    // one statement only, and its columns even where there are no records
    let prepared = (&mut connection).prepare(AssertSqlSafe(sql.clone()).into_sql_str());
    let prepared = asked.answer(out, When::Preparing, prepared).await?;
    let found = prepared.columns().iter().map(|column| {
        let kind = column.type_info();
        (column.name().to_owned(), kind.name().to_owned(), ours(kind))
    });
    let found: Vec<_> = found.collect();
    let sql = exact(&sql, &found);
    let rows = columns(found)?;
    out.schema(rows.schema.clone())?;
    let stream = sqlx::raw_sql(AssertSqlSafe(sql)).fetch(&mut connection);
    asked.records::<MySql>(out, rows, stream, cell).await
}

/// The statement with each `FLOAT` as a double: as text the former is rounded to six digits.
fn exact(sql: &str, columns: &[(String, String, Option<Kind>)]) -> String {
    if columns.iter().all(|(_, kind, _)| kind != "FLOAT") {
        return sql.to_owned();
    }
    let named = columns.iter().map(|(name, kind, _)| {
        let name = name.replace('`', "``");
        if kind == "FLOAT" { format!("`{name}` + 0e0 as `{name}`") } else { format!("`{name}`") }
    });
    format!("select {} from (\n{sql}\n) as taken", named.collect::<Vec<_>>().join(", "))
}

/// The text of a cell.
fn cell(row: &MySqlRow, index: usize) -> Result<Option<&[u8]>> {
    row.try_get_unchecked::<Option<&[u8]>, _>(index).map_err(|_| Error::internal("a cell of a record is missing"))
}

/// What cells of a type become; `None` where they are not read. Texts that are compared by their bytes are texts.
fn ours(kind: &MySqlTypeInfo) -> Option<Kind> {
    if <str as Type<MySql>>::compatible(kind) {
        return Some(Kind::Text);
    }
    Some(match kind.name() {
        "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "BIGINT" | "TINYINT UNSIGNED" | "SMALLINT UNSIGNED"
        | "MEDIUMINT UNSIGNED" | "INT UNSIGNED" | "BIGINT UNSIGNED" | "YEAR" => Kind::Integer,
        "FLOAT" | "DOUBLE" => Kind::Number,
        "BOOLEAN" => Kind::Bool,
        "DATE" => Kind::Date,
        "DATETIME" | "TIMESTAMP" => Kind::Moment,
        "DECIMAL" | "TIME" | "JSON" | "ENUM" | "SET" | "NULL" => Kind::Text,
        _ => return None,
    })
}
