//! A shop's webhook endpoint: what comes is kept, and answered by a function.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use coinpay_core::Engine;

#[derive(Clone, Debug)]
pub(crate) struct Hook {
    pub signature: Option<String>,
    pub agent: Option<String>,
    pub body: Vec<u8>,
}

pub(crate) struct Endpoint {
    pub url: String,
    hooks: Arc<Mutex<Vec<Hook>>>,
}

impl Endpoint {
    pub(crate) fn answering(answer: impl Fn(&Hook) -> (u16, String) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let hooks = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&hooks);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let mut reader = BufReader::new(stream);
                let hook = read(&mut reader).expect("a request");
                kept.lock().unwrap().push(hook.clone());
                let (status, body) = answer(&hook);
                write!(
                    reader.into_inner(),
                    "HTTP/1.1 {status} -\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                )
                .expect("an answer goes out");
            }
        });
        Self { url, hooks }
    }

    /// The endpoint as the library answers it.
    pub(crate) fn of_shop(engine: Engine) -> Self {
        Self::answering(move |hook| {
            let (body, signature) = (hook.body.clone(), hook.signature.clone());
            let answer = engine.run(|start| engine.shop().handle_webhook(start, body, signature));
            let answer = answer.expect("an answer");
            (answer.http_status, answer.body())
        })
    }

    #[track_caller]
    pub(crate) fn only_hook(&self) -> Hook {
        let hooks = self.hooks.lock().unwrap();
        assert_eq!(hooks.len(), 1);
        hooks[0].clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.hooks.lock().unwrap().len()
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Hook> {
    let mut headers = Vec::new();
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let header = |name: &str| {
        let found = headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    };
    let length = header("content-length").map_or(Ok(0), |length| length.parse());
    let mut body = vec![0; length.ok()?];
    reader.read_exact(&mut body).ok()?;
    Some(Hook {
        signature: header("x-coinpay-signature"),
        agent: header("user-agent"),
        body,
    })
}
