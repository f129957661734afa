//! The text of a draft.

use std::fmt::Write as _;

use super::{Bands, Draft, DraftColumn, Proposed};
use crate::spec::pipeline::{Book, Encoding, PLACEHOLDER, Role, SheetName, SourceFormat};

/// See [`Draft::text`].
pub(super) fn text(draft: &Draft) -> String {
    let mut text = String::new();
    // writing into a text in memory cannot fail
    let _ = head(&mut text, draft);
    for column in draft.columns.iter().filter(|column| !column.header.trim().is_empty()) {
        let _ = section(&mut text, draft, column);
    }
    if draft.columns.iter().any(|column| column.header.trim().is_empty()) {
        text += "\n# A column has no name. It is not declared here, so it is dropped.\n";
    }
    text
}

fn head(text: &mut String, draft: &Draft) -> std::fmt::Result {
    writeln!(
        text,
        "# Drafted by `tuomin init`. Read it line by line before a run: a draft knows the data, not their meaning."
    )?;
    for note in &draft.notes {
        comment(text, note)?;
    }
    let (rules, why, least) = match draft.health {
        true => ("cn-health-39725-2020", "health data: dates as years, no public release", 5),
        false => ("cn-gbt42460-2023", "thresholds, each with its source", 3),
    };
    writeln!(text, "\nname    = {}", quoted(&name(&draft.name)))?;
    writeln!(text, "purpose = \"trade\"          # share 共享, open 开放 or trade 交易")?;
    writeln!(text, "claim   = \"anonymized\"     # 匿名化; `deidentified` would be the weaker claim")?;
    writeln!(text, "rules   = {} # {why}", quoted(rules))?;
    writeln!(text, "context = \"controlled\"     # public 完全公开, controlled 受控公开 or enclave 领地公开")?;
    writeln!(text, "\n# Articles 7 and 10: what is not declared is not released. FILL IN all four before a run.")?;
    writeln!(text, "[declaration]")?;
    for (key, what) in [
        ("source_basis", "on what lawful ground the data were obtained 数据来源依据"),
        ("provider    ", "who provides the release 提供方"),
        ("recipient   ", "who receives it 接收方"),
        ("use         ", "what the recipient may use it for 用途"),
    ] {
        writeln!(text, "{key} = \"{PLACEHOLDER}: {what}\"")?;
    }
    comment(
        text,
        "To share or to open the data, `[catalog]` is needed too (article 10): `tuomin schema` lists its keys.",
    )?;
    writeln!(text, "\n[source]\npath    = {}", quoted(&draft.path))?;
    if let SourceFormat::Csv { delimiter, encoding } = &draft.format {
        let word = match encoding {
            Encoding::Utf8 => "utf-8",
            Encoding::Gb18030 => "gb18030",
            Encoding::Gbk => "gbk",
        };
        writeln!(text, "format  = \"csv\"\nencoding = {}", quoted(word))?;
        if *delimiter != b',' {
            writeln!(text, "delimiter = {}", quoted(&char::from(*delimiter).to_string()))?;
        }
    }
    match &draft.format {
        SourceFormat::Csv { .. } => {}
        SourceFormat::Parquet => writeln!(text, "format  = \"parquet\"")?,
        SourceFormat::Hive => writeln!(text, "format  = \"parquet\"\nhive    = true")?,
        SourceFormat::Ndjson => writeln!(text, "format  = \"ndjson\"")?,
        SourceFormat::Ipc => writeln!(text, "format  = \"ipc\"")?,
        // drafts are made of files
        SourceFormat::Database(_) | SourceFormat::Store(_) => return Err(std::fmt::Error),
        SourceFormat::Sheet(sheet) => {
            let word = match sheet.book {
                Book::Xlsx => "xlsx",
                Book::Xlsb => "xlsb",
                Book::Xls => "xls",
                Book::Ods => "ods",
            };
            writeln!(text, "format  = \"{word}\"")?;
            match &sheet.sheet {
                Some(SheetName::Name(name)) => writeln!(text, "sheet   = {}", quoted(name))?,
                Some(SheetName::Number(number)) => writeln!(text, "sheet   = {number}")?,
                None => writeln!(text, "# the first sheet is read; `sheet = \"…\"` names another")?,
            }
            if let Some(row) = sheet.header_row {
                writeln!(text, "header_row = {row}")?;
            }
            if sheet.header_rows > 1 {
                writeln!(text, "header_rows = {}", sheet.header_rows)?;
            }
        }
    }
    if !draft.nulls.is_empty() {
        let words: Vec<String> = draft.nulls.iter().map(|word| quoted(word)).collect();
        writeln!(text, "nulls   = [{}] # words that mean 'no value' here", words.join(", "))?;
    }
    match &draft.subject {
        Some((column, why)) => {
            comment(
                text,
                &format!("Whose privacy is protected: k counts the values of this column, not records. {why}"),
            )?;
            writeln!(text, "subject = {}", quoted(column))?;
        }
        None => {
            comment(
                text,
                "No column was found that tells the subjects apart and is never empty, so every record is taken as a subject of its own. If somebody can have several records, name the column that tells: `subject = \"…\"`.",
            )?;
            writeln!(text, "subject_is_row = true")?;
        }
    }
    writeln!(text, "\n[privacy]")?;
    comment(
        text,
        &format!(
            "Every combination of quasi-identifiers is shared by at least k subjects: {least} for an enclave, 5 for a known recipient under contract, 10 for trade, 20 and more for open data."
        ),
    )?;
    writeln!(text, "k = 10\nsuppression_limit = 0.05 # at most this share of the records is withheld")?;
    let sensitive = draft
        .columns
        .iter()
        .find(|column| column.proposal.role == Role::Sensitive && column.proposal.treatment == Proposed::Keep);
    if let Some(column) = sensitive {
        let rule = format!("l_diversity = [{{ column = {}, kind = \"entropy\", l = 2.0 }}]", quoted(&column.header));
        writeln!(text, "# {rule}")?;
    }
    Ok(())
}

fn section(text: &mut String, draft: &Draft, column: &DraftColumn) -> std::fmt::Result {
    let proposal = &column.proposal;
    writeln!(text)?;
    for line in &column.found {
        comment(text, line)?;
    }
    comment(text, &format!("{}: {}.", word(&proposal.treatment), proposal.why))?;
    let role = match proposal.role {
        Role::Identifier => "identifier",
        Role::Quasi => "quasi",
        Role::Sensitive => "sensitive",
        Role::Insensitive => "insensitive",
    };
    writeln!(text, "[columns.{}]\nrole      = \"{role}\"", quoted(&column.header))?;
    match &proposal.treatment {
        Proposed::Drop => writeln!(text, "treatment = \"drop\"")?,
        Proposed::Keep => writeln!(text, "treatment = \"keep\"")?,
        Proposed::Round(step) => writeln!(text, "treatment = {{ round = {step} }}")?,
        Proposed::Date(form) => {
            writeln!(text, "type      = \"date\"")?;
            if *form != "%Y-%m-%d" {
                writeln!(text, "format    = {}", quoted(form))?;
            }
            writeln!(text, "hierarchy = {{ date = [\"month\", \"quarter\", \"year\", \"decade\", \"20-year\"] }}")?;
            writeln!(text, "levels    = {{ finest = 3 }}")?;
        }
        Proposed::Interval(bands) => interval(text, bands)?,
        Proposed::Prefix(lengths) => writeln!(text, "hierarchy = {{ prefix = {lengths:?} }}")?,
        Proposed::Suppress => {}
    }
    if draft.subject.as_ref().is_some_and(|(subject, _)| *subject == column.header) {
        writeln!(
            text,
            "# Instead of `drop`, if the use needs the records of a subject kept together: a token under a"
        )?;
        writeln!(text, "# random key that dies with the release. Linked records are easier to recognize.")?;
        writeln!(text, "# treatment = {{ token = {{ algorithm = \"hmac-sm3\", key = \"ephemeral\", length = 32 }} }}")?;
    }
    Ok(())
}

fn interval(text: &mut String, bands: &Bands) -> std::fmt::Result {
    let widths: Vec<String> = bands.widths.iter().map(f64::to_string).collect();
    let top = bands.top.map(|top| format!(", top = {top}")).unwrap_or_default();
    writeln!(text, "type      = \"{}\"", if bands.integer { "integer" } else { "number" })?;
    writeln!(text, "hierarchy = {{ interval = {{ widths = [{}]{top} }} }}", widths.join(", "))?;
    writeln!(text, "levels    = {{ finest = 1 }}")
}

fn word(treatment: &Proposed) -> &'static str {
    match treatment {
        Proposed::Drop => "Dropped",
        Proposed::Keep => "Kept",
        Proposed::Round(_) => "Rounded",
        Proposed::Date(_) => "Periods",
        Proposed::Interval(_) => "Bands",
        Proposed::Prefix(_) => "First characters",
        Proposed::Suppress => "As it is, or `*`",
    }
}

/// Lines of a comment of at most about 110 characters; no character of the text can end one early.
fn comment(text: &mut String, words: &str) -> std::fmt::Result {
    let mut line = String::from("#");
    for word in words.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if line.chars().count() + word.chars().count() > 110 && line.len() > 1 {
            writeln!(text, "{line}")?;
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    if line.len() > 1 { writeln!(text, "{line}") } else { Ok(()) }
}

/// A basic string of TOML, also as a key, whatever characters it holds.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted += "\\\"",
            '\\' => quoted += "\\\\",
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", c as u32);
            }
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// A name that a folder can have: letters, digits, `-`, `_` and `.`.
fn name(text: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let name: String = text.chars().map(plain).take(60).collect();
    let name = name.trim_start_matches('.');
    if name.is_empty() { "draft".into() } else { name.into() }
}
