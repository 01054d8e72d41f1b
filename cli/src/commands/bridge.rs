//! `coinpay bridge`: the library for a host that may not load it, over the pipes of a child
//! process. Decides how requests and answers are written; what they mean is in `session`.

mod session;

use std::io::{self, BufRead, Read, Write};
use std::panic;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value as Json, json};

use session::Session;

/// The version of the lines; a host refuses another.
const VERSION: u32 = 1;

/// More than any webhook, answer of the gateway or page of rows; a host that sends more is lost.
const MOST_LINE_BYTES: u64 = 64 * 1024 * 1024;

const PROTOCOL: &str = "\
Lines of JSON, one for each request and one for each answer, in order. The first line out is
  {\"v\":1,\"version\":\"…\"}
A request has an \"id\", which its answer repeats, and says what to do:
  open       config, dialect (for the step protocol) or prepare (with built-in I/O) -> shop
  operation  shop, operation, input, body -> what the operation gives
  start      shop, operation, input, body, now_ms -> flow, step
  answer     flow, answer, body -> step
  drop       flow
  call       name, arguments, body -> what the call gives
\"body\" are bytes in base64. An answer has \"ok\", or \"error\" with code, message, retryable and
http_status. The end of the input ends the bridge.

The configuration comes in with open, never as an argument, which other users could read.
docs/php.md says how the PHP package uses it.";

/// Speaks for a host that cannot load the library: JSON lines on stdin and stdout.
#[derive(Args, Debug)]
#[command(after_help = PROTOCOL)]
pub(crate) struct Bridge {}

impl Bridge {
    #[expect(clippy::unused_self, reason = "every command runs so")]
    pub(crate) fn run(&self) -> ExitCode {
        // A panic's text could quote a customer, and the host's log is not the place for that.
        panic::set_hook(Box::new(|info| {
            let place = info.location().map(ToString::to_string);
            let place = place.unwrap_or_default();
            let _gone = writeln!(io::stderr(), "coinpay bridge: a panic at {place}");
        }));
        match speak(io::stdin().lock(), io::stdout().lock()) {
            Ok(()) => ExitCode::SUCCESS,
            // A host that went away is how most bridges end.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("coinpay bridge: {}", error.kind());
                ExitCode::FAILURE
            }
        }
    }
}

fn speak(mut from: impl BufRead, mut to: impl Write) -> io::Result<()> {
    let greeting = json!({ "v": VERSION, "version": env!("CARGO_PKG_VERSION") });
    write_line(&mut to, &greeting)?;
    let mut session = Session::default();
    loop {
        let mut line = Vec::new();
        let mut most = from.by_ref().take(MOST_LINE_BYTES);
        if most.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if line.last() != Some(&b'\n') {
            // Too long, or cut off by a host that died: what comes next makes no sense.
            return Err(io::ErrorKind::InvalidData.into());
        }
        write_line(&mut to, &session.answer(&line))?;
    }
}

fn write_line(to: &mut impl Write, line: &Json) -> io::Result<()> {
    writeln!(to, "{line}")?;
    to.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_answered_and_the_end_of_the_input_ends_it() {
        let mut said = Vec::new();
        let lines = "{\"id\":1,\"do\":\"call\",\"name\":\"qr_svg\"}\n\n";
        speak(lines.as_bytes(), &mut said).expect("ends well");
        let said = String::from_utf8(said).expect("text");
        let said: Vec<Json> = said
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        assert_eq!(said.len(), 3);
        assert_eq!(said[0]["v"], 1);
        assert_eq!(
            (&said[1]["id"], &said[1]["error"]["code"]),
            (&json!(1), &json!("invalid_input"))
        );
        assert_eq!(said[2]["id"], Json::Null);
    }

    #[test]
    fn a_line_that_is_cut_off_is_not_taken_for_a_request() {
        let cut = speak(&b"{\"id\":1}"[..], Vec::new()).expect_err("cut off");
        assert_eq!(cut.kind(), io::ErrorKind::InvalidData);
    }
}
