//! Somebody between a store and who talks to it: notes what is asked, in order, and refuses some of it.
#![allow(dead_code, reason = "not every test binary uses all of it")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What becomes of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Then {
    Pass,
    /// An answer of this status, such as `403 Forbidden`; the store hears nothing.
    Refuse(&'static str),
    /// No answer.
    Silence,
}

/// Judges a request, such as `PUT /bucket/key`, by what was asked before.
type Judge = Box<dyn Fn(&str, &[String]) -> Then + Send>;

pub struct Between {
    /// Where it listens.
    pub address: String,
    asked: Arc<Mutex<Vec<String>>>,
    judge: Arc<Mutex<Judge>>,
}

impl Between {
    /// One that lets everything pass, before the store at `endpoint`.
    pub fn new(endpoint: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let judge: Arc<Mutex<Judge>> = Arc::new(Mutex::new(Box::new(|_, _| Then::Pass)));
        let (noted, judged) = (asked.clone(), judge.clone());
        let store = endpoint.trim_start_matches("http://").to_owned();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (noted, judged, store) = (noted.clone(), judged.clone(), store.clone());
                std::thread::spawn(move || one(stream.unwrap(), &store, &noted, &judged));
            }
        });
        Self { address, asked, judge }
    }

    /// From now on requests are judged so, and those before are forgotten.
    pub fn judge(&self, judge: impl Fn(&str, &[String]) -> Then + Send + 'static) {
        *self.judge.lock().unwrap() = Box::new(judge);
        self.asked.lock().unwrap().clear();
    }

    /// Requests of this method that passed or not, in order, without method.
    pub fn asked(&self, method: &str) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter_map(|line| line.strip_prefix(method)?.strip_prefix(' ').map(str::to_owned)).collect()
    }
}

/// One request of one connection, and its answer.
fn one(mut stream: TcpStream, store: &str, noted: &Mutex<Vec<String>>, judge: &Mutex<Judge>) {
    let (mut request, mut block) = (Vec::new(), [0; 65536]);
    let head = loop {
        if let Some(end) = request.windows(4).position(|end| end == b"\r\n\r\n") {
            break end + 4;
        }
        match stream.read(&mut block) {
            Ok(read @ 1..) => request.extend_from_slice(&block[..read]),
            _ => return,
        }
    };
    let text = String::from_utf8(request[..head].to_vec()).unwrap();
    let length = text
        .to_lowercase()
        .split_once("content-length: ")
        .map_or(0, |(_, rest)| rest.split("\r\n").next().unwrap().parse::<usize>().unwrap());
    while request.len() < head + length {
        match stream.read(&mut block) {
            Ok(read @ 1..) => request.extend_from_slice(&block[..read]),
            _ => return,
        }
    }
    let (line, rest) = text.split_once("\r\n").unwrap();
    let what = line.rsplit_once(' ').unwrap().0.to_owned();
    let then = {
        let mut noted = noted.lock().unwrap();
        let then = judge.lock().unwrap()(&what, &noted);
        noted.push(what);
        then
    };
    match then {
        Then::Pass => {}
        Then::Refuse(status) => {
            let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 11\r\nConnection: close\r\n\r\ncanary-body");
            return;
        }
        Then::Silence => {
            std::thread::sleep(Duration::from_secs(60));
            return;
        }
    }
    let mut other = TcpStream::connect(store).unwrap();
    other.write_all(format!("{line}\r\nConnection: close\r\n{rest}").as_bytes()).unwrap();
    other.write_all(&request[head..]).unwrap();
    while let Ok(read @ 1..) = other.read(&mut block) {
        if stream.write_all(&block[..read]).is_err() {
            return;
        }
    }
}
