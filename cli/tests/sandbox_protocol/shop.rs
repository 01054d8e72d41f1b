//! A shop's webhook endpoint, which answers as it is told and keeps what it gets.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

/// A webhook, as the shop got it.
#[derive(Clone, Debug)]
pub(crate) struct Hook {
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Hook {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("absent", |(_, value)| value.as_str())
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("the event is JSON")
    }

    /// Whether the header signs this body with this secret, and when it says it was signed.
    pub(crate) fn signed_at(&self, secret: &str) -> Option<i64> {
        let (time, signature) = self.header("x-coinpay-signature").split_once(",v1=")?;
        let time = time.strip_prefix("t=")?;
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
        mac.update(format!("{time}.{}", self.body).as_bytes());
        let right = hex::encode(mac.finalize().into_bytes()) == signature;
        time.parse().ok().filter(|_| right)
    }
}

/// A shop's webhook endpoint.
#[derive(Clone)]
pub(crate) struct Shop {
    pub url: String,
    hooks: Arc<Mutex<Vec<Hook>>>,
    answers: Arc<Mutex<VecDeque<u16>>>,
    usual: Arc<Mutex<u16>>,
    /// How many webhooks are in hand, and how many must be before any is answered.
    meeting: Arc<(Mutex<(usize, usize)>, Condvar)>,
}

impl Shop {
    pub(crate) fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let shop = Self {
            url: format!("http://{}/hook", listener.local_addr().expect("an address")),
            hooks: Arc::default(),
            answers: Arc::default(),
            usual: Arc::new(Mutex::new(200)),
            meeting: Arc::default(),
        };
        let serving = shop.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let serving = serving.clone();
                thread::spawn(move || serving.receive(stream));
            }
        });
        shop
    }

    /// Answers the next webhooks with these statuses.
    pub(crate) fn answer_next(&self, statuses: &[u16]) {
        self.answers.lock().unwrap().extend(statuses);
    }

    pub(crate) fn answer_always(&self, status: u16) {
        *self.usual.lock().unwrap() = status;
    }

    /// Answers no webhook well before so many are in hand at the same moment.
    pub(crate) fn expect_together(&self, count: usize) {
        *self.meeting.0.lock().unwrap() = (0, count);
    }

    /// Whether the others have come too.
    fn meets_the_others(&self) -> bool {
        let (lock, arrived) = &*self.meeting;
        let mut meeting = lock.lock().unwrap();
        meeting.0 += 1;
        arrived.notify_all();
        let alone = |meeting: &mut (usize, usize)| meeting.0 < meeting.1;
        let patience = Duration::from_secs(10);
        !arrived
            .wait_timeout_while(meeting, patience, alone)
            .unwrap()
            .1
            .timed_out()
    }

    pub(crate) fn hooks(&self) -> Vec<Hook> {
        self.hooks.lock().unwrap().clone()
    }

    fn receive(&self, stream: TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let mut headers = Vec::new();
        loop {
            line.clear();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            headers.push((name.to_lowercase(), value.trim().to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name == "content-length")?;
        let mut body = vec![0; length.1.parse().ok()?];
        reader.read_exact(&mut body).ok()?;
        let body = String::from_utf8(body).ok()?;
        self.hooks.lock().unwrap().push(Hook { headers, body });
        let status = self.answers.lock().unwrap().pop_front();
        let mut status = status.unwrap_or(*self.usual.lock().unwrap());
        if !self.meets_the_others() {
            status = 599;
        }
        let answer =
            format!("HTTP/1.1 {status} -\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        reader.into_inner().write_all(answer.as_bytes()).ok()
    }
}
