//! The same run on one machine's engine and on clusters of 1, 2 and 4 executors, all on this machine.
//!
//! `cargo bench --profile release --features cluster --bench cluster -- [--rows N]`: makes `residential_electricity` at N
//! rows (4,000,000 unless given) in eight Parquet files, and runs its pipeline; prints seconds of the whole run and of both
//! passes, the driver's peak memory, and the bytes that executors kept for each other, for each row of the source. Executors
//! have one task at a time: beyond the number of cores they only share them.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops when it cannot measure")]

#[path = "../tests/cluster/parts.rs"]
mod parts;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use parts::Cluster;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let rows = arguments.iter().position(|a| a == "--rows").and_then(|at| arguments.get(at + 1));
    let rows: u64 = rows.map_or(4_000_000, |rows| rows.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let pipeline = project(folder.path(), rows);
    println!("{rows} rows × 19 columns in 8 files, {} cores", std::thread::available_parallelism().unwrap());
    println!(
        "{:<12} {:>8} {:>9} {:>9} {:>12} {:>14} {:>14}",
        "executors", "s", "pass 1 s", "pass 2 s", "driver MiB", "pass 1 B/row", "pass 2 B/row"
    );
    let local = measured(&pipeline, folder.path(), None);
    println!(
        "{:<12} {:>8.2} {:>9.2} {:>9.2} {:>12}",
        "none", local.seconds, local.counting, local.treating, local.peak
    );
    for executors in [1, 2, 4] {
        let cluster = Cluster::new(executors);
        let run = measured(&pipeline, folder.path(), Some(&cluster));
        let [one, two] = run.bytes.map(|bytes| bytes as f64 / rows as f64);
        println!(
            "{executors:<12} {:>8.2} {:>9.2} {:>9.2} {:>12} {one:>14.1} {two:>14.1}",
            run.seconds, run.counting, run.treating, run.peak
        );
    }
}

/// What one run took.
struct Took {
    seconds: f64,
    counting: f64,
    treating: f64,
    /// Peak memory of the driver, MiB.
    peak: u64,
    /// Most bytes in the folders of all executors, in each pass.
    bytes: [u64; 2],
}

fn tuomin() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tuomin"))
}

fn project(folder: &Path, rows: u64) -> PathBuf {
    let data = folder.join("data");
    std::fs::create_dir(&data).unwrap();
    for piece in 0..8 {
        let mut sample = tuomin();
        sample.args(["sample", "residential_electricity", "--rows", &(rows / 8).to_string()]);
        sample.args(["--seed", &(2025 + piece).to_string(), "--output"]).arg(data.join(format!("{piece}.parquet")));
        assert!(sample.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success());
    }
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines");
    let text = std::fs::read_to_string(base.join("residential_electricity.toml")).unwrap();
    let text = text
        .replace("../sample_data/residential_electricity.csv", data.to_str().unwrap())
        .replace("encoding = \"gb18030\"\n", "format = \"parquet\"\n")
        .replace("hierarchies/", &format!("{}/hierarchies/", base.display()));
    let pipeline = folder.join("p.toml");
    std::fs::write(&pipeline, text).unwrap();
    pipeline
}

fn measured(pipeline: &Path, folder: &Path, cluster: Option<&Cluster>) -> Took {
    let out = folder.join("out");
    let mut run = tuomin();
    run.args(["run", "--quiet", "--timings"]).arg(pipeline).arg("--out").arg(&out).env("TUOMIN_CONFIG", folder);
    if let Some(cluster) = cluster {
        run.args(["--engine", &cluster.engine(), "--cluster-tls"]).arg(cluster.tls());
    }
    let told = folder.join("timings");
    let started = Instant::now();
    let mut child = run.stdout(Stdio::null()).stderr(std::fs::File::create(&told).unwrap()).spawn().unwrap();
    let (mut before, mut bytes) = (0, [0u64; 2]);
    while child.try_wait().unwrap().is_none() {
        let held = cluster.map_or(0, |cluster| {
            let files = cluster
                .written()
                .into_iter()
                .filter(|file| file.iter().any(|part| part.to_string_lossy().starts_with("work-")));
            files.map(|file| std::fs::metadata(file).map_or(0, |data| data.len())).sum()
        });
        // results of the first pass may still be there in the second
        let treating = std::fs::read_dir(out.join("residential-electricity-2025")).is_ok_and(|mut folders| {
            folders.any(|folder| folder.is_ok_and(|folder| folder.path().join(".attempt-1").is_dir()))
        });
        match treating {
            false => {
                bytes[0] = bytes[0].max(held);
                before = held;
            }
            true => bytes[1] = bytes[1].max(held.saturating_sub(before)),
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(child.wait().unwrap().success(), "{}", std::fs::read_to_string(&told).unwrap());
    let seconds = started.elapsed().as_secs_f64();
    let told = std::fs::read_to_string(&told).unwrap();
    let line = |stage: &str| {
        told.lines().find(|line| line.ends_with(stage)).map(|line| line.split_whitespace().collect::<Vec<_>>())
    };
    let of = |stage: &str| line(stage).map_or(0.0, |words| words[0].parse::<f64>().unwrap());
    let peak = told.lines().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        (words.get(3) == Some(&"MiB")).then(|| words[2].parse().unwrap())
    });
    let took = Took {
        seconds,
        counting: of("counting combinations"),
        treating: of("treating and scattering rows") + of("writing shuffled rows"),
        peak: peak.max().unwrap_or(0),
        bytes,
    };
    std::fs::remove_dir_all(&out).unwrap();
    took
}
