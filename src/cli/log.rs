//! Log events of a run on stderr, as text or as JSON lines.
//!
//! Only this program's own events are shown: those of libraries could quote statements, places or cells.

use tracing::Level;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, Registry, fmt};

use crate::error::{Error, Result};

/// The environment variable that has the level.
pub const LEVEL: &str = "TUOMIN_LOG";

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    Text,
    Json,
}

fn level(text: &str) -> Result<LevelFilter> {
    Ok(match text.trim().to_ascii_lowercase().as_str() {
        "off" => LevelFilter::OFF,
        "error" => Level::ERROR.into(),
        "warn" => Level::WARN.into(),
        "info" => Level::INFO.into(),
        "debug" => Level::DEBUG.into(),
        "trace" => Level::TRACE.into(),
        _ => {
            return Err(Error::Usage {
                message: format!("`{LEVEL}` is no level"),
                help: Some("it can be off, error, warn, info, debug or trace".into()),
            });
        }
    })
}

/// Begins to log. Without a form and without a level in the environment there is no log; a form alone logs from `info`
/// on, a level alone logs text.
///
/// # Errors
/// [`Error::Usage`] for a level that is none.
pub fn begin(form: Option<Form>) -> Result<()> {
    let asked = std::env::var(LEVEL).ok().filter(|text| !text.trim().is_empty());
    let level = match (&asked, form) {
        (Some(asked), _) => level(asked)?,
        (None, Some(_)) => Level::INFO.into(),
        (None, None) => return Ok(()),
    };
    let own = Targets::new().with_target("tuomin", level);
    let lines = fmt::layer().with_writer(std::io::stderr).with_ansi(false).with_target(false);
    let set = match form {
        Some(Form::Json) => {
            let lines = lines.json().flatten_event(true).with_current_span(false).with_span_list(false);
            tracing::subscriber::set_global_default(Registry::default().with(lines.with_filter(own)))
        }
        Some(Form::Text) | None => {
            tracing::subscriber::set_global_default(Registry::default().with(lines.with_filter(own)))
        }
    };
    set.map_err(|_| Error::Internal("logging began twice".into()))
}
