//! PostgreSQL, MySQL and MariaDB: a table or a query, read once in one snapshot, record by record.
//!
//! Cells are asked for as text, in which no database loses anything, and typed by the column's declared type. The
//! connection string is a secret as a whole: user, host and password are in no message.

mod cells;
mod mysql;
mod named;
mod postgres;
mod read_by;
mod told;

use std::path::Path;
use std::time::Duration;

use futures::{Stream, StreamExt};
use sqlx::Database;

use self::cells::{Kind, Rows};
pub(super) use self::named::datasets;
use self::told::{When, late, told, unusable};
use super::reader::Reader;
use super::remote::{Out, Remote, authorities, runtime, secret, wait};
use crate::error::{Error, Place, Result};
use crate::secret::Secret;
use crate::spec::{self, DatabaseSpec, Tls};

/// What a connection is made with; `Debug` is not derived: it holds secrets.
struct Asked {
    url: Secret<String>,
    /// The text after `?` of the connection string has these keys only.
    spec: DatabaseSpec,
    /// The certificates of the authorities, PEM.
    ca: Option<Vec<u8>>,
    limit: Duration,
}

/// Connects, begins a snapshot and reads the columns; the records then come by [`Reader::next`].
///
/// # Errors
/// The connection string is not there or cannot be used; the database does not answer, refuses, or has not what is
/// asked for; a column whose type is not read.
pub(super) fn reader(spec: &DatabaseSpec, base: &Path) -> Result<Box<dyn Reader>> {
    let url = secret(&spec.url, base, "the connection string")?;
    let ca = authorities(spec.ca.as_ref(), base)?;
    let limit = Duration::from_secs(spec.timeout_seconds);
    let asked = Asked { url, spec: spec.clone(), ca, limit };
    let scheme = asked.url.expose().split_once("://").map(|(scheme, _)| scheme.to_lowercase());
    match scheme.as_deref() {
        Some("postgres" | "postgresql") => Remote::start(move |out| runtime()?.block_on(postgres::read(&asked, out))),
        Some("mysql" | "mariadb") => Remote::start(move |out| runtime()?.block_on(mysql::read(&asked, out))),
        _ => Err(unusable()),
    }
}

impl Asked {
    /// The statement that gives the records; `quote` stands around names in this database.
    fn statement(&self, quote: char) -> String {
        match &self.spec.rows {
            spec::Rows::Query(sql) => sql.clone(),
            spec::Rows::Table(names) => {
                let names: Vec<String> = names.iter().map(|name| format!("{quote}{name}{quote}")).collect();
                format!("select * from {}", names.join("."))
            }
        }
    }

    /// Refuses what the string says beside who and where: the pipeline file says how.
    fn only(&self, known: &[&str]) -> Result<()> {
        let parameters = self.url.expose().split_once('?').map_or("", |(_, parameters)| parameters);
        let mut keys = parameters.split('&').filter(|part| !part.is_empty());
        if keys.all(|part| known.contains(&part.split('=').next().unwrap_or(""))) {
            return Ok(());
        }
        let help = "leave out what follows `?`: `tls`, `ca` and `timeout_seconds` are said in the pipeline file";
        Err(Error::surroundings(None, "the connection string has a parameter that is not known here").with_help(help))
    }

    /// How the connection is protected.
    fn tls(&self, host: &str, socket: bool) -> Tls {
        let here = socket || host == "localhost" || host == "::1" || host == "[::1]" || host.starts_with("127.");
        self.spec.tls.unwrap_or(if here { Tls::Off } else { Tls::Verify })
    }

    /// Waits for an answer and tells its error.
    async fn answer<T>(&self, out: &Out, when: When, future: impl Future<Output = sqlx::Result<T>>) -> Result<T> {
        let late = || late(when, self.spec.timeout_seconds);
        wait(future, self.limit, &out.unwanted, late).await?.map_err(|error| told(error, when))
    }

    /// Hands the records on, in batches.
    async fn records<DB: Database>(
        &self,
        out: &Out,
        mut rows: Rows,
        stream: impl Stream<Item = sqlx::Result<DB::Row>>,
        cell: impl for<'r> Fn(&'r DB::Row, usize) -> Result<Option<&'r [u8]>>,
    ) -> Result<()> {
        let mut stream = std::pin::pin!(stream);
        loop {
            let late = || late(When::Reading, self.spec.timeout_seconds);
            match wait(stream.next(), self.limit, &out.unwanted, late).await? {
                None => break,
                Some(Err(error)) => return Err(told(error, When::Reading)),
                Some(Ok(row)) => {
                    if sqlx::Row::len(&row) != rows.width() {
                        return Err(Error::internal("a record has not the columns that were announced"));
                    }
                    rows.add(|index| cell(&row, index))?;
                }
            }
            if rows.full()
                && let Some(batch) = rows.batch()?
            {
                out.batch(batch, None)?;
            }
        }
        rows.batch()?.map_or(Ok(()), |batch| out.batch(batch, None))
    }
}

/// The columns with what their cells become; two of one name, none, and types that are not read are refused.
fn columns(found: Vec<(String, String, Option<Kind>)>) -> Result<Rows> {
    let at = |name: &str| Place { column: Some(name.to_owned()), ..Place::default() };
    if found.is_empty() {
        return Err(Error::input("the query gives no columns"));
    }
    let mut columns: Vec<(String, Kind)> = Vec::with_capacity(found.len());
    for (name, kind, ours) in found {
        let Some(ours) = ours else {
            let message = format!("columns of the type `{}` are not read", kind.to_lowercase());
            let help = "leave it out by a `query`, or cast it to text there";
            return Err(Error::input(message).at(at(&name)).with_help(help));
        };
        if columns.iter().any(|(other, _)| *other == name) {
            return Err(Error::input(format!("two columns are named `{name}`")).with_help("name them apart: `… as …`"));
        }
        columns.push((name, ours));
    }
    Ok(Rows::new(columns))
}
