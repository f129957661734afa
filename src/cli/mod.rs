//! The command line: one file per verb. Results go to stdout, talk to stderr.

mod account;
mod attacks;
mod catalog;
mod certify;
mod cluster;
mod counting;
mod deliver;
mod earlier;
mod engine;
mod evidence;
#[cfg(all(test, feature = "hsm"))]
mod hsm;
mod init;
mod keys;
mod ledger;
mod limits;
mod lineage;
mod log;
mod meaning;
mod metrics;
mod models;
#[cfg(feature = "otlp")]
mod otlp;
mod plan;
mod post;
mod prepare;
mod progress;
mod recode;
mod report;
mod risk;
mod run;
mod runs;
mod sample;
mod signals;
mod standing;
mod verify;

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::error::{Error, Result};
use crate::release::approve::approve_release;
use crate::release::keys::SigningPair;
use crate::release::keystore;
use ledger::Ledgers;
use meaning::Meaning;

/// Turns a sensitive table into one that may be traded, and proves it
#[derive(Parser)]
#[command(name = "tuomin", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Run(Box<runs::Arguments>),
    /// Show what a run would do and what it would cost, without writing anything
    Plan {
        /// The pipeline file
        pipeline: PathBuf,
        #[command(flatten)]
        meaning: Meaning,
        /// Print the plan as JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Check a pipeline file and what it names, without opening data
    Check {
        /// The pipeline file
        pipeline: PathBuf,
        #[command(flatten)]
        meaning: Meaning,
    },
    /// Print the JSON Schema of a file
    Schema {
        /// Of which file
        #[arg(value_enum, default_value_t = Described::Pipeline)]
        of: Described,
    },
    /// Check that a release is what its certificate says
    Verify {
        /// The folder of a release, its data files in a folder of their own, or its only Parquet file
        release: PathBuf,
        #[command(flatten)]
        signers: verify::Signers,
        /// The ledger that must know the release
        #[arg(long)]
        ledger: Option<PathBuf>,
        /// Print the result as JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Verify a release and sign its certificate too
    Approve {
        /// The folder of a release
        release: PathBuf,
        /// The key that signs: a file, `env:NAME` or `pkcs11:…`
        #[arg(long)]
        key: String,
        /// The producer's public key in PEM; without it the local key is trusted
        #[arg(long)]
        trusted: Option<PathBuf>,
        /// The recipient's key of encrypted files: a file or `env:NAME` with 64 hex digits
        #[arg(long)]
        decryption_key: Option<String>,
        /// Print the result as JSON, for programs
        #[arg(long)]
        json: bool,
    },
    Report(report::Arguments),
    Init(init::Arguments),
    Risk(risk::Arguments),
    /// Keep signing keys
    #[command(subcommand)]
    Keys(Keys),
    #[command(subcommand)]
    Ledger(Ledgers),
    #[command(subcommand)]
    Cluster(cluster::Parts),
    /// Write synthetic data that look like the real thing
    Sample {
        /// Which table
        #[arg(value_parser = clap::builder::PossibleValuesParser::new(crate::sample::NAMES))]
        name: String,
        /// How many records
        #[arg(long)]
        rows: u64,
        /// The same seed gives the same records
        #[arg(long, default_value_t = 2025)]
        seed: u64,
        /// Where to write: `.parquet`, or `.csv`
        #[arg(long)]
        output: PathBuf,
        /// Encoding of a CSV file
        #[arg(long, default_value = "utf-8", value_parser = ["utf-8", "gb18030"])]
        encoding: String,
    },
    /// Print the completion script of a shell
    Completions {
        shell: clap_complete::Shell,
    },
    /// Write the manual pages
    Man {
        /// The folder to write them in, such as `/usr/local/share/man/man1`
        #[arg(long)]
        out: PathBuf,
    },
}

/// A file that has a JSON Schema.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Described {
    /// The pipeline file
    Pipeline,
    /// `report.json`
    Report,
    /// What `certificate.json` states
    Certificate,
}

#[derive(Subcommand)]
enum Keys {
    /// Make a signing pair: NAME.pem, private, and NAME.pub.pem, for whoever verifies
    New {
        /// Path and name without an ending
        name: PathBuf,
        /// How signatures are made
        #[arg(long, default_value = "ed25519", value_parser = ["ed25519", "sm2"])]
        algorithm: String,
        /// Who signs, for SM2; 1234567812345678 unless it is given
        #[arg(long)]
        user_id: Option<String>,
    },
}

/// Runs the program and gives its exit code: see [`Error::exit_code`].
pub fn run() -> ExitCode {
    // a panic may hold a cell in its message: only its place is told
    std::panic::set_hook(Box::new(|panic| {
        let own = panic.location().is_none_or(|place| place.file().starts_with("src/"));
        if !own && crate::source::decodes() {
            return;
        }
        let place = panic.location().map(|place| format!(" at {}:{}", place.file(), place.line()));
        let _ = writeln!(std::io::stderr(), "error: internal error{}", place.unwrap_or_default());
    }));
    let cli = Cli::parse();
    if let Verb::Run(arguments) = &cli.verb {
        arguments.limits.before_threads();
    }
    signals::watch();
    let result = std::panic::catch_unwind(|| match cli.verb {
        Verb::Run(arguments) => runs::run(&arguments),
        verb => {
            let text = does(verb)?;
            print(&text).map_err(|error| Error::environment("stdout", "could not print the result", error)).map(|()| 0)
        }
    });
    let result = result.unwrap_or_else(|_| Err(Error::Internal("a part of the program panicked".into())));
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            show(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

/// An error, to stderr.
fn show(error: &Error) {
    let _ = write!(std::io::stderr(), "{}", error.render(std::io::stderr().is_terminal()));
}

/// Results, to stdout.
fn print(text: &str) -> std::io::Result<()> {
    std::io::stdout().write_all(text.as_bytes())
}

/// Talk, to stderr.
fn tell(text: &str) {
    let _ = write!(std::io::stderr(), "{text}");
}

fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string_pretty(value).map(|text| text + "\n").map_err(|error| Error::Internal(error.to_string()))
}

/// Does what was asked and gives the text for stdout.
fn does(verb: Verb) -> Result<String> {
    match verb {
        Verb::Run(_) => Err(Error::internal("a run is not begun here")),
        Verb::Plan { pipeline, meaning, json: as_json } => {
            let plan = plan::plan(&pipeline, &meaning)?;
            if as_json { json(&plan) } else { Ok(plan.to_string()) }
        }
        Verb::Check { pipeline, meaning } => {
            let prepared = prepare::read(&pipeline, &meaning)?;
            Ok(format!("{}: {} columns, nothing to complain of\n", pipeline.display(), prepared.pipeline.columns.len()))
        }
        Verb::Schema { of } => json(&match of {
            Described::Pipeline => crate::spec::schema().clone(),
            Described::Report => crate::report::schema(),
            Described::Certificate => crate::release::certificate::schema(),
        }),
        Verb::Approve { release, key, trusted, decryption_key, json: as_json } => {
            let pair = keystore::signing_from(&key)?;
            let producer = trusted.into_iter().collect();
            let signers = verify::Signers { key: producer, threshold: 1, decryption_key, ..Default::default() };
            if !verify::verify_signed(&release, &signers, None)?.values {
                return Err(Error::Usage {
                    message: "the files are encrypted: what was not read cannot be approved".into(),
                    help: Some("give the recipient's key with `--decryption-key`".into()),
                });
            }
            let approved = approve_release(&release, &pair, &certify::now())?;
            match as_json {
                true => json(&approved),
                false => Ok(format!("approved by {}, {} signatures\n", approved.key, approved.signatures)),
            }
        }
        Verb::Verify { release, signers, ledger, json: as_json } => {
            let verified = verify::verify_signed(&release, &signers, ledger.as_deref());
            if let (true, Err(Error::Verification(wrong))) = (as_json, &verified) {
                let _ = print(&json(&verify::Failed { verified: false, wrong })?);
            }
            if as_json { json(&verified?) } else { Ok(verified?.to_string()) }
        }
        Verb::Report(arguments) => report::report(&arguments),
        Verb::Init(arguments) => {
            let told = init::init(&arguments)?;
            if arguments.json { json(&told) } else { Ok(told.to_string()) }
        }
        Verb::Risk(risk::Arguments {
            release: Some(release),
            source: Some(pipeline),
            key,
            meaning,
            json: as_json,
            ..
        }) => {
            let attacked = risk::attack(&release, &pipeline, &meaning, key.as_deref())?;
            let told = if as_json { json(&attacked)? } else { attacked.to_string() };
            match attacked.refusal {
                None => Ok(told),
                Some(refusal) => {
                    let _ = print(&told);
                    Err(Error::Refused(refusal))
                }
            }
        }
        Verb::Risk(arguments) => {
            let measured = risk::risk(&arguments)?;
            if arguments.json { json(&measured) } else { Ok(measured.to_string()) }
        }
        Verb::Keys(Keys::New { name, algorithm, user_id }) => {
            let with = |ending: &str| PathBuf::from(format!("{}{ending}", name.display()));
            let (private, public) = (with(".pem"), with(".pub.pem"));
            let mut draws = crate::secret::stream(&prepare::random_secret()?, "signing key", 0);
            let pair = match (algorithm.as_str(), user_id) {
                ("sm2", user_id) => SigningPair::generate_sm2(&mut draws, user_id.as_deref())?,
                (_, None) => SigningPair::generate(&mut draws),
                (_, Some(_)) => {
                    return Err(Error::Usage { message: "only SM2 keys have a user id".into(), help: None });
                }
            };
            keystore::write_pair(&pair, &private, &public)?;
            Ok(format!("{}\n{}\nkey id {}\n", private.display(), public.display(), pair.public().id()?))
        }
        Verb::Ledger(asked) => ledger::ledger(&asked),
        Verb::Cluster(parts) => cluster::run(parts),
        Verb::Sample { name, rows, seed, output, encoding } => sample::sample(&name, rows, seed, &output, &encoding),
        Verb::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "tuomin", &mut script);
            Ok(String::from_utf8_lossy(&script).into_owned())
        }
        Verb::Man { out } => {
            let failed = |error| Error::environment(&out, "could not write the manual pages", error);
            std::fs::create_dir_all(&out).map_err(failed)?;
            clap_mangen::generate_to(Cli::command(), &out).map_err(failed)?;
            Ok(format!("{}\n", out.display()))
        }
    }
}
