//! A certified run against a plain Polars streaming copy of the same data, one table.
//!
//! `cargo bench --bench end_to_end -- [--rows N] [--pieces P] [--csv] [--rounds R] [--keep FOLDER]`: makes
//! `residential_electricity` at N rows (1,000,000 unless given) in P files (one), as Parquet, copies it, runs its pipeline
//! on it and verifies the release; prints rows/s, the ratio to the copy and the peak memory of each process. With `--csv`
//! the run reads CSV in GB18030, and the copy the same CSV in UTF-8. Each is measured three times, or R times, in turns;
//! the median counts. Of the run it prints what its attacks take, which must be no more than all else. `--keep` keeps the
//! data, to be used again.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops when it cannot measure")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use polars::prelude::*;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|a| a == "copy") {
        return copy(&arguments[at + 1], &arguments[at + 2]);
    }
    let value = |name: &str| arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1)).cloned();
    let rows: u64 = value("--rows").map_or(1_000_000, |rows| rows.parse().unwrap());
    let rounds: usize = value("--rounds").map_or(3, |rounds| rounds.parse().unwrap());
    let pieces: u64 = value("--pieces").map_or(1, |pieces| pieces.parse().unwrap());
    let csv = arguments.iter().any(|argument| argument == "--csv");
    let folder = tempfile::tempdir().unwrap();
    let data = value("--keep").map_or_else(|| folder.path().join("data"), PathBuf::from);
    let (source, copied_from) = sample(&data, rows / pieces, pieces, csv);
    let pipeline = pipeline(&source, csv, folder.path());
    let mut took: [Vec<(f64, u64)>; 3] = Default::default();
    let mut attacks: Vec<f64> = Vec::new();
    for _ in 0..rounds {
        let copied = folder.path().join("copy.parquet");
        took[0]
            .push(measured(Command::new(std::env::current_exe().unwrap()).arg("copy").arg(&copied_from).arg(&copied)));
        std::fs::remove_file(&copied).unwrap();
        let out = folder.path().join("out");
        let tuomin = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_tuomin"));
            command.env("TUOMIN_CONFIG", folder.path());
            command
        };
        let told = folder.path().join("timings");
        let stderr = std::fs::File::create(&told).unwrap();
        let mut run = tuomin();
        run.args(["run", "--timings"]).arg(&pipeline).arg("--out").arg(&out).stderr(stderr);
        took[1].push(measured(&mut run));
        attacks.push(of_attacks(&std::fs::read_to_string(&told).unwrap()));
        let release = std::fs::read_dir(out.join("residential-electricity-2025")).unwrap();
        let release = release.map(|entry| entry.unwrap().path()).find(|path| path.is_dir()).unwrap();
        took[2].push(measured(tuomin().arg("verify").arg(&release)));
        std::fs::remove_dir_all(&out).unwrap();
    }
    let form = if csv { "CSV" } else { "Parquet" };
    println!("{rows} rows × 19 columns, {:.0} MB {form} in {pieces} files, median of {rounds}", megabytes(&source));
    println!("{:<22} {:>8} {:>12} {:>8} {:>10}", "", "s", "rows/s", "ratio", "peak MiB");
    let median = |runs: &mut Vec<(f64, u64)>| {
        runs.sort_by(|a, b| a.0.total_cmp(&b.0));
        (runs[rounds / 2].0, runs.iter().map(|run| run.1).max().unwrap())
    };
    let all = took.each_mut().map(median);
    for (name, (seconds, peak)) in ["Polars copy", "tuomin run", "tuomin verify"].iter().zip(all) {
        let ratio = seconds / all[0].0;
        println!("{name:<22} {seconds:>8.2} {:>12.0} {ratio:>8.2} {peak:>10}", rows as f64 / seconds);
    }
    attacks.sort_by(f64::total_cmp);
    let (attacks, run) = (attacks[rounds / 2], all[1].0);
    println!("{:<22} {attacks:>8.2} {:>12} {:>8.2}", "  attacks of the run", "", attacks / all[0].0);
    assert!(attacks <= run - attacks, "the attacks take longer than the run without them");
}

/// Seconds that the attacks took, from the table of times of a run.
fn of_attacks(timings: &str) -> f64 {
    let parts = ["preparing attacks", "attacks, for each thread", "judging the attacks"];
    let seconds = |part: &str| {
        let line = timings.lines().find(|line| line.ends_with(part)).unwrap();
        line.split_whitespace().next().unwrap().parse::<f64>().unwrap()
    };
    parts.into_iter().map(seconds).sum()
}

fn megabytes(folder: &Path) -> f64 {
    std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum::<u64>() as f64 / 1e6
}

/// The folders that the run and the copy read, made where they are not there.
fn sample(data: &Path, rows: u64, pieces: u64, csv: bool) -> (PathBuf, PathBuf) {
    let ending = if csv { "csv" } else { "parquet" };
    let (source, copied) = (data.join(ending), data.join(if csv { "utf8" } else { ending }));
    for folder in [&source, &copied] {
        std::fs::create_dir_all(folder).unwrap();
    }
    for piece in 0..pieces {
        let path = source.join(format!("{piece:03}.{ending}"));
        if path.exists() {
            continue;
        }
        let mut sample = Command::new(env!("CARGO_BIN_EXE_tuomin"));
        sample.args(["sample", "residential_electricity", "--rows", &rows.to_string()]);
        sample.args(["--seed", &(2025 + piece).to_string(), "--output"]).arg(&path);
        if csv {
            sample.args(["--encoding", "gb18030"]);
        }
        assert!(sample.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success());
        if csv {
            in_utf8(&path, &copied.join(format!("{piece:03}.csv")));
        }
    }
    (source, copied)
}

/// Writes GB18030 as UTF-8.
fn in_utf8(from: &Path, to: &Path) {
    use std::io::{Read, Write};
    let (mut from, mut to) = (std::fs::File::open(from).unwrap(), std::fs::File::create(to).unwrap());
    let mut decoder = encoding_rs::GB18030.new_decoder_without_bom_handling();
    let (mut bytes, mut text) = (vec![0; 1 << 20], String::new());
    loop {
        let read = from.read(&mut bytes).unwrap();
        text.clear();
        text.reserve(decoder.max_utf8_buffer_length(read).unwrap());
        let (result, ..) = decoder.decode_to_string(&bytes[..read], &mut text, read == 0);
        assert_eq!(result, encoding_rs::CoderResult::InputEmpty);
        to.write_all(text.as_bytes()).unwrap();
        if read == 0 {
            return;
        }
    }
}

/// The committed pipeline, on this source.
fn pipeline(source: &Path, csv: bool, folder: &Path) -> PathBuf {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines");
    let text = std::fs::read_to_string(base.join("residential_electricity.toml")).unwrap();
    let encoding = if csv { "format = \"csv\"\nencoding = \"gb18030\"\n" } else { "format = \"parquet\"\n" };
    let text = text
        .replace("../sample_data/residential_electricity.csv", source.to_str().unwrap())
        .replace("encoding = \"gb18030\"\n", encoding)
        .replace("\"hierarchies/", &format!("\"{}/hierarchies/", base.display()));
    let path = folder.join("pipeline.toml");
    std::fs::write(&path, text).unwrap();
    path
}

/// Seconds and peak memory in MiB of a process that must succeed.
fn measured(command: &mut Command) -> (f64, u64) {
    let start = Instant::now();
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let done = loop {
        if let Some(done) = child.try_wait().unwrap() {
            break done;
        }
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
        peak = peak.max(kib.unwrap_or(0) >> 10);
        std::thread::sleep(std::time::Duration::from_millis(20));
    };
    assert!(done.success());
    (start.elapsed().as_secs_f64(), peak)
}

/// Reads and writes every column, zstd 3, in Polars' streaming engine.
fn copy(from: &str, to: &str) {
    let level = polars::polars_utils::compression::ZstdLevel::try_new(3).unwrap();
    let options = ParquetWriteOptions {
        compression: ParquetCompression::Zstd(Some(level)),
        row_group_size: Some(250_000),
        ..Default::default()
    };
    let all = |ending: &str| PlRefPath::new(format!("{from}/*.{ending}").as_str());
    let frame = match Path::new(from).ends_with("parquet") {
        true => LazyFrame::scan_parquet(all("parquet"), Default::default()),
        false => LazyCsvReader::new(all("csv")).finish(),
    };
    frame
        .unwrap()
        .sink(
            SinkDestination::File { target: SinkTarget::Path(PlRefPath::new(to)) },
            FileWriteFormat::Parquet(Arc::new(options)),
            UnifiedSinkArgs::default(),
        )
        .unwrap()
        .collect_with_engine(Engine::Streaming)
        .unwrap();
}
