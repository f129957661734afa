//! Stores of objects that fail in every way.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::ops::Range;
use std::time::Duration;

/// What the object holds.
pub fn people() -> String {
    let mut csv = String::from("id,age,city,note\n");
    for n in 0..2000 {
        writeln!(csv, "{n},{},c{},x{}", 20 + n % 40, n % 2, n % 5).unwrap();
    }
    csv
}

/// A server that hands each connection to `answer`, on a thread of its own; its address.
fn serving(answer: impl Fn(TcpStream) + Clone + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let answer = answer.clone();
            std::thread::spawn(move || answer(stream.unwrap()));
        }
    });
    format!("http://{address}")
}

/// A store that answers every request with the same bytes, and then, if asked to, says nothing more.
pub fn broken(answer: &'static str, silent: bool) -> String {
    serving(move |mut stream| {
        let _ = stream.read(&mut [0; 8192]);
        let _ = stream.write_all(answer.as_bytes());
        if silent {
            std::thread::sleep(Duration::from_secs(30));
        }
    })
}

/// A store with one object, `people/in/a.csv`, whose pieces are answered as `piece` says: it is given the stream after
/// the request was read, the whole text and the range that is asked for.
pub fn listing(piece: fn(&mut TcpStream, &str, Range<usize>)) -> String {
    serving(move |mut stream| {
        let (mut asked, mut block) = (Vec::new(), [0; 4096]);
        while !asked.windows(4).any(|end| end == b"\r\n\r\n") {
            match stream.read(&mut block) {
                Ok(read @ 1..) => asked.extend_from_slice(&block[..read]),
                _ => return,
            }
        }
        let asked = String::from_utf8(asked).unwrap().to_lowercase();
        let text = people();
        if asked.starts_with("get /people?") {
            let body = format!(
                "<ListBucketResult><Name>people</Name><KeyCount>1</KeyCount><IsTruncated>false</IsTruncated>\
                 <Contents><Key>in/a.csv</Key><LastModified>2024-01-01T00:00:00.000Z</LastModified>\
                 <ETag>\"e\"</ETag><Size>{}</Size><StorageClass>STANDARD</StorageClass></Contents>\
                 </ListBucketResult>",
                text.len()
            );
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nConnection: close\r\n";
            let _ = write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len());
            return;
        }
        let range = asked.split_once("range: bytes=").unwrap().1.split("\r\n").next().unwrap();
        let (from, to) = range.split_once('-').unwrap();
        let range = from.parse().unwrap()..to.parse::<usize>().unwrap() + 1;
        piece(&mut stream, &text, range);
    })
}

/// The head of the answer to a range, and the length that it announces.
pub fn head(stream: &mut TcpStream, text: &str, range: &Range<usize>) {
    let (from, to, length, all) = (range.start, range.end - 1, range.len(), text.len());
    let _ = write!(
        stream,
        "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {from}-{to}/{all}\r\nContent-Length: {length}\r\n\
         ETag: \"e\"\r\nLast-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\nConnection: close\r\n\r\n"
    );
}

/// An answer without the piece.
pub fn refused(stream: &mut TcpStream, status: &str) {
    let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 11\r\nConnection: close\r\n\r\ncanary-body");
}
