//! The binary: see [`tuomin::cli`].

fn main() -> std::process::ExitCode {
    tuomin::cli::run()
}
