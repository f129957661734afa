//! A cluster of processes on loopback: a scheduler and executors, of the built binary.
#![allow(dead_code, reason = "a bench uses less of it than the tests")]

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Its processes end with it.
pub struct Cluster {
    folder: tempfile::TempDir,
    scheduler: Child,
    pub port: u16,
    pub executors: Vec<Executor>,
}

/// One executor, and what it takes to start it again.
pub struct Executor {
    pub child: Child,
    pub work: PathBuf,
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn tuomin() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tuomin"))
}

impl Cluster {
    pub fn new(executors: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = tuomin()
            .args(["cluster", "certificates", "127.0.0.1,localhost", "--out"])
            .arg(folder.path().join("tls"))
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let port = free_port();
        let log = fs::File::create(folder.path().join("scheduler.log")).unwrap();
        let scheduler = tuomin()
            .args(["cluster", "scheduler", "--log", "text", "--bind", &format!("127.0.0.1:{port}"), "--tls"])
            .arg(folder.path().join("tls/127.0.0.1"))
            .env("TUOMIN_LOG", "trace")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut cluster = Self { folder, scheduler, port, executors: Vec::new() };
        let end = Instant::now() + Duration::from_secs(20);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < end, "the scheduler did not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        for number in 0..executors {
            let work = cluster.path(&format!("work-{number}"));
            cluster.start(work);
        }
        cluster
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn tls(&self) -> PathBuf {
        self.path("tls/127.0.0.1")
    }

    pub fn engine(&self) -> String {
        format!("ballista://127.0.0.1:{}", self.port)
    }

    /// Starts an executor that keeps its results in this folder.
    pub fn start(&mut self, work: PathBuf) {
        self.start_with(work, &[]);
    }

    /// As [`Self::start`], with more words of the command line.
    pub fn start_with(&mut self, work: PathBuf, more: &[&str]) {
        let log = fs::File::options().create(true).append(true).open(self.log(&work)).unwrap();
        let child = tuomin()
            .args(["cluster", "executor", "--log", "text", "--slots", "1", "--patience", "4", "--memory", "1GiB"])
            .args(["--scheduler", &format!("127.0.0.1:{}", self.port)])
            .args(["--bind", &format!("127.0.0.1:{}", free_port())])
            .arg("--tls")
            .arg(self.tls())
            .arg("--work")
            .arg(&work)
            .args(more)
            .env("TUOMIN_LOG", "trace")
            .env("POLARS_MAX_THREADS", "1")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.executors.push(Executor { child, work });
    }

    /// What the executor of this folder writes to stderr.
    fn log(&self, work: &Path) -> PathBuf {
        self.path(&format!("{}.log", work.file_name().unwrap().to_string_lossy()))
    }

    /// The exit code of an executor that ends by itself, and what it wrote to stderr.
    pub fn ended(&mut self, number: usize) -> (Option<i32>, String) {
        let end = Instant::now() + Duration::from_secs(20);
        let executor = &mut self.executors[number];
        let code = loop {
            match executor.child.try_wait().unwrap() {
                Some(status) => break status.code(),
                None => assert!(Instant::now() < end, "the executor does not end"),
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        let log = fs::read_to_string(self.log(&self.executors[number].work)).unwrap();
        (code, log)
    }

    /// Ends an executor as a crash would, and gives its folder.
    pub fn kill(&mut self, number: usize) -> PathBuf {
        let mut executor = self.executors.remove(number);
        executor.child.kill().unwrap();
        executor.child.wait().unwrap();
        executor.work
    }

    /// Ends the scheduler as a crash would.
    pub fn lose_scheduler(&mut self) {
        self.scheduler.kill().unwrap();
        self.scheduler.wait().unwrap();
    }

    /// Everything that the parts have written: logs and results of stages.
    pub fn written(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        walk(self.folder.path(), &mut files);
        files.retain(|file| !file.starts_with(self.path("tls")));
        files
    }
}

/// All files below a folder.
pub fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { walk(&path, files) } else { files.push(path) }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for child in self.executors.iter_mut().map(|executor| &mut executor.child).chain([&mut self.scheduler]) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
