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
