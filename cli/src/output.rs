//! How every command speaks: text for people, or one line of JSON for scripts, and what it exits
//! with. Decides how text from elsewhere is made harmless for a terminal; knows no command.

use std::io::{self, Write};
use std::process::ExitCode;

use coinpay_core::{Error, ErrorCode, Result, Secret};
use serde_json::{Value, json};

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Fine = 0,
    /// A problem was found, or something did not verify.
    Problem = 1,
    /// The command line or the configuration is wrong.
    Usage = 2,
}

impl Exit {
    pub(crate) const fn of(fine: bool) -> Self {
        if fine { Self::Fine } else { Self::Problem }
    }

    const fn of_error(code: ErrorCode) -> Self {
        match code {
            ErrorCode::InvalidConfiguration
            | ErrorCode::InvalidInput
            | ErrorCode::SecretMissing => Self::Usage,
            _ => Self::Problem,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What a command has to say.
#[derive(Debug)]
pub(crate) struct Report {
    pub text: String,
    /// An object; `ok` is added to it.
    pub json: Value,
    pub exit: Exit,
}

/// Prints what came of a command, in the form asked for.
pub(crate) fn finish(command: &str, as_json: bool, outcome: Result<Report>) -> ExitCode {
    match outcome {
        Ok(report) => {
            print(&report, as_json);
            report.exit.into()
        }
        Err(error) => fail(command, as_json, &error),
    }
}

pub(crate) fn print(report: &Report, as_json: bool) {
    if as_json {
        let mut document = report.json.clone();
        if let Some(fields) = document.as_object_mut() {
            fields.insert("ok".to_owned(), (report.exit == Exit::Fine).into());
        }
        line(io::stdout(), &document.to_string());
    } else {
        line(io::stdout(), report.text.trim_end());
    }
}

pub(crate) fn fail(command: &str, as_json: bool, error: &Error) -> ExitCode {
    if as_json {
        let document = json!({ "ok": false, "error": error });
        line(io::stdout(), &document.to_string());
    } else {
        note(command, &error.to_string());
    }
    Exit::of_error(error.code).into()
}

/// A word beside the command's own output.
pub(crate) fn note(command: &str, text: &str) {
    line(io::stderr(), &format!("coinpay {command}: {text}"));
}

/// A reader that went away, such as `head`, is no reason to fail.
fn line(mut to: impl Write, text: &str) {
    let _gone = writeln!(to, "{}", harmless(text));
}

/// Text from a database or another server could steer a terminal; here it cannot.
fn harmless(text: &str) -> String {
    let visible = |ch: char| match ch {
        '\n' => ch,
        ch if ch.is_control() => '\u{fffd}',
        ch => ch,
    };
    text.chars().map(visible).collect()
}

/// The same text without any of these secrets, for what another server has written.
pub(crate) fn without_secrets(text: &str, secrets: &[Secret]) -> String {
    let usable = secrets.iter().filter(|secret| !secret.is_blank());
    usable.fold(text.to_owned(), |text, secret| {
        text.replace(secret.expose(), "[secret]")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_elsewhere_cannot_steer_a_terminal() {
        assert_eq!(
            harmless("a\u{1b}[2Jb\r\n\u{9b}c"),
            "a\u{fffd}[2Jb\u{fffd}\n\u{fffd}c"
        );
    }

    #[test]
    fn a_secret_that_somebody_repeats_is_taken_out_again() {
        let secrets = [Secret::new("whsec_a"), Secret::new(" ")];
        assert_eq!(
            without_secrets("expected whsec_a here", &secrets),
            "expected [secret] here"
        );
    }
}
