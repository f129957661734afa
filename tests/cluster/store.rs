//! Sources in a store, and releases that come by way of one.

use std::io::Write;

use super::*;
use crate::between::{Between, Then};
use crate::objects;
use crate::servers::server;

/// Secrets of the store, to be found nowhere.
const ACCESS: &str = "canary-access";
const HIDDEN: &str = "canary-hidden-0123456789";

/// Puts all files of a folder into a bucket.
fn put_all(endpoint: &str, bucket: &str, folder: &Path) {
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let key = format!("in/{}", path.file_name().unwrap().to_str().unwrap());
        objects::put(endpoint, bucket, &key, &fs::read(path).unwrap());
    }
}

/// A bucket that no other test has.
fn bucket(of: &str) -> String {
    format!("{of}-{}", std::process::id())
}

/// The pipeline with its source in a bucket, under another name.
fn of_bucket(project: &Project, endpoint: &str, bucket: &str, format: &str, name: &str) {
    let text = fs::read_to_string(project.path("p.toml")).unwrap();
    let source = format!(
        "path = \"s3://{bucket}/in/\"\nformat = \"{format}\"\nstore = {{ endpoint = \"{endpoint}\", allow_http = true, \
         access_key = \"env:TUOMIN_TEST_ACCESS\", secret_key = \"env:TUOMIN_TEST_HIDDEN\" }}"
    );
    let text = text.replace("path = \"data\"\nformat = \"parquet\"", &source);
    fs::write(project.path(name), text).unwrap();
}

/// A run of a pipeline whose source is in the store.
fn run_of(project: &Project, pipeline: &str, out: &str, more: &[&str]) -> Command {
    let mut command = project.command();
    command.args(["run", pipeline, "--quiet", "--out", out, "--log", "text"]).args(more);
    command.env("TUOMIN_TEST_KEY", KEY).env("TUOMIN_LOG", "info").env("NO_PROXY", "127.0.0.1");
    command.env("TUOMIN_TEST_ACCESS", ACCESS).env("TUOMIN_TEST_HIDDEN", HIDDEN);
    command
}

/// Runs to the end; the exit code and what was said.
fn ended(mut command: Command) -> (i32, String) {
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    assert!(!said.contains(ACCESS) && !said.contains(HIDDEN), "{said}");
    (output.status.code().unwrap_or(-1), said)
}

/// No part has written a secret of the store.
fn kept_secret(cluster: &Cluster) {
    for path in cluster.written() {
        let bytes = fs::read(&path).unwrap_or_default();
        assert!(!holds(&bytes, ACCESS.as_bytes()) && !holds(&bytes, HIDDEN.as_bytes()), "{}", path.display());
    }
}

#[test]
fn objects_are_read_where_they_are() {
    let Some(endpoint) = server("TUOMIN_TEST_STORE") else { return };
    let (project, cluster) = (project(), Cluster::new(3));
    let expected = here(&project);
    let tables = bucket("tables");
    put_all(&endpoint, &tables, &project.path("data"));
    of_bucket(&project, &endpoint, &tables, "parquet", "store.toml");
    let more = on(&cluster, "120");
    let (code, said) = ended(run_of(&project, "store.toml", "there", &told(&more)));
    assert_eq!(code, 0, "{said}");
    agrees(&project, "there", &expected);
    // one machine takes the records in: they are the same to it
    let (code, said) = ended(run_of(&project, "store.toml", "there", &[]));
    assert_eq!((code, said.contains("already released")), (0, true), "{said}");
    let trial = ["--again", "--engine", "ballista-local"];
    let (code, said) = ended(run_of(&project, "store.toml", "trial", &trial));
    assert_eq!(code, 0, "{said}");
    agrees(&project, "trial", &expected);

    // texts, of which some are packed
    as_csv(&project);
    let packed = zstd::stream::encode_all(&fs::read(project.path("csv/03.csv")).unwrap()[..], 1).unwrap();
    fs::remove_file(project.path("csv/03.csv")).unwrap();
    File::create(project.path("csv/03.csv.zst")).unwrap().write_all(&packed).unwrap();
    let texts = bucket("texts");
    put_all(&endpoint, &texts, &project.path("csv"));
    of_bucket(&project, &endpoint, &texts, "csv", "texts.toml");
    let (code, said) = ended(run_of(&project, "texts.toml", "texts", &told(&more)));
    assert_eq!(code, 0, "{said}");
    agrees(&project, "texts", &expected);
    let (code, said) = ended(run_of(&project, "texts.toml", "texts", &[]));
    assert_eq!((code, said.contains("already released")), (0, true), "{said}");
    kept_secret(&cluster);
}

#[test]
fn an_object_that_is_changed_ends_the_run() {
    let Some(endpoint) = server("TUOMIN_TEST_STORE") else { return };
    let (project, cluster) = (project(), Cluster::new(2));
    let changing = bucket("changing");
    put_all(&endpoint, &changing, &project.path("data"));
    of_bucket(&project, &endpoint, &changing, "parquet", "store.toml");
    let words = on(&cluster, "40");
    let mut command = run_of(&project, "store.toml", "changed", &told(&words));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let (send, lines) = std::sync::mpsc::channel();
    let stderr = BufReader::new(child.stderr.take().unwrap());
    std::thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
    let child = Watched { child, lines };
    child.until("counting");
    // as long as the one that was listed
    let mut bytes = fs::read(project.path("data/05.parquet")).unwrap();
    bytes[100] ^= 1;
    objects::put(&endpoint, &changing, "in/05.parquet", &bytes);
    let (code, log) = child.ended(Duration::from_secs(60));
    assert_eq!(code, 5, "{log}");
    assert!(log.contains("an object was changed while it was read"), "{log}");
    assert!(release(&project, "changed").is_none(), "nothing was published");
}

/// The pipeline, with its releases in a bucket too.
fn to_bucket(project: &Project, endpoint: &str, bucket: &str) {
    let text = fs::read_to_string(project.path("p.toml")).unwrap();
    let release = format!(
        "[release]\npath = \"s3://{bucket}/out/\"\nstore = {{ endpoint = \"{endpoint}\", allow_http = true, access_key = \
         \"env:TUOMIN_TEST_ACCESS\", secret_key = \"env:TUOMIN_TEST_HIDDEN\" }}\n"
    );
    assert!(!text.contains("[release]"));
    fs::write(project.path("to.toml"), text + &release).unwrap();
}

#[test]
fn releases_come_by_way_of_a_store() {
    let Some(endpoint) = server("TUOMIN_TEST_STORE") else { return };
    let (project, cluster) = (project(), Cluster::new(3));
    let expected = here(&project);
    let ways = bucket("ways");
    put_all(&endpoint, &ways, &project.path("data"));
    to_bucket(&project, &endpoint, &ways);
    let more = on(&cluster, "120");
    let (code, said) = ended(run_of(&project, "to.toml", "there", &told(&more)));
    assert_eq!(code, 0, "{said}");
    agrees(&project, "there", &expected);
    let folder = release(&project, "there").unwrap();
    let id = folder.file_name().unwrap().to_str().unwrap();
    let there = objects::keys(&endpoint, &ways, "out/");
    assert!(there.contains(&format!("out/test/{id}/certificate.json")), "{there:?}");
    assert!(there.iter().all(|key| key.starts_with(&format!("out/test/{id}/"))), "nothing else is left: {there:?}");
    kept_secret(&cluster);
    // a stranger takes it from there
    let fetched = project.path("fetched");
    objects::fetch(&endpoint, &ways, &format!("out/test/{id}/"), &fetched);
    let verified = project.tuomin(&["verify", fetched.to_str().unwrap()]);
    assert_eq!(verified.code, 0, "{}", verified.err);
}

#[test]
fn what_cannot_be_taken_from_a_store_is_made_again() {
    let Some(endpoint) = server("TUOMIN_TEST_STORE") else { return };
    let (project, cluster) = (project(), Cluster::new(2));
    let expected = here(&project);
    let again = bucket("again");
    objects::empty(&endpoint, &again);
    let between = Between::new(&endpoint);
    let taken = |what: &str| what.starts_with("GET ") && what.contains("/.staging/") && !what.contains('?');
    between.judge(move |what, before| match taken(what) && !before.iter().any(|what| taken(what)) {
        true => Then::Refuse("403 Forbidden"),
        false => Then::Pass,
    });
    to_bucket(&project, &between.address, &again);
    let more = on(&cluster, "120");
    let (code, said) = ended(run_of(&project, "to.toml", "again", &told(&more)));
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("the cluster begins anew"), "{said}");
    agrees(&project, "again", &expected);
    assert!(objects::keys(&endpoint, &again, "out/test/.staging/").is_empty(), "attempts leave nothing");
}

#[test]
fn what_is_left_in_a_store_can_be_read_by_nobody() {
    let Some(endpoint) = server("TUOMIN_TEST_STORE") else { return };
    let (project, cluster) = (project(), Cluster::new(2));
    let left = bucket("left");
    objects::empty(&endpoint, &left);
    let between = Between::new(&endpoint);
    // what executors put there cannot be removed again, as if the driver were gone
    let staged = |what: &str| what.starts_with("PUT ") && what.contains("/.staging/");
    between.judge(move |what, before| match what.starts_with("POST ") && before.iter().any(|what| staged(what)) {
        true => Then::Refuse("403 Forbidden"),
        false => Then::Pass,
    });
    to_bucket(&project, &between.address, &left);
    let more = on(&cluster, "120");
    let (code, said) = ended(run_of(&project, "to.toml", "left", &told(&more)));
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("what executors left in the store could not be removed"), "{said}");
    let fetched = project.path("fetched");
    objects::fetch(&endpoint, &left, "out/test/.staging/", &fetched);
    let mut files = Vec::new();
    parts::walk(&fetched, &mut files);
    let bytes = files.iter().flat_map(|file| fs::read(file).unwrap()).collect::<Vec<u8>>();
    assert!(bytes.len() > 1000);
    // not even that it is Parquet, or what a column is called
    for what in [&b"PAR1"[..], b"canaryCityA", b"note1", b"amount", ACCESS.as_bytes(), HIDDEN.as_bytes()] {
        assert!(!holds(&bytes, what), "{}", String::from_utf8_lossy(what));
    }
    // and it is no part of the release
    let folder = release(&project, "left").unwrap();
    assert_eq!(project.tuomin(&["verify", folder.to_str().unwrap()]).code, 0);
}
