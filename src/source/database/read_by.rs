//! Which tables a SELECT reads, by what stands behind FROM and JOIN.
//!
//! For those who watch, not for those who guard: a table that a view or a function reads is not seen.

use std::collections::HashSet;

/// Whose SQL it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sql {
    Postgres,
    MySql,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// In small letters, and as written.
    Word(String, String),
    /// A name in quotes.
    Name(String),
    Sign(char),
    /// A text or a number.
    Value,
}

impl Token {
    fn is(&self, word: &str) -> bool {
        matches!(self, Self::Word(small, _) if small == word)
    }
}

/// What stands inside a pair of parentheses.
#[derive(Default)]
struct Level {
    /// In a list of tables: a comma leads to another one.
    list: bool,
    /// A table comes next.
    table: bool,
    /// Arguments in which FROM is no list of tables: `extract(year from …)`.
    arguments: bool,
}

/// The names of the tables, each as its parts and once, in the order of the query; names of `WITH` are none.
pub fn tables(query: &str, sql: Sql) -> Vec<Vec<String>> {
    const ENDS: [&str; 14] = [
        "select",
        "where",
        "group",
        "having",
        "order",
        "limit",
        "offset",
        "fetch",
        "union",
        "intersect",
        "except",
        "window",
        "values",
        "for",
    ];
    const WITH_FROM: [&str; 5] = ["extract", "substring", "substr", "trim", "overlay"];
    let tokens = tokens(query, sql);
    let with = with(&tokens);
    let (mut found, mut levels) = (Vec::new(), vec![Level::default()]);
    let mut at = 0;
    loop {
        let inside = levels.len() > 1;
        let (Some(token), Some(level)) = (tokens.get(at), levels.last_mut()) else { return found };
        at += 1;
        match token {
            Token::Sign('(') => {
                let arguments = at > 1 && WITH_FROM.iter().any(|name| tokens[at - 2].is(name));
                // `from (a join b …)`; `from (select …)` ends this by its first word
                let opened = Level { list: level.table, table: level.table, arguments };
                level.table = false;
                levels.push(opened);
            }
            Token::Sign(')') if inside => drop(levels.pop()),
            Token::Sign(',') => level.table = level.list,
            Token::Word(word, _) if word == "from" => {
                let compared = at > 1 && tokens[at - 2].is("distinct") && at > 2 && !tokens[at - 3].is("select");
                if !level.arguments && !compared {
                    *level = Level { list: true, table: true, arguments: false };
                }
            }
            Token::Word(word, _) if word == "join" || word == "straight_join" => level.table = true,
            Token::Word(word, _) if ENDS.contains(&word.as_str()) => *level = Level::default(),
            Token::Word(word, _) if level.table && (word == "only" || word == "lateral") => {}
            Token::Word(..) | Token::Name(_) if level.table => {
                level.table = false;
                at -= 1;
                let parts = name(&tokens, &mut at, sql);
                let called = tokens.get(at) == Some(&Token::Sign('('));
                let known = matches!(parts.as_slice(), [one] if with.contains(&one.to_lowercase()));
                if !called && !known && !found.contains(&parts) {
                    found.push(parts);
                }
            }
            _ => {}
        }
    }
}

/// The parts of the name that begins at `at`, which is then behind it.
fn name(tokens: &[Token], at: &mut usize, sql: Sql) -> Vec<String> {
    let mut parts = Vec::new();
    loop {
        match tokens.get(*at) {
            Some(Token::Word(small, written)) => {
                parts.push(if sql == Sql::Postgres { small.clone() } else { written.clone() });
            }
            Some(Token::Name(name)) => parts.push(name.clone()),
            _ => return parts,
        }
        *at += 1;
        if tokens.get(*at) != Some(&Token::Sign('.')) {
            return parts;
        }
        *at += 1;
    }
}

/// Names that the query gives to queries of its own: `… as (`, in small letters.
fn with(tokens: &[Token]) -> HashSet<String> {
    let mut names = HashSet::new();
    for (at, _) in tokens.iter().enumerate().filter(|(_, token)| token.is("as")) {
        let behind = tokens[at + 1..].iter().find(|token| !token.is("not") && !token.is("materialized"));
        if behind != Some(&Token::Sign('(')) {
            continue;
        }
        // names of columns may stand between the name and `as`
        let mut before = at;
        if before > 0 && tokens[before - 1] == Token::Sign(')') {
            before = tokens[..before].iter().rposition(|token| *token == Token::Sign('(')).unwrap_or(0);
        }
        match before.checked_sub(1).map(|place| &tokens[place]) {
            Some(Token::Word(name, _)) => drop(names.insert(name.clone())),
            Some(Token::Name(name)) => drop(names.insert(name.to_lowercase())),
            _ => {}
        }
    }
    names
}

fn tokens(query: &str, sql: Sql) -> Vec<Token> {
    let (mut tokens, mut rest) = (Vec::new(), query);
    while let Some(first) = rest.chars().next() {
        let word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let (token, length) = if rest.starts_with("--") || (first == '#' && sql == Sql::MySql) {
            (None, rest.find('\n').unwrap_or(rest.len()))
        } else if let Some(comment) = rest.strip_prefix("/*") {
            (None, comment.find("*/").map_or(rest.len(), |end| end + 4))
        } else if matches!(first, '\'' | '"' | '`') {
            let (inside, length) = quoted(rest, first, sql);
            let name = first == '`' || (first == '"' && sql == Sql::Postgres);
            (Some(if name { Token::Name(inside) } else { Token::Value }), length)
        } else if let Some(tag) = dollars(rest).filter(|_| sql == Sql::Postgres) {
            let end = rest[tag.len()..].find(tag).map_or(rest.len(), |end| end + 2 * tag.len());
            (Some(Token::Value), end)
        } else if word(first) {
            let length = rest.find(|c| !word(c)).unwrap_or(rest.len());
            let written = &rest[..length];
            let number = first.is_ascii_digit();
            let token = if number { Token::Value } else { Token::Word(written.to_lowercase(), written.to_owned()) };
            (Some(token), length)
        } else {
            ((!first.is_whitespace()).then_some(Token::Sign(first)), first.len_utf8())
        };
        tokens.extend(token);
        rest = &rest[length..];
    }
    tokens
}

/// What is between quotes, and how long it is with them; two quotes are one.
fn quoted(text: &str, quote: char, sql: Sql) -> (String, usize) {
    let (mut inside, mut signs) = (String::new(), text.char_indices().skip(1).peekable());
    while let Some((at, sign)) = signs.next() {
        if sign == '\\' && sql == Sql::MySql && quote != '`' {
            signs.next();
        } else if sign != quote {
            inside.push(sign);
        } else if signs.next_if(|(_, next)| *next == quote).is_some() {
            inside.push(quote);
        } else {
            return (inside, at + quote.len_utf8());
        }
    }
    (inside, text.len())
}

/// `$$` or `$tag$` at the beginning of a text.
fn dollars(text: &str) -> Option<&str> {
    let end = text.strip_prefix('$')?.find('$')? + 2;
    let tag = &text[1..end - 1];
    let plain = tag.chars().all(|c| c.is_alphanumeric() || c == '_') && !tag.starts_with(|c: char| c.is_ascii_digit());
    plain.then_some(&text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str, sql: Sql) -> Vec<String> {
        tables(query, sql).into_iter().map(|parts| parts.join(".")).collect()
    }

    #[test]
    fn tables_stand_behind_from_and_join() {
        let postgres = |query| read(query, Sql::Postgres);
        assert_eq!(postgres("select * from Bills"), ["bills"]);
        assert_eq!(
            postgres("select 1, 2 from a, only b x, s.c as y where 1 in (2, 3) order by d, e"),
            ["a", "b", "s.c"]
        );
        assert_eq!(
            postgres("select a.x from a left join b using (n, m) join \"C d\".\"E\" on true, f"),
            ["a", "b", "C d.E", "f"]
        );
        assert_eq!(postgres("select * from (select * from x where y in (select z from zz)) q, w"), ["x", "zz", "w"]);
        assert_eq!(postgres("select * from (a cross join b), c"), ["a", "b", "c"]);
        assert_eq!(postgres("select * from a union all select * from b"), ["a", "b"]);
        assert_eq!(postgres("select distinct from a"), ["a"]);
    }

    #[test]
    fn what_is_no_table_is_none() {
        let postgres = |query| read(query, Sql::Postgres);
        assert_eq!(postgres("select extract(year from born), trim(both from x) from t"), ["t"]);
        assert_eq!(postgres("select x is distinct from y from t where a is not distinct from b"), ["t"]);
        assert_eq!(postgres("select * from generate_series(1, 2) n, t"), ["t"]);
        assert_eq!(
            postgres(
                "with recursive w(n) as (select 1 from t union select n from w), v as materialized (select * from w) \
                      select * from v join u on v.n = u.n"
            ),
            ["t", "u"]
        );
        assert_eq!(postgres("select ' from a ', $$ from b $$, $x$ from c $x$ /* from d */ from t -- from e"), ["t"]);
        assert_eq!(postgres("select 1"), [""; 0]);
    }

    #[test]
    fn mysql_writes_in_its_own_way() {
        let mysql = |query| read(query, Sql::MySql);
        assert_eq!(mysql("select \"it\\\"s from a\" from `P``q`.Bills b straight_join c # from d"), ["P`q.Bills", "c"]);
        assert_eq!(mysql("select 'a\\' from b' from C"), ["C"]);
    }
}
