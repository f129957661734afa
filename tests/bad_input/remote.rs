//! Databases and stores that hang, drop and refuse: each has its exit code and its words too. What else is asked of them
//! is in `tests/databases.rs` and `tests/object_store.rs`.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::ops::Range;
use std::time::{Duration, Instant};

use super::servers::server;
use super::store::{broken, head, listing, refused};
use super::{Project, Run, told};

/// What no message may tell.
const HIDDEN: [&str; 4] = ["canary", "127.0.0.1", "tests:tests", "env:"];

/// Runs on such a source and adds what is told; nothing hangs: each is given two seconds for an answer.
fn add(all: &mut String, what: &str, source: &str, environment: &[(&str, &str)]) {
    let project = Project::new("");
    let text = format!("{}[source]\nsubject = \"id\"\n{source}\n{}", Project::HEAD, Project::COLUMNS);
    fs::write(project.path("p.toml"), text).unwrap();
    let start = Instant::now();
    let mut command = project.command();
    command.args(["run", "p.toml", "--quiet"]).env("NO_PROXY", "127.0.0.1").envs(environment.iter().copied());
    let output = command.output().unwrap();
    assert!(start.elapsed() < Duration::from_secs(90), "{what}: {:?}", start.elapsed());
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let run = Run { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) };
    for hidden in HIDDEN {
        assert!(!run.err.contains(hidden) && !run.out.contains(hidden), "{what} tells {hidden}: {}", run.err);
    }
    let told = told(&project, &run);
    // the system's word for it depends on who is first to close
    let told: Vec<&str> = told.split('\n').filter(|line| !line.starts_with("  = cause: ")).collect();
    let _ = writeln!(all, "## {what}\n{}", told.join("\n"));
}

fn from_store(all: &mut String, what: &str, endpoint: &str, keys: &[(&str, &str)]) {
    let source = format!(
        "path = \"s3://people/in/*.csv\"\nstore = {{ endpoint = \"{endpoint}\", allow_http = true, timeout_seconds = 2, \
         access_key = \"env:BAD_INPUT_ACCESS\", secret_key = \"env:BAD_INPUT_SECRET\" }}"
    );
    add(all, what, &source, keys);
}

#[test]
fn stores_that_fail_have_their_answers() {
    let mut told = String::new();
    let keys = [("BAD_INPUT_ACCESS", "canary-access"), ("BAD_INPUT_SECRET", "canary-hidden")];
    let body = "Content-Length: 11\r\nConnection: close\r\n\r\ncanary-body";
    from_store(&mut told, "nobody listens", "http://127.0.0.1:9", &keys);
    from_store(&mut told, "no keys", "http://127.0.0.1:9", &[]);
    for (what, answer, silent) in [
        ("403", format!("HTTP/1.1 403 Forbidden\r\n{body}"), false),
        ("404", format!("HTTP/1.1 404 Not Found\r\n{body}"), false),
        ("429", format!("HTTP/1.1 429 Too Many Requests\r\n{body}"), false),
        ("500", format!("HTTP/1.1 500 Internal Server Error\r\n{body}"), false),
        ("503", format!("HTTP/1.1 503 Slow Down\r\n{body}"), false),
        ("silence", String::new(), true),
        ("closed at once", String::new(), false),
        ("half an answer", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\ncanary-body".to_owned(), false),
        ("half an answer, then silence", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\ncanary-body".to_owned(), true),
        ("no list", format!("HTTP/1.1 200 OK\r\n{body}"), false),
        ("no HTTP", "canary-body\r\n\r\n".to_owned(), false),
    ] {
        from_store(&mut told, &format!("the list of objects: {what}"), &broken(answer.leak(), silent), &keys);
    }
    type Piece = fn(&mut TcpStream, &str, Range<usize>);
    let pieces: [(&str, Piece); 8] = [
        ("403", |stream, _, _| refused(stream, "403 Forbidden")),
        ("404", |stream, _, _| refused(stream, "404 Not Found")),
        ("412", |stream, _, _| refused(stream, "412 Precondition Failed")),
        ("500", |stream, _, _| refused(stream, "500 Internal Server Error")),
        ("silence", |_, _, _| std::thread::sleep(Duration::from_secs(30))),
        ("half, then silence", |stream, text, range| {
            head(stream, text, &range);
            let _ = stream.write_all(&text.as_bytes()[range.start..range.start + range.len() / 2]);
            std::thread::sleep(Duration::from_secs(30));
        }),
        ("half, then nothing", |stream, text, range| {
            head(stream, text, &range);
            let _ = stream.write_all(&text.as_bytes()[range.start..range.start + range.len() / 2]);
        }),
        ("a byte now and then", |stream, text, range| {
            head(stream, text, &range);
            for byte in &text.as_bytes()[range] {
                if stream.write_all(&[*byte]).is_err() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(700));
            }
        }),
    ];
    for (what, piece) in pieces {
        from_store(&mut told, &format!("an object: {what}"), &listing(piece), &keys);
    }
    insta::assert_snapshot!("stores", told);
}

/// A database that says something, and then nothing more or goodbye.
fn speaking(words: &'static [u8], silent: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || {
                let mut stream = stream.unwrap();
                let _ = stream.write_all(words);
                if silent {
                    std::thread::sleep(Duration::from_secs(30));
                }
            });
        }
    });
    port
}

fn from_database(all: &mut String, what: &str, rows: &str, url: &str) {
    let source = format!("[source.database]\nurl = \"env:BAD_INPUT_URL\"\n{rows}\ntimeout_seconds = 2");
    add(all, what, &source, &[("BAD_INPUT_URL", url)]);
}

#[test]
fn databases_that_fail_have_their_answers() {
    let mut told = String::new();
    for scheme in ["postgres", "mysql"] {
        let mut add = |what: &str, port: u16| {
            let url = format!("{scheme}://canary-user:canary-password@127.0.0.1:{port}/canary");
            from_database(&mut told, &format!("{scheme}: {what}"), "table = \"people\"", &url);
        };
        add("nobody listens", 9);
        add("silence", speaking(b"", true));
        add("closed at once", speaking(b"", false));
        add("another protocol", speaking(b"HTTP/1.1 400 canary-body\r\n\r\n", false));
        add("another protocol, then silence", speaking(b"SSH-2.0-canary-body\r\n", true));
    }
    insta::assert_snapshot!("databases", told);
}

#[test]
fn databases_that_stop_midway_have_their_answers() {
    let Some(url) = server("TUOMIN_TEST_POSTGRES") else { return };
    let mut told = String::new();
    let people = "n as id, 20 + n % 40 as age, 'canary' || n % 2 as city";
    let query = |note: &str, count: u32| {
        format!("query = \"select {people}, {note} as note from generate_series(1, {count}) n\"")
    };
    from_database(&mut told, "a query that hangs", &query("pg_sleep(60)::text", 9), &url);
    let late = "case when n = 60000 then pg_sleep(60)::text end";
    from_database(&mut told, "a query that hangs midway", &query(late, 200_000), &url);
    let ends = "case when n = 60000 then pg_terminate_backend(pg_backend_pid())::text end";
    from_database(&mut told, "a server that ends the session midway", &query(ends, 200_000), &url);
    let fails = "case when n = 60000 then ('canary' || n)::int::text end";
    from_database(&mut told, "a query that fails midway", &query(fails, 200_000), &url);
    from_database(&mut told, "a connection that drops midway", &query("'x'", 200_000), &cut_after(&url, 500_000));
    from_database(&mut told, "a connection that drops at its beginning", &query("'x'", 9), &cut_after(&url, 60));
    from_database(&mut told, "no records", &query("'x'", 0), &url);
    from_database(&mut told, "a column that is not there", "query = \"select 1 as id\"", &url);
    insta::assert_snapshot!("databases_midway", told);
}

/// The address of a proxy that cuts every connection after so many bytes of answers.
fn cut_after(url: &str, bytes: u64) -> String {
    let port: u16 = url.rsplit_once(':').unwrap().1.split('/').next().unwrap().parse().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for near in listener.incoming() {
            let mut near = near.unwrap();
            let far = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let (mut asks, mut on) = (near.try_clone().unwrap(), far.try_clone().unwrap());
            std::thread::spawn(move || std::io::copy(&mut asks, &mut on));
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut far.take(bytes), &mut near);
                let _ = near.shutdown(Shutdown::Both);
            });
        }
    });
    url.replace(&format!(":{port}"), &format!(":{own}"))
}
