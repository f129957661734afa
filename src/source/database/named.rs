//! The tables that a source reads, by the names that OpenLineage gives them.

use std::path::Path;

use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;

use super::read_by::{Sql, tables};
use crate::source::Dataset;
use crate::source::remote::secret;
use crate::spec::{DatabaseSpec, Rows};

/// The tables, each once, in the order of the query. None where the connection string is not there or tells no host.
///
/// Of the connection string only host, port and database are used: never user, password or parameters.
pub(in crate::source) fn datasets(spec: &DatabaseSpec, base: &Path) -> Vec<Dataset> {
    let Ok(url) = secret(&spec.url, base, "the connection string") else { return Vec::new() };
    Server::of(url.expose()).map_or_else(Vec::new, |server| server.datasets(&spec.rows))
}

/// Where a database is.
struct Server {
    sql: Sql,
    host: String,
    port: u16,
    database: Option<String>,
}

impl Server {
    fn of(url: &str) -> Option<Self> {
        let scheme = url.split_once("://")?.0.to_lowercase();
        let (sql, host, port, database) = match scheme.as_str() {
            "postgres" | "postgresql" => {
                let options: PgConnectOptions = url.parse().ok()?;
                let here = options.get_socket().is_some().then(|| "localhost".to_owned());
                let host = here.unwrap_or_else(|| options.get_host().to_owned());
                (Sql::Postgres, host, options.get_port(), options.get_database().map(str::to_owned))
            }
            "mysql" | "mariadb" => {
                let options: MySqlConnectOptions = url.parse().ok()?;
                let host = options.get_host().to_owned();
                (Sql::MySql, host, options.get_port(), options.get_database().map(str::to_owned))
            }
            _ => return None,
        };
        let bare = host.contains(':') && !host.starts_with('[');
        Some(Self { sql, host: if bare { format!("[{host}]") } else { host }, port, database })
    }

    fn datasets(&self, rows: &Rows) -> Vec<Dataset> {
        let tables = match rows {
            Rows::Table(names) => vec![names.clone()],
            Rows::Query(query) => tables(query, self.sql),
        };
        let scheme = match self.sql {
            Sql::Postgres => "postgres",
            Sql::MySql => "mysql",
        };
        let namespace = format!("{scheme}://{}:{}", self.host, self.port);
        let named =
            tables.iter().map(|parts| Dataset { namespace: namespace.clone(), name: self.whole(parts), bytes: None });
        named.collect()
    }

    /// `database.schema.table` of PostgreSQL, where `public` is the usual schema; `database.table` of MySQL.
    fn whole(&self, parts: &[String]) -> String {
        let (levels, schema) = match self.sql {
            Sql::Postgres => (3, Some("public".to_owned())),
            Sql::MySql => (2, None),
        };
        let usual: Vec<Option<String>> = [self.database.clone(), schema].into_iter().take(levels - 1).collect();
        let missing = (levels - 1).saturating_sub(parts.len() - 1);
        let before = usual.into_iter().take(missing).flatten();
        before.chain(parts.iter().cloned()).collect::<Vec<_>>().join(".")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(url: &str, rows: Rows) -> Vec<(String, String)> {
        let datasets = Server::of(url).unwrap().datasets(&rows);
        datasets.into_iter().map(|dataset| (dataset.namespace, dataset.name)).collect()
    }

    fn table(parts: &[&str]) -> Rows {
        Rows::Table(parts.iter().map(|part| (*part).to_owned()).collect())
    }

    #[test]
    fn tables_have_the_names_of_the_rules_and_no_credentials() {
        let postgres = "postgres://canary-user:canary-word@db.example:5433/power?application_name=canary";
        let space = "postgres://db.example:5433".to_owned();
        assert_eq!(named(postgres, table(&["bills"])), [(space.clone(), "power.public.bills".into())]);
        assert_eq!(named(postgres, table(&["y2025", "bills"])), [(space.clone(), "power.y2025.bills".into())]);
        let query = Rows::Query("select * from bills b join Zone.Meters m on b.n = m.n".into());
        let both = [(space.clone(), "power.public.bills".into()), (space, "power.zone.meters".into())];
        assert_eq!(named(postgres, query), both);
        let mysql = "mysql://canary-user:canary-word@[::1]/power";
        assert_eq!(named(mysql, table(&["bills"])), [("mysql://[::1]:3306".into(), "power.bills".into())]);
        assert_eq!(named(mysql, table(&["Other", "bills"])), [("mysql://[::1]:3306".into(), "Other.bills".into())]);
    }
}
