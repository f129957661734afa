//! Databases as sources: the real binary on a real PostgreSQL and a real MariaDB.
#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;
#[path = "common/python.rs"]
mod python;
#[path = "common/servers.rs"]
mod servers;

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use common::{Project, Run};
use servers::server;

/// What no output may hold, whatever goes wrong.
const CANARIES: [&str; 4] = ["canary-user", "canary-password", "canary.invalid", "canary-cell"];

fn project(rows: &str) -> Project {
    project_with(rows, "timeout_seconds = 20")
}

fn project_with(rows: &str, more: &str) -> Project {
    let project = Project::new("id\n");
    let source =
        format!("[source]\nsubject = \"id\"\n[source.database]\nurl = \"env:TUOMIN_TEST_URL\"\n{rows}\n{more}\n");
    fs::write(project.path("p.toml"), format!("{}{source}{}", Project::HEAD, Project::COLUMNS)).unwrap();
    project.without_measures();
    project
}

fn run(project: &Project, url: &str) -> Run {
    said(project.command().env("TUOMIN_TEST_URL", url).args(["run", "p.toml"]).output().unwrap())
}

/// No secret is in what was said, whatever it is.
fn said(output: std::process::Output) -> Run {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let run = Run { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) };
    for canary in CANARIES.iter().chain(&["tests:tests", "127.0.0.1"]) {
        assert!(!run.out.contains(canary) && !run.err.contains(canary), "{canary}: {} {}", run.out, run.err);
    }
    assert!(!run.err.contains("panicked"), "{}", run.err);
    run
}

fn fails(run: Run, code: i32, message: &str) {
    assert_eq!(run.code, code, "{} {}", run.out, run.err);
    assert!(run.err.contains(message), "expected `{message}`: {}", run.err);
}

/// Runs statements with the database's own client.
fn psql(sql: &str) -> String {
    let (url, client) = (server("TUOMIN_TEST_POSTGRES").unwrap(), server("TUOMIN_TEST_PSQL").unwrap());
    let done = std::process::Command::new(client).args(["-qAt", "-v", "ON_ERROR_STOP=1", "-c", sql, &url]).output();
    let done = done.unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

fn mariadb(sql: &str) {
    let url = server("TUOMIN_TEST_MARIADB").unwrap();
    let port = url.rsplit_once(':').unwrap().1.split('/').next().unwrap().to_owned();
    let mut client = std::process::Command::new("mariadb");
    client.args(["--no-defaults", "-h127.0.0.1", "-utests", "-ptests", "--default-character-set=utf8mb4"]);
    let done = client.args(["-P", &port, "tests", "-e", sql]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

const PEOPLE: &str = "select n as id, 20 + n % 40 as age, 'c' || n % 2 as city, 'x' || n % 5 as note";

fn verified(project: &Project) {
    let release = project.release("test");
    let run = project.tuomin(&["verify", release.to_str().unwrap(), "--ledger", "out/ledger.jsonl"]);
    assert_eq!(run.code, 0, "{} {}", run.out, run.err);
}

#[test]
fn a_table_of_postgres_is_released_and_verified() {
    let Some(url) = server("TUOMIN_TEST_POSTGRES") else { return };
    psql(&format!("drop table if exists people; create table people as {PEOPLE} from generate_series(1, 2000) n"));
    let project = project("table = \"public.people\"");
    let done = run(&project, &url);
    assert_eq!(done.code, 0, "{} {}", done.out, done.err);
    verified(&project);
    for name in ["report.json", "certificate.json"] {
        let told = fs::read_to_string(project.release("test").join(name)).unwrap();
        for canary in ["127.0.0.1", "tests:tests", "postgres://", "TUOMIN_TEST_URL"] {
            assert!(!told.contains(canary), "{name}: {canary}");
        }
    }
    // the digest is of the records: the same ones are released once, others again
    let again = run(&project, &url);
    assert_eq!((again.code, again.out.starts_with("already released")), (0, true), "{} {}", again.out, again.err);
    psql("update people set note = 'x9' where id = 7");
    let other = run(&project, &url);
    assert_eq!((other.code, other.out.contains("already released")), (0, false), "{} {}", other.out, other.err);
    psql("drop table people");
    let gone = run(&project, &url);
    fails(gone, 4, "the table is not in the database");
    psql(&format!("create table people as {PEOPLE} from generate_series(1, 2000) n"));
    let planned = said(project.command().env("TUOMIN_TEST_URL", &url).args(["plan", "p.toml"]).output().unwrap());
    assert_eq!(planned.code, 0, "{} {}", planned.out, planned.err);
}

#[test]
fn a_query_of_mariadb_is_released_and_verified() {
    let Some(url) = server("TUOMIN_TEST_MARIADB") else { return };
    mariadb(
        "create or replace table people as select seq as id, 20 + seq % 40 as age, concat('市', seq % 2) as city, \
         concat('x', seq % 5) as note from seq_1_to_2000",
    );
    let project = project("query = \"select * from people where id > 0;\"");
    let done = run(&project, &url);
    assert_eq!(done.code, 0, "{} {}", done.out, done.err);
    verified(&project);
    let again = run(&project, &url);
    assert_eq!((again.code, again.out.starts_with("already released")), (0, true), "{} {}", again.out, again.err);
}

#[test]
fn tables_are_named_to_those_who_watch_without_credentials() {
    let Some(postgres_url) = server("TUOMIN_TEST_POSTGRES") else { return };
    let Some(mariadb_url) = server("TUOMIN_TEST_MARIADB") else { return };
    psql(&format!(
        "drop table if exists watched, watched_beside; create table watched as {PEOPLE} from generate_series(1, 200) n; \
         create table watched_beside as select 1 as one"
    ));
    mariadb(
        "create or replace table watched as select seq as id, 20 + seq % 40 as age, 'c' as city, 'x' as note \
         from seq_1_to_200",
    );
    let port = |url: &str| url.rsplit_once(':').unwrap().1.split('/').next().unwrap().to_owned();
    let postgres = format!("postgres://127.0.0.1:{}", port(&postgres_url));
    let mysql = format!("mysql://127.0.0.1:{}", port(&mariadb_url));
    let query = "query = \"with w as (select * from watched) select w.* from w, watched_beside\"";
    let cases = [
        ("table = \"watched\"", &postgres_url, &postgres, vec!["postgres.public.watched"]),
        (query, &postgres_url, &postgres, vec!["postgres.public.watched", "postgres.public.watched_beside"]),
        ("table = \"watched\"", &mariadb_url, &mysql, vec!["tests.watched"]),
    ];
    for (rows, url, space, names) in cases {
        let project = project(rows);
        let mut command = project.command();
        command.env("TUOMIN_TEST_URL", url).args(["run", "p.toml", "--openlineage", "l.jsonl"]);
        let done = said(command.output().unwrap());
        assert_eq!(done.code, 0, "{} {}", done.out, done.err);
        let text = fs::read_to_string(project.path("l.jsonl")).unwrap();
        assert!(!text.contains("tests:tests") && !text.contains("TUOMIN_TEST_URL"), "{text}");
        let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        let inputs = last["inputs"].as_array().unwrap();
        let told: Vec<_> = inputs.iter().map(|input| (&input["namespace"], &input["name"])).collect();
        let wanted: Vec<_> = names.iter().map(|name| (serde_json::json!(space), serde_json::json!(name))).collect();
        assert_eq!(told, wanted.iter().map(|(space, name)| (space, name)).collect::<Vec<_>>());
        if let Some(python) = python::python() {
            let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/watched/lineage.py");
            let held = std::process::Command::new(python).arg(script).arg(project.path("l.jsonl")).output().unwrap();
            assert!(held.status.success(), "{}", String::from_utf8_lossy(&held.stdout));
        }
    }
}

/// The columns of a table as `plan` types them: every one is declared, and read as text.
fn typed(columns: &[&str], rows: &str, url: &str) -> Run {
    let project = Project::new("id\n");
    let mut text = format!(
        "{}[source]\nsubject_is_row = true\n[source.database]\nurl = \"env:TUOMIN_TEST_URL\"\n{rows}\n[privacy]\nk = 2\n",
        Project::HEAD
    );
    for column in columns {
        let role = if *column == "a" { "quasi\"" } else { "insensitive\"\ntreatment = \"keep\"" };
        text += &format!("[columns.{column}]\nrole = \"{role}\n");
    }
    fs::write(project.path("p.toml"), text).unwrap();
    project.without_measures();
    run(&project, url)
}

#[test]
fn every_type_of_postgres_is_read_or_refused_by_its_name() {
    let Some(url) = server("TUOMIN_TEST_POSTGRES") else { return };
    psql(
        "drop table if exists kinds; drop domain if exists small; drop type if exists mood; \
         create type mood as enum ('好', '坏'); create domain small as int; \
         create table kinds (a text, b varchar(9), c char(4), d smallint, e int, f bigint, g numeric(40, 10), h real, \
         i double precision, j boolean, k date, l timestamp, m timestamptz, n time, o uuid, p json, q jsonb, r mood, \
         s small, t interval, u inet); \
         insert into kinds select '文', 'b', 'c', 1, 2, 9223372036854775807, \
         123456789012345678901234567890.0123456789, 1.5, 0.1, true, '2024-02-29', '2024-02-29 01:02:03.000004', \
         '2024-02-29 01:02:03+08', '23:59:59', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{}', '{}', '好', 7, '1 day', \
         '10.0.0.1' from generate_series(1, 50); \
         insert into kinds (a) select null from generate_series(1, 50)",
    );
    let columns =
        ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u"];
    let done = typed(&columns, "table = \"kinds\"", &url);
    assert!(done.code == 0 || done.code == 3, "{} {}", done.out, done.err);
    for (kind, name) in [("'x'::bytea", "bytea"), ("array[1]", "int4[]"), ("point(1, 2)", "point")] {
        let done = typed(&["a"], &format!("query = \"select {kind} as a\""), &url);
        fails(done, 4, &format!("columns of the type `{name}` are not read"));
    }
    let done = typed(&["a"], "query = \"select 'infinity'::date as a\"", &url);
    fails(done, 4, "row 1, column `a`");
    let done = typed(&["a"], "query = \"select 1 as a, 2 as a\"", &url);
    fails(done, 4, "two columns are named `a`");
}

#[test]
fn every_type_of_mariadb_is_read_or_refused_by_its_name() {
    let Some(url) = server("TUOMIN_TEST_MARIADB") else { return };
    mariadb(
        "create or replace table kinds (a text, b varchar(9) collate utf8mb4_bin, c char(4), d tinyint, e smallint, \
         f mediumint unsigned, g int, h bigint, i bigint unsigned, j decimal(40, 10), k float, l double, m boolean, \
         n date, o datetime(6), p timestamp null, q time, r year, s enum('好', '坏'), t set('x', 'y'), u json); \
         insert into kinds select '文', 'b', 'c', 1, 2, 3, 4, -5, 6, 123456789012345678901234567890.0123456789, \
         16777217, 0.1, true, '2024-02-29', '2024-02-29 01:02:03.000004', '2024-02-29 01:02:03', '23:59:59', 2024, \
         '好', 'x,y', '{}' from seq_1_to_50; insert into kinds (a) select null from seq_1_to_50",
    );
    let columns =
        ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u"];
    let done = typed(&columns, "table = \"kinds\"", &url);
    assert!(done.code == 0 || done.code == 3, "{} {}", done.out, done.err);
    let done = typed(&["a"], "query = \"select cast(18446744073709551615 as unsigned) as a\"", &url);
    fails(done, 4, "row 1, column `a`");
    for (kind, name) in [("cast('x' as binary(1))", "binary"), ("point(1, 2)", "geometry"), ("b'1'", "binary")] {
        let done = typed(&["a"], &format!("query = \"select {kind} as a\""), &url);
        assert_eq!(done.code, 4, "{kind}: {}", done.err);
        assert!(done.err.contains("are not read") && done.err.contains("column `a`"), "{name}: {}", done.err);
    }
}

#[test]
fn what_a_database_refuses_is_told_without_a_secret() {
    let Some(url) = server("TUOMIN_TEST_POSTGRES") else { return };
    let people = || project("table = \"people\"");
    fails(
        run(&people(), &url.replace("tests:tests", "canary-user:canary-password")),
        5,
        "refused the user or the password",
    );
    fails(
        run(&people(), &url.replace("/postgres", "/canary-cell")),
        5,
        "the database of the connection string is not there",
    );
    fails(run(&people(), "postgres://canary-user:canary-password@canary.invalid/x"), 5, "could not reach the database");
    fails(run(&people(), "canary-password"), 5, "the connection string cannot be used");
    fails(run(&people(), &format!("{url}?sslmode=canary-cell")), 5, "a parameter that is not known here");
    fails(run(&project("table = \"nowhere\""), &url), 4, "the table is not in the database");
    fails(run(&project("query = \"select 'canary-cell' frm\\\"\\\" x\""), &url), 2, "does not understand the query");
    fails(run(&project("query = \"select nothing_here from pg_class\""), &url), 4, "a column that is not there");
    fails(
        run(&project("query = \"select cast('canary-cell' || relname as int) as id from pg_class\""), &url),
        4,
        "22P02",
    );
    fails(run(&project("query = \"select nextval('pg_class_seq')\""), &url), 4, "the table is not in the database");
    psql("create sequence if not exists counted");
    fails(run(&project("query = \"select nextval('counted') as id\""), &url), 2, "the query would write");
    let unprotected = project_with("table = \"people\"", "tls = \"verify\"");
    fails(run(&unprotected, &url), 5, "no protected connection");
}

#[test]
fn what_mariadb_refuses_is_told_without_a_secret() {
    let Some(url) = server("TUOMIN_TEST_MARIADB") else { return };
    let people = || project("table = \"people\"");
    fails(
        run(&people(), &url.replace("tests:tests", "canary-user:canary-password")),
        5,
        "refused the user or the password",
    );
    fails(
        run(&people(), &url.replace("/tests", "/canary_cell").replace("//canary_cell:", "//tests:")),
        5,
        "the database of the connection string is not there",
    );
    fails(run(&project("table = \"nowhere\""), &url), 4, "the table is not in the database");
    fails(run(&project("query = \"select 'canary-cell' frm frm frm\""), &url), 2, "does not understand the query");
}

#[test]
fn a_connection_string_in_the_file_is_refused_and_not_shown() {
    let project = Project::new("id\n");
    let source = "[source]\nsubject = \"id\"\ndatabase = { url = \"postgres://canary-user:canary-password@canary.invalid/x\", table = \"t\" }\n";
    fs::write(project.path("p.toml"), format!("{}{source}{}", Project::HEAD, Project::COLUMNS)).unwrap();
    let run = said(project.command().args(["check", "p.toml"]).output().unwrap());
    fails(run, 2, "a connection string must not stand in a pipeline file");
    for query in ["delete from t", "select 1; select 2", "select 1 into x", "select 1 into outfile 'x'"] {
        let rows = format!("query = \"{query}\"");
        let run = said(self::project(&rows).command().args(["check", "p.toml"]).output().unwrap());
        assert_eq!(run.code, 2, "{query}: {}", run.err);
    }
}

#[test]
fn a_server_that_says_nothing_ends_within_the_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    for scheme in ["postgres", "mysql"] {
        let silent = project_with("table = \"people\"", "timeout_seconds = 2");
        let start = Instant::now();
        let url = format!("{scheme}://canary-user:canary-password@127.0.0.1:{port}/x");
        fails(run(&silent, &url), 5, "did not accept the connection within 2 seconds");
        assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    }
}

#[test]
fn a_query_that_hangs_ends_within_the_time() {
    let Some(url) = server("TUOMIN_TEST_POSTGRES") else { return };
    let slow =
        "query = \"select n as id, 1 as age, 'a' as city, pg_sleep(60)::text as note from generate_series(1, 9) n\"";
    let start = Instant::now();
    fails(run(&project_with(slow, "timeout_seconds = 2"), &url), 5, "sent no record within 2 seconds");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn a_wish_to_stop_ends_a_hanging_query_soon() {
    let Some(url) = server("TUOMIN_TEST_POSTGRES") else { return };
    let slow = project("query = \"select pg_sleep(60)::text as id, 1 as age, 'a' as city, 'b' as note\"");
    let mut command = slow.command();
    command.env("TUOMIN_TEST_URL", &url).args(["run", "p.toml"]).stdout(std::process::Stdio::null());
    let mut child = command.spawn().unwrap();
    std::thread::sleep(Duration::from_secs(3));
    let start = Instant::now();
    std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(!child.wait().unwrap().success());
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

#[test]
fn a_connection_that_drops_midway_publishes_nothing() {
    let Some(url) = server("TUOMIN_TEST_POSTGRES") else { return };
    // a proxy that cuts after so many bytes of answers
    let port: u16 = url.rsplit_once(':').unwrap().1.split('/').next().unwrap().parse().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (near, _) = listener.accept().unwrap();
        let far = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let (mut asks, mut on) = (near.try_clone().unwrap(), far.try_clone().unwrap());
        std::thread::spawn(move || std::io::copy(&mut asks, &mut on));
        let mut answers = far.take(500_000);
        let (mut near, mut block) = (near, [0; 4096]);
        while let Ok(read @ 1..) = answers.read(&mut block) {
            near.write_all(&block[..read]).unwrap();
        }
        near.shutdown(std::net::Shutdown::Both).unwrap();
    });
    let rows = format!("query = \"{PEOPLE} from generate_series(1, 200000) n\"");
    let cut = project(&rows);
    fails(run(&cut, &url.replace(&format!(":{port}"), &format!(":{own}"))), 5, "ended before all records were read");
    assert!(!cut.path("out/test").exists() || fs::read_dir(cut.path("out/test")).unwrap().count() == 0);
    // and a server that ends the session
    let killed = "query = \"select n as id, n as age, 'a' as city, case when n = 60000 then \
                  pg_terminate_backend(pg_backend_pid())::text end as note from generate_series(1, 200000) n\"";
    fails(run(&project(killed), &url), 5, "ended the connection before all records were read");
}

/// The most memory that a run of `plan` had, in KB, and its records in the plan.
fn peak(records: u32, url: &str) -> u64 {
    // records of some 2 KB
    let rows = format!(
        "query = \"select n as id, 20 + n % 40 as age, 'c' || n % 2 as city, 'x' || n % 5 as note, \
         repeat(md5(n::text), 60) as wide from generate_series(1, {records}) n\""
    );
    let project = project(&rows);
    let mut command = project.command();
    command.env("TUOMIN_TEST_URL", url).args(["plan", "p.toml"]);
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let mut child = command.spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let (mut most, mut looks) = (0, 0);
    let done = loop {
        // the system keeps the highest value: the last look is enough
        let told = fs::read_to_string(&status).unwrap_or_default();
        let now = told.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
        most = most.max(now.unwrap_or(0));
        looks += 1;
        if let Some(done) = child.try_wait().unwrap() {
            break done;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(done.success() && looks > 20 && most > 0, "{done} {looks} {most}");
    most
}

#[test]
fn many_records_stream_in_bounded_memory() {
    let Some(url) = server("TUOMIN_TEST_POSTGRES") else { return };
    let (few, many) = (peak(50_000, &url), peak(300_000, &url));
    // 250,000 records more, held at once, would need 480 MB more
    eprintln!("peak: {few} KB, {many} KB");
    assert!(many < few + 100_000, "{few} KB, {many} KB");
}

#[test]
fn tls_holds_a_certificate_against_its_authority_and_its_name() {
    let Some(url) = server("TUOMIN_TEST_POSTGRES") else { return };
    let (own, other) = (server("TUOMIN_TEST_AUTHORITY").unwrap(), server("TUOMIN_TEST_OTHER_AUTHORITY").unwrap());
    let named = url.replace("127.0.0.1", "localhost");
    // no record comes over a connection in clear
    let rows = format!(
        "query = \"{PEOPLE} from generate_series(1, 2000) n, pg_stat_ssl s where s.pid = pg_backend_pid() and s.ssl\""
    );
    let how = |how: &str, url: &str| run(&project_with(&rows, how), url);
    for (tls, url) in [
        ("tls = \"require\"".to_owned(), &url),
        (format!("tls = \"verify\"\nca = \"{own}\""), &named),
        (format!("ca = \"{own}\""), &named),
    ] {
        let done = how(&tls, url);
        assert_eq!(done.code, 0, "{tls}: {} {}", done.out, done.err);
    }
    for (tls, url) in [
        ("tls = \"verify\"".to_owned(), &named),
        (format!("tls = \"verify\"\nca = \"{other}\""), &named),
        (format!("tls = \"verify\"\nca = \"{own}\""), &url),
        (format!("ca = \"{own}\""), &url),
    ] {
        fails(how(&tls, url), 5, "no protected connection to the database could be made");
    }
    let clear = how("tls = \"off\"", &url);
    assert!(clear.code == 3 || clear.code == 4, "{} {}", clear.out, clear.err);
    fails(how(&format!("tls = \"require\"\nca = \"{own}\""), &url), 2, "`ca` is of no use");
    fails(how("ca = \"nowhere.crt\"", &named), 5, "could not read the authorities");
    // a server without TLS is not believed to be safe
    if let Some(url) = server("TUOMIN_TEST_MARIADB") {
        for tls in ["tls = \"require\"", "tls = \"verify\""] {
            fails(run(&project_with("table = \"people\"", tls), &url), 5, "no protected connection");
        }
    }
}

#[test]
fn mariadb_shows_its_certificate_too() {
    let Some(url) = server("TUOMIN_TEST_MARIADB_TLS") else { return };
    let authority = |name: &str| {
        let beside = std::path::PathBuf::from(server(name).unwrap());
        assert!(beside.is_file(), "{}", beside.display());
        beside.display().to_string()
    };
    let (own, other) = (authority("TUOMIN_TEST_AUTHORITY"), authority("TUOMIN_TEST_OTHER_AUTHORITY"));
    let named = url.replace("127.0.0.1", "localhost");
    let how = |tls: &str, url: &str| run(&project_with("table = \"people\"", tls), url);
    for (tls, url) in [("tls = \"require\"", &url), (&format!("ca = \"{own}\""), &named)] {
        let done = how(tls, url);
        assert_eq!(done.code, 0, "{tls}: {} {}", done.out, done.err);
    }
    for (tls, url) in
        [("tls = \"verify\"", &named), (&format!("ca = \"{other}\""), &named), (&format!("ca = \"{own}\""), &url)]
    {
        fails(how(tls, url), 5, "no protected connection to the database could be made");
    }
    // this server takes nothing in clear
    fails(how("tls = \"off\"", &url), 5, "the database");
}

/// The records of one table, each cell as text.
fn cells(url: &str, rows: tuomin::spec::Rows) -> Vec<Vec<Option<String>>> {
    use arrow::array::{Array, AsArray};
    use tuomin::spec::{ColumnType, DatabaseSpec, KeyRef, SourceFormat, SourceSpec, Subject};
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("url"), format!("{url}\n")).unwrap();
    let spec = DatabaseSpec { url: KeyRef::File("url".into()), rows, tls: None, ca: None, timeout_seconds: 20 };
    let format = SourceFormat::Database(Box::new(spec));
    let spec = SourceSpec { path: "".into(), format, subject: Subject::Row, nulls: vec![] };
    let source = tuomin::source::Source::open_in(&spec, folder.path(), folder.path()).unwrap();
    let wanted =
        source.columns.iter().map(|name| tuomin::source::Wanted { name: name.clone(), kind: ColumnType::Text });
    let see = |seen: &mut Vec<Vec<Option<String>>>, batch: &tuomin::source::Batch| {
        let columns = batch.cells.columns().iter();
        let columns: Vec<_> =
            columns.map(|cells| arrow::compute::cast(cells, &arrow::datatypes::DataType::Utf8).unwrap()).collect();
        for row in 0..batch.cells.num_rows() {
            let cell = |cells: &arrow::array::ArrayRef| {
                let cells = cells.as_string::<i32>();
                cells.is_valid(row).then(|| cells.value(row).to_owned())
            };
            seen.push(columns.iter().map(cell).collect());
        }
        Ok(())
    };
    let enough = std::sync::atomic::AtomicBool::new(false);
    let wanted: Vec<_> = wanted.collect();
    source.scan(&wanted, vec![vec![]], &enough, see).unwrap().0.pop().unwrap()
}

#[test]
fn cells_are_what_the_database_holds() {
    let told = |rows: &[Vec<Option<String>>]| {
        let cell = |cell: &Option<String>| cell.clone().unwrap_or_else(|| "null".into());
        rows.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>().join("|")).collect::<Vec<_>>()
    };
    if let Some(url) = server("TUOMIN_TEST_POSTGRES") {
        let sql = "select '文' as a, 9223372036854775807 as b, 123456789012345678901234567890.0123456789 as c, \
            0.1::float8 as d, 16777217::real as e, true as f, date '2024-02-29' as g, \
            timestamp '2024-02-29 01:02:03.000004' as h, timestamptz '2024-02-29 01:02:03+08' as i, '' as j, \
            null::int as k, ' x ' as l, '007'::char(4) as m union all \
            select null, null, null, null, null, null, null, null, null, null, 1, null, null";
        let rows = cells(&url, tuomin::spec::Rows::Query(sql.into()));
        assert_eq!(
            told(&rows),
            [
                "文|9223372036854775807|123456789012345678901234567890.0123456789|0.1|16777216|true|2024-02-29|\
                 2024-02-29 01:02:03.000004|2024-02-28 17:02:03||null| x |007 ",
                "null|null|null|null|null|null|null|null|null|null|1|null|null"
            ]
        );
    }
    if let Some(url) = server("TUOMIN_TEST_MARIADB") {
        mariadb(
            "create or replace table exact (a varchar(9), b bigint, c decimal(40, 10), d double, e float, f boolean, \
             g date, h datetime(6), i timestamp null, j varchar(9), k int, l varchar(9)); set time_zone = '+08:00'; \
             insert into exact values ('文', 9223372036854775807, 123456789012345678901234567890.0123456789, 0.1, \
             16777217, true, '2024-02-29', '2024-02-29 01:02:03.000004', '2024-02-29 01:02:03', '', null, ' x '); \
             insert into exact (k) values (1)",
        );
        let rows = cells(&url, tuomin::spec::Rows::Table(vec!["exact".into()]));
        assert_eq!(
            told(&rows),
            [
                "文|9223372036854775807|123456789012345678901234567890.0123456789|0.1|16777216|true|2024-02-29|\
                 2024-02-29 01:02:03.000004|2024-02-28 17:02:03||null| x ",
                "null|null|null|null|null|null|null|null|null|null|1|null"
            ]
        );
    }
}

#[test]
fn drafts_and_risks_are_of_files_and_an_address_is_not_shown() {
    let project = Project::new("id\n");
    for address in ["postgres://canary-user:canary-password@canary.invalid/x", "s3://canary.invalid/in/*.csv"] {
        for verb in ["init", "risk"] {
            let run = said(project.command().args([verb, address]).output().unwrap());
            fails(run, 2, "files of this machine are read here, no databases and no stores");
        }
    }
}
