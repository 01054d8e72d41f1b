//! Signs and verifies webhooks for comparison with another implementation, as JSON lines of
//! `{"body": hex, "secret", "timestamp_s", "header"}`.
//!
//! `sign_payloads sign <count>` prints that many, always the same ones. `sign_payloads verify`
//! reads lines and prints `ok`, or the code of the rejection, for each, taking the line's own
//! time for now.

#![allow(
    clippy::disallowed_methods,
    reason = "reads files and arguments as a program does"
)]

use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use coinpay_core::Secret;
use coinpay_core::webhook::{sign_webhook, verify_webhook};
use serde::{Deserialize, Serialize};
use serde_json::json;

const FIRST_TIMESTAMP_S: i64 = 1_795_348_800;

#[derive(Serialize, Deserialize)]
struct Line {
    body: String,
    secret: String,
    timestamp_s: i64,
    header: String,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["sign", count] => count.parse().map_err(io::Error::other).and_then(sign),
        ["verify"] => verify(),
        _ => Err(io::Error::other(
            "usage: sign_payloads sign <count> | verify",
        )),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn sign(count: u32) -> io::Result<()> {
    let mut output = io::stdout().lock();
    let mut random = Random(0x5eed);
    for number in 0..count {
        let body = body(number, &mut random);
        let secret = format!("whsec_{}", random.text(1 + number as usize % 90));
        let timestamp_s = FIRST_TIMESTAMP_S + i64::from(number);
        let line = Line {
            header: sign_webhook(&body, &secret, timestamp_s),
            body: hex::encode(body),
            secret,
            timestamp_s,
        };
        writeln!(output, "{}", json!(line))?;
    }
    Ok(())
}

fn verify() -> io::Result<()> {
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line: Line = serde_json::from_str(&line?)?;
        let body = hex::decode(line.body).map_err(io::Error::other)?;
        let (secrets, now_ms) = ([Secret::new(line.secret)], line.timestamp_s * 1000);
        match verify_webhook(&body, Some(&line.header), &secrets, now_ms, 0) {
            Ok(_) => writeln!(output, "ok")?,
            Err(rejection) => writeln!(output, "{}", rejection.code())?,
        }
    }
    Ok(())
}

/// Bodies as the gateway sends them, and every fourth one of another kind: the other side takes
/// text, so all are UTF-8 and none is empty.
fn body(number: u32, random: &mut Random) -> Vec<u8> {
    let text = random.text(number as usize % 60);
    let event = json!({
        "id": format!("evt_{number}"),
        "type": "payment.confirmed",
        "data": {
            "payment_id": format!("p-{number}"),
            "amount_crypto": format!("0.{}", random.next()),
            "metadata": { "note": text },
        },
        "business_id": text,
    });
    match number % 12 {
        3 => format!("{event:#}\r\n").into_bytes(),
        7 => format!(" {text}\u{0}\u{feff}\n").into_bytes(),
        11 => text
            .repeat(50)
            .into_bytes()
            .into_iter()
            .chain([b'.'])
            .collect(),
        _ => event.to_string().into_bytes(),
    }
}

/// The generator of Steele, Lea and Flood (SplitMix64): the same everywhere, and no secret.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Characters of one to four bytes, with line breaks, quotes and separators among them.
    fn text(&mut self, length: usize) -> String {
        const ALPHABET: [char; 24] = [
            'a',
            'Z',
            '0',
            '.',
            ',',
            '=',
            ' ',
            '"',
            '\\',
            '/',
            '\n',
            '\t',
            '\u{7f}',
            'é',
            'ß',
            'Ж',
            'ع',
            '\u{301}',
            '日',
            '€',
            '\u{2028}',
            '\u{fffd}',
            '🎉',
            '\u{10ffff}',
        ];
        let pick = |random: u64| ALPHABET[random as usize % ALPHABET.len()];
        (0..length).map(|_| pick(self.next())).collect()
    }
}
