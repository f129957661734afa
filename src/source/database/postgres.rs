//! PostgreSQL: one read-only snapshot.

use sqlx::postgres::{PgConnectOptions, PgRow, PgSslMode, PgTypeInfo, PgTypeKind, Postgres};
use sqlx::{AssertSqlSafe, Column, ConnectOptions, Executor, Row, SqlSafeStr, Statement, TypeInfo, ValueRef};

use super::cells::Kind;
use super::told::{When, unusable};
use super::{Asked, columns};
use crate::error::{Error, Result};
use crate::source::remote::Out;
use crate::spec::Tls;

/// One snapshot; cells in UTC, in ISO order, and with all digits; an unchanged table in the same order each time, so that
/// its digest is the same.
const BEGIN: [&str; 2] = [
    "begin isolation level repeatable read read only",
    "set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local intervalstyle = 'iso_8601'; \
     set local extra_float_digits = 3; set local client_encoding = 'UTF8'; \
     set local synchronize_seqscans = off; set local max_parallel_workers_per_gather = 0",
];

pub(super) async fn read(asked: &Asked, out: &Out) -> Result<()> {
    asked.only(&["host", "port", "user", "password", "dbname", "application_name"])?;
    let options: PgConnectOptions = asked.url.expose().parse().map_err(|_| unusable())?;
    let tls = match asked.tls(options.get_host(), options.get_socket().is_some()) {
        Tls::Verify => PgSslMode::VerifyFull,
        Tls::Require => PgSslMode::Require,
        Tls::Off => PgSslMode::Disable,
    };
    let mut options = options.ssl_mode(tls).disable_statement_logging();
    if let Some(ca) = &asked.ca {
        options = options.ssl_root_cert_from_pem(ca.clone());
    }
    let mut connection = asked.answer(out, When::Connecting, options.connect()).await?;
    for statement in BEGIN {
        asked.answer(out, When::Connecting, sqlx::raw_sql(statement).execute(&mut connection)).await?;
    }
    let sql = asked.statement('"');
    // one statement only, and its columns even where there are no records
    let prepared = (&mut connection).prepare(AssertSqlSafe(sql.clone()).into_sql_str());
    let prepared = asked.answer(out, When::Preparing, prepared).await?;
    let found = prepared.columns().iter().map(|column| {
        let kind = column.type_info();
        (column.name().to_owned(), kind.name().to_owned(), ours(kind))
    });
    let rows = columns(found.collect())?;
    out.schema(rows.schema.clone())?;
    let stream = sqlx::raw_sql(AssertSqlSafe(sql)).fetch(&mut connection);
    asked.records::<Postgres>(out, rows, stream, cell).await
}

/// The text of a cell.
fn cell(row: &PgRow, index: usize) -> Result<Option<&[u8]>> {
    let lost = || Error::internal("a cell of a record is missing");
    let value = row.try_get_raw(index).map_err(|_| lost())?;
    if value.is_null() { Ok(None) } else { value.as_bytes().map(Some).map_err(|_| lost()) }
}

/// What cells of a type become; `None` where they are not read.
fn ours(kind: &PgTypeInfo) -> Option<Kind> {
    match kind.kind() {
        PgTypeKind::Domain(inner) => return ours(inner),
        PgTypeKind::Enum(_) => return Some(Kind::Text),
        PgTypeKind::Simple => {}
        PgTypeKind::Pseudo | PgTypeKind::Composite(_) | PgTypeKind::Array(_) | PgTypeKind::Range(_) => return None,
    }
    Some(match kind.name().to_lowercase().as_str() {
        "int2" | "int4" | "int8" | "oid" => Kind::Integer,
        "float4" | "float8" => Kind::Number,
        "bool" => Kind::Bool,
        "date" => Kind::Date,
        "timestamp" | "timestamptz" => Kind::Moment,
        "text" | "varchar" | "char" | "bpchar" | "name" | "\"char\"" | "citext" | "numeric" | "uuid" | "json"
        | "jsonb" | "time" | "timetz" | "interval" | "inet" | "cidr" | "macaddr" | "macaddr8" | "xml" | "unknown" => {
            Kind::Text
        }
        _ => return None,
    })
}
