//! `tuomin report`: the report of a release in another form.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use crate::error::{Error, Place, Result};
use crate::release::staging::owners_only;
use crate::report::{self, Lang, ReportData};

/// Show the report of a release or of a refusal, as Markdown, HTML, JSON or PDF
#[derive(clap::Args)]
pub struct Arguments {
    /// The folder of a release or of a refusal
    release: PathBuf,
    /// In which form
    #[arg(long, value_enum, default_value_t = Format::Md)]
    format: Format,
    /// In which language; a page has both, and opens in this one
    #[arg(long, value_enum, default_value_t = Language::Zh)]
    lang: Language,
    /// Where to write instead of stdout; a PDF needs it
    #[arg(long)]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Html,
    Json,
    Md,
    Pdf,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Language {
    Zh,
    En,
}

/// Reads `report.json` and gives the text for stdout: the report, or the place where it was written.
///
/// # Errors
/// [`Error::Environment`] for files and for a browser that is missing or fails; [`Error::Input`] for a `report.json`
/// that is none; [`Error::Usage`] for a PDF without a place.
pub fn report(arguments: &Arguments) -> Result<String> {
    let (json, data) = read(&arguments.release.join("report.json"))?;
    let lang = match arguments.lang {
        Language::Zh => Lang::Zh,
        Language::En => Lang::En,
    };
    let text = match arguments.format {
        Format::Html | Format::Pdf => report::to_html_in(&data, lang)?,
        Format::Json => json,
        Format::Md => report::to_markdown(&data, lang)?,
    };
    let Some(output) = &arguments.output else {
        return match arguments.format {
            Format::Pdf => Err(Error::Usage {
                message: "a PDF is not written to the terminal".into(),
                help: Some("say where with `--output`".into()),
            }),
            _ => Ok(text),
        };
    };
    match arguments.format {
        Format::Pdf => print(&text, output)?,
        _ => std::fs::write(output, text).map_err(|source| failed("could not write the report", output, source))?,
    }
    Ok(format!("{}\n", output.display()))
}

/// The text as it is, and what it says.
fn read(path: &Path) -> Result<(String, ReportData)> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| failed("could not read the report of the release", path, source))?;
    let data = serde_json::from_str(&text).map_err(|_| Error::Input {
        message: "this is not a report of tuomin".into(),
        place: Some(Place { path: Some(path.into()), ..Place::default() }),
        help: None,
    })?;
    Ok((text, data))
}

fn failed(message: &str, path: &Path, source: std::io::Error) -> Error {
    Error::Environment { message: message.into(), path: Some(path.into()), source: Some(source), help: None }
}

/// Prints a page to a PDF with a headless browser that has a profile of its own and no network.
fn print(page: &str, output: &Path) -> Result<()> {
    let browser = browser()?;
    let wrong = |message: String| Error::Environment { message, path: Some(browser.clone()), source: None, help: None };
    let folder = private_folder()?;
    let printed = (|| {
        let (html, pdf) = (folder.join("report.html"), folder.join("report.pdf"));
        std::fs::write(&html, page).map_err(|source| failed("could not write the page", &html, source))?;
        let mut status = run(&browser, &folder, &html, &pdf, &[])?;
        if !pdf.is_file() {
            // root, and some containers, have no sandbox; the page is ours and runs no script
            status = run(&browser, &folder, &html, &pdf, &["--no-sandbox"])?;
        }
        match pdf.is_file() {
            true => std::fs::copy(&pdf, output).map_err(|source| failed("could not write the PDF", output, source)),
            false => Err(wrong(format!("the browser made no PDF, {status}"))),
        }
    })();
    // what is left in a temporary folder is a report that was published anyway
    drop(std::fs::remove_dir_all(&folder));
    printed.map(drop)
}

fn run(browser: &Path, folder: &Path, html: &Path, pdf: &Path, more: &[&str]) -> Result<ExitStatus> {
    let mut command = Command::new(browser);
    command.args(["--headless", "--disable-gpu", "--no-first-run", "--no-pdf-header-footer"]).args(more);
    command.args(["--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND"]);
    command.arg(format!("--user-data-dir={}", folder.join("profile").display()));
    command.arg(format!("--print-to-pdf={}", pdf.display())).arg(html);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().map_err(|source| failed("could not start the browser", browser, source))
}

/// The browser that `$CHROMIUM` names, or the first on `PATH`.
fn browser() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        return Ok(named.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
    let found = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    found.into_iter().find(|file| file.is_file()).ok_or_else(|| Error::Environment {
        message: "there is no Chromium to print a PDF with".into(),
        path: None,
        source: None,
        help: Some("install `chromium`, name one in `CHROMIUM`, or print the page from any browser".into()),
    })
}

/// A new folder that only this user reads.
fn private_folder() -> Result<PathBuf> {
    let random = super::prepare::random_secret()?;
    let folder = std::env::temp_dir().join(format!("tuomin-report-{}", hex::encode(&random.expose()[..8])));
    owners_only().create(&folder).map_err(|source| failed("could not make a temporary folder", &folder, source))?;
    Ok(folder)
}
