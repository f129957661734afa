//! `tuomin ledger`: what was released, refused, approved and removed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::error::{Error, Result};
use crate::release::ledger::{Entry, Event, LEDGER, verify_chain};

/// The chain of releases and refusals
#[derive(clap::Subcommand)]
pub enum Ledgers {
    /// Check the whole chain
    Verify(Which),
    /// List the entries, after the chain is checked
    List {
        #[command(flatten)]
        which: Which,
        /// Only those of this name
        #[arg(long)]
        name: Option<String>,
    },
    /// Show all entries about one release
    Show {
        #[command(flatten)]
        which: Which,
        /// The id of the release
        release: String,
    },
}

#[derive(clap::Args)]
pub struct Which {
    /// The ledger, or the folder that it is in
    ledger: PathBuf,
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
}

impl Which {
    fn read(&self) -> Result<Vec<Entry>> {
        let path = if self.ledger.is_dir() { self.ledger.join(LEDGER) } else { self.ledger.clone() };
        verify_chain(Path::new(&path))
    }
}

/// Does what was asked and gives the text for stdout.
///
/// # Errors
/// The ledger cannot be read; its chain is broken; it has no such release.
pub fn ledger(asked: &Ledgers) -> Result<String> {
    match asked {
        Ledgers::Verify(which) => {
            let entries = which.read()?;
            match which.json {
                true => super::json(&json!({ "verified": true, "entries": entries.len() })),
                false => Ok(format!("{} entries, the chain holds\n", entries.len())),
            }
        }
        Ledgers::List { which, name } => {
            let all = which.read()?;
            let listed = all.iter().filter(|entry| name.as_ref().is_none_or(|name| about(&entry.event).1 == name));
            told(which, &listed.collect::<Vec<_>>(), &all)
        }
        Ledgers::Show { which, release } => {
            let all = which.read()?;
            let listed: Vec<&Entry> = all.iter().filter(|entry| about(&entry.event).0 == release).collect();
            if listed.is_empty() {
                return Err(
                    Error::usage("the ledger has no such release").with_help("`tuomin ledger list` has the ids")
                );
            }
            told(which, &listed, &all)
        }
    }
}

/// Id and name of the release that an event is about.
fn about(event: &Event) -> (&str, &str) {
    match event {
        Event::Released { release, name, .. }
        | Event::Refused { release, name, .. }
        | Event::Approved { release, name, .. }
        | Event::Pruned { release, name } => (release, name),
    }
}

/// The release that has superseded this one.
fn by<'a>(all: &'a [Entry], id: &str) -> Option<&'a str> {
    all.iter().find_map(|entry| match &entry.event {
        Event::Released { release, origin: Some(origin), .. } if origin.supersedes.as_deref() == Some(id) => {
            Some(release.as_str())
        }
        _ => None,
    })
}

fn told(which: &Which, entries: &[&Entry], all: &[Entry]) -> Result<String> {
    if which.json {
        return super::json(&entries);
    }
    let mut text = String::new();
    for entry in entries {
        let (id, name) = about(&entry.event);
        let what = match &entry.event {
            Event::Released { origin, .. } => {
                let period = origin.as_ref().and_then(|origin| origin.period.as_ref());
                let before = origin.as_ref().and_then(|origin| origin.supersedes.as_ref());
                let mut what = "released".to_owned();
                what += &period.map_or_else(String::new, |period| format!(" for {period}"));
                what += &before.map_or_else(String::new, |before| format!(", supersedes {before}"));
                what + &by(all, id).map_or_else(String::new, |after| format!(", superseded by {after}"))
            }
            Event::Refused { reasons, .. } => {
                let reasons: Vec<&str> = reasons.iter().map(|reason| reason.condition.as_str()).collect();
                format!("refused: {}", reasons.join(", "))
            }
            Event::Approved { key, .. } => format!("approved by {}", crate::release::certificate::short(key)),
            Event::Pruned { .. } => "data removed".to_owned(),
        };
        let line = format!("{:>5}  {}  {id}  {name}  {what}", entry.seq, entry.at);
        let _ = writeln!(text, "{}", line.replace(char::is_control, "?"));
    }
    Ok(text)
}
