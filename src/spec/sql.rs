//! What of SQL a pipeline may use. Read word by word, and closed: what is not known to be harmless is refused.
//!
//! Polars' SQL has functions that read files (`read_csv` and others), and opens them while it reads the text. So no
//! text reaches it in which a name that is not in these lists stands before a parenthesis.

use std::ops::Range;

/// What is wrong with a text, and at which bytes.
pub type Wrong = (Range<usize>, String);

/// Functions of the cells of one record, with the same result wherever a batch is cut.
const CELL_FUNCTIONS: &str = "abs cbrt ceil ceiling div exp floor ln log log10 log1p log2 mod pow power round trunc truncate sign sqrt \
    coalesce greatest if ifnull least nullif date_part strftime bit_length concat concat_ws ends_with \
    initcap left length char_length character_length lower lpad ltrim octet_length regexp_like replace reverse \
    right rpad rtrim split_part starts_with strpos substr substring upper cast try_cast extract trim position";
/// Functions of many records.
const AGGREGATES: &str = "avg corr count covar_pop covar_samp covar max median min quantile_cont quantile_disc stdev stddev stdev_samp \
    stddev_samp sum total var variance var_samp";
/// Words of expressions.
const WORDS: &str = "and or not in is null true false between like ilike rlike regexp case when then else end as from for \
    date integer int bigint double float real text varchar char boolean year month day both leading trailing";
/// Words of queries.
const CLAUSES: &str = "select where group by having order asc desc distinct join inner left right full outer cross semi anti on using \
    union all except intersect with exists any";

/// Whether `word` stands in a list above.
fn listed(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}

/// A word, a name in quotes, or a sign.
#[derive(Debug)]
struct Token {
    span: Range<usize>,
    kind: Kind,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    /// As written, in small letters.
    Word(String),
    Name(String),
    Open,
    Other,
}

/// Columns that an expression over the cells of one record speaks of.
///
/// # Errors
/// Whatever is not such an expression: queries, functions of many records or of files, comments.
pub fn expression(text: &str) -> Result<Vec<(Range<usize>, String)>, Wrong> {
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Err((0..text.len(), "the expression is empty".into()));
    }
    let mut names = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let called = tokens.get(at + 1).is_some_and(|next| next.kind == Kind::Open);
        match &token.kind {
            Kind::Word(word) if called => {
                if !listed(CELL_FUNCTIONS, word)
                    && !["in", "and", "or", "not", "when", "then", "else", "case", "between", "like"]
                        .contains(&word.as_str())
                {
                    return Err((token.span.clone(), format!("the function `{word}` cannot be used here")));
                }
            }
            Kind::Word(word) if listed(WORDS, word) => {}
            Kind::Word(word) if listed(CLAUSES, word) => {
                return Err((token.span.clone(), format!("`{word}` cannot be used here")));
            }
            Kind::Name(_) if called => return Err((token.span.clone(), "this is not the name of a function".into())),
            Kind::Word(_) => names.push((token.span.clone(), text[token.span.clone()].to_owned())),
            Kind::Name(name) => names.push((token.span.clone(), name.clone())),
            Kind::Open | Kind::Other => {}
        }
    }
    Ok(names)
}

/// As [`expression`]; words of SQL that are columns among `known`, such as `day`, are told too.
///
/// # Errors
/// Those of [`expression`].
pub fn columns(text: &str, known: &[String]) -> Result<Vec<(Range<usize>, String)>, Wrong> {
    let mut names = expression(text)?;
    let tokens = tokens(text)?;
    for (at, token) in tokens.iter().enumerate() {
        let called = tokens.get(at + 1).is_some_and(|next| next.kind == Kind::Open);
        let written = &text[token.span.clone()];
        let is_word = matches!(&token.kind, Kind::Word(word) if listed(WORDS, word));
        if is_word && !called && known.iter().any(|known| known == written) {
            names.push((token.span.clone(), written.to_owned()));
        }
    }
    Ok(names)
}

/// Checks that a text is one SELECT that reads nothing but tables by name, and depends on no order of records.
///
/// # Errors
/// Whatever is not such a query.
pub fn query(text: &str) -> Result<(), Wrong> {
    const NEVER: [&str; 16] = [
        "limit",
        "offset",
        "fetch",
        "top",
        "into",
        "insert",
        "update",
        "delete",
        "drop",
        "create",
        "truncate",
        "explain",
        "over",
        "unnest",
        "lateral",
        "tablesample",
    ];
    let callable = |word: &str| [CELL_FUNCTIONS, AGGREGATES, WORDS, CLAUSES].iter().any(|list| listed(list, word));
    let tokens = tokens(text)?;
    let first = tokens.iter().find(|token| token.kind != Kind::Open);
    if !first.is_some_and(|token| matches!(&token.kind, Kind::Word(word) if word == "select" || word == "with")) {
        return Err((0..text.len(), "the query does not begin with SELECT".into()));
    }
    for (at, token) in tokens.iter().enumerate() {
        let called = tokens.get(at + 1).is_some_and(|next| next.kind == Kind::Open);
        match &token.kind {
            Kind::Word(word) if NEVER.contains(&word.as_str()) => {
                return Err((token.span.clone(), format!("`{word}` cannot be used here")));
            }
            Kind::Word(word) if called && !callable(word) => {
                return Err((token.span.clone(), format!("the function `{word}` cannot be used here")));
            }
            Kind::Name(_) if called => return Err((token.span.clone(), "this is not the name of a function".into())),
            _ => {}
        }
    }
    Ok(())
}

/// Cuts a text at its words and signs.
fn tokens(text: &str) -> Result<Vec<Token>, Wrong> {
    let mut tokens = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((start, c)) = rest.next() {
        let kind = match c {
            _ if c.is_whitespace() => continue,
            _ if c.is_alphabetic() || c == '_' => {
                let mut end = start + c.len_utf8();
                while let Some((at, c)) = rest.next_if(|(_, c)| c.is_alphanumeric() || *c == '_') {
                    end = at + c.len_utf8();
                }
                if let Some((at, '\'' | '"' | '&')) = rest.peek() {
                    return Err((start..at + 1, "texts with a letter before the quote cannot be used here".into()));
                }
                tokens.push(Token { span: start..end, kind: Kind::Word(text[start..end].to_lowercase()) });
                continue;
            }
            '0'..='9' => {
                while rest.next_if(|(_, c)| c.is_alphanumeric() || *c == '.' || *c == '_').is_some() {}
                if let Some((at, '\'' | '"')) = rest.peek() {
                    return Err((start..at + 1, "this cannot be used here".into()));
                }
                Kind::Other
            }
            '\'' | '"' => {
                let mut inside = String::new();
                let end = loop {
                    match rest.next() {
                        // doubled quotes are one
                        Some((at, close)) if close == c => match rest.next_if(|(_, next)| *next == c) {
                            Some(_) => inside.push(c),
                            None => break at + 1,
                        },
                        Some((at, '\\')) => return Err((at..at + 1, "a backslash cannot be used here".into())),
                        Some((_, other)) => inside.push(other),
                        None => return Err((start..text.len(), "a quote is opened and never closed".into())),
                    }
                };
                let kind = if c == '"' { Kind::Name(inside) } else { Kind::Other };
                tokens.push(Token { span: start..end, kind });
                continue;
            }
            '(' => Kind::Open,
            '-' if matches!(rest.peek(), Some((_, '-'))) => {
                return Err((start..start + 2, "comments cannot be used here".into()));
            }
            '/' if matches!(rest.peek(), Some((_, '*' | '/'))) => {
                return Err((start..start + 2, "comments cannot be used here".into()));
            }
            ')' | ',' | '.' | '+' | '-' | '*' | '/' | '%' | '=' | '<' | '>' | '!' | '|' => Kind::Other,
            _ => return Err((start..start + c.len_utf8(), format!("`{c}` cannot be used here"))),
        };
        tokens.push(Token { span: start..start + c.len_utf8(), kind });
    }
    Ok(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_over_cells_tell_their_columns() {
        let names =
            expression("age >= 18 AND \"户 号\" IS NOT NULL and upper(城市) IN ('a''b', 'read_csv(1)')").unwrap();
        let names: Vec<&str> = names.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["age", "户 号", "城市"]);
        for good in
            ["a = DATE '2024-01-01'", "CASE WHEN (a) THEN 1 ELSE 0 END = 1", "NOT (a OR b)", "EXTRACT(year FROM d) > 3"]
        {
            assert!(expression(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn columns_may_have_the_names_of_words() {
        let known = ["day", "age", "date", "Null"].map(str::to_owned);
        let names = |text: &str| columns(text, &known).unwrap().into_iter().map(|(_, name)| name).collect::<Vec<_>>();
        assert_eq!(names("day > DATE '2020-01-01' AND age IS NOT NULL"), ["age", "day"]);
        assert_eq!(names("other = 1"), ["other"]);
        assert!(columns("read_csv('x') = day", &known).is_err());
    }

    #[test]
    fn files_queries_and_functions_of_many_records_are_refused() {
        let wrong = [
            "a IN (SELECT b FROM read_csv('x'))",
            "read_csv('x')",
            "READ_PARQUET ('x')",
            "\"read_csv\"('x')",
            "a = (FROM read_csv('x'))",
            "age > avg(age)",
            "row_number() = 1",
            "sum(a) OVER (PARTITION BY b) > 1",
            "a -- b",
            "a /* b */",
            "E'\\'' = a",
            "q'[x]' = a",
            "a = 'b",
            "a = $$b$$",
            "`read_csv`('x')",
            "a; b",
            "columns('x')",
            "",
        ];
        for text in wrong {
            assert!(expression(text).is_err(), "{text}");
        }
    }

    #[test]
    fn queries_are_one_select_over_tables() {
        for good in [
            "select a, count(*) as n from source group by a",
            "WITH x AS (SELECT a FROM source) SELECT * FROM x JOIN (SELECT a FROM t) y ON (x.a = y.a)",
        ] {
            assert_eq!(query(good), Ok(()), "{good}");
        }
        for wrong in [
            "drop table source",
            "select * from read_csv('x')",
            "select * from \"read_ipc\"('x')",
            "select * from source limit 3",
            "select 1; select 2",
            "select row_number() over (order by a) from source",
            "create table x as select * from source",
            "with x as (select * from read_json('x')) select * from x",
            "explain select 1",
            "",
        ] {
            assert!(query(wrong).is_err(), "{wrong}");
        }
    }
}
