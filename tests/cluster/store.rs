//! Sources in a store, and releases that come by way of one.

use std::io::Write;

use super::*;
use crate::servers::server;

/// Secrets of the store, to be found nowhere.
const ACCESS: &str = "canary-access";
const HIDDEN: &str = "canary-hidden-0123456789";

/// Runs a program on the store; `s` is the client, the rest of the arguments are in `args`. Gives what it prints.
fn on_store(endpoint: &str, program: &str, args: &[&str]) -> String {
    let before = "import sys, os, boto3\nfrom botocore.config import Config\nargs = sys.argv[2:]\n\
        s = boto3.client('s3', endpoint_url=sys.argv[1], region_name='us-east-1', aws_access_key_id='a', \
        aws_secret_access_key='b', config=Config(proxies={}))\n";
    let mut command = Command::new(server("TUOMIN_TEST_STORE_PYTHON").unwrap());
    let output = command.arg("-c").arg(format!("{before}{program}")).arg(endpoint).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Puts all files of a folder into a new bucket.
fn put_all(endpoint: &str, bucket: &str, folder: &Path) {
    let program = "s.create_bucket(Bucket=args[0])\nfor n in sorted(os.listdir(args[1])):\n    \
        s.upload_file(os.path.join(args[1], n), args[0], 'in/' + n)";
    on_store(endpoint, program, &[bucket, folder.to_str().unwrap()]);
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
    let program = "k = 'in/05.parquet'\nb = bytearray(s.get_object(Bucket=args[0], Key=k)['Body'].read())\n\
        b[100] ^= 1\ns.put_object(Bucket=args[0], Key=k, Body=bytes(b))";
    on_store(&endpoint, program, &[&changing]);
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

/// The keys of all objects of a bucket.
fn keys(endpoint: &str, bucket: &str) -> Vec<String> {
    let program = "for p in s.get_paginator('list_objects_v2').paginate(Bucket=args[0]):\n    \
        print('\\n'.join(o['Key'] for o in p.get('Contents', [])))";
    on_store(endpoint, program, &[bucket]).lines().filter(|key| !key.is_empty()).map(str::to_owned).collect()
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
    let there: Vec<String> = keys(&endpoint, &ways).into_iter().filter(|key| !key.starts_with("in/")).collect();
    assert!(there.contains(&format!("out/test/{id}/certificate.json")), "{there:?}");
    assert!(there.iter().all(|key| key.starts_with(&format!("out/test/{id}/"))), "nothing else is left: {there:?}");
    kept_secret(&cluster);
    // a stranger takes it from there
    let program = "for k in args[2:]:\n    t = os.path.join(args[1], k)\n    os.makedirs(os.path.dirname(t), \
        exist_ok=True)\n    s.download_file(args[0], k, t)";
    let fetched = project.path("fetched");
    let mut words = vec![ways.as_str(), fetched.to_str().unwrap()];
    words.extend(there.iter().map(String::as_str));
    on_store(&endpoint, program, &words);
    let verified = project.tuomin(&["verify", fetched.join(format!("out/test/{id}")).to_str().unwrap()]);
    assert_eq!(verified.code, 0, "{}", verified.err);
}

#[test]
fn a_killed_driver_leaves_nothing_in_a_store_that_can_be_read() {
    let Some(endpoint) = server("TUOMIN_TEST_STORE") else { return };
    let (project, cluster) = (project(), Cluster::new(2));
    let ways = bucket("killed");
    on_store(&endpoint, "s.create_bucket(Bucket=args[0])", &[&ways]);
    to_bucket(&project, &endpoint, &ways);
    let more = on(&cluster, "120");
    let mut child = run_of(&project, "to.toml", "killed", &told(&more)).stderr(Stdio::null()).spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    let staged = loop {
        let staged: Vec<String> = keys(&endpoint, &ways).into_iter().filter(|key| key.contains("/.staging/")).collect();
        if !staged.is_empty() {
            break staged;
        }
        assert!(child.try_wait().unwrap().is_none() && Instant::now() < end, "nothing came by way of the store");
    };
    child.kill().unwrap();
    child.wait().unwrap();
    let program = "for k in args[1:]:\n    sys.stdout.write(s.get_object(Bucket=args[0], Key=k)['Body'].read().hex())";
    let mut words = vec![ways.as_str()];
    words.extend(staged.iter().map(String::as_str));
    let bytes = hex::decode(on_store(&endpoint, program, &words)).unwrap();
    assert!(bytes.len() > 1000);
    // not even that it is Parquet, or what a column is called
    for what in [&b"PAR1"[..], b"canaryCityA", b"note1", b"amount", ACCESS.as_bytes(), HIDDEN.as_bytes()] {
        assert!(!holds(&bytes, what), "{}", String::from_utf8_lossy(what));
    }
    assert!(release(&project, "killed").is_none(), "nothing was published");
}
