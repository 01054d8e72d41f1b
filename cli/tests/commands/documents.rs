//! docs/cli.md shows what the program really prints: its examples are run, in their order, and
//! what differs from run to run is replaced. `UPDATE_DOCUMENTS=1` writes them anew.

#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::endpoint::Endpoint;
use crate::place::{Place, payment_of};
use crate::run::{Folder, PROGRAM, SECRET, finish};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/cli.md");
const COMMANDS: [&str; 15] = [
    "copy", "dash", "doctor", "effects", "explain", "export", "health", "migrate", "orders",
    "report", "review", "sandbox", "trigger", "verify", "work",
];

const BODY: &str = "{\"type\":\"payment.confirmed\",\"data\":{\"payment_id\":\"p1\"}}";

/// The place that the examples are about.
struct Stage {
    place: Place,
    variables: Vec<(String, String)>,
    /// What differs from run to run, and what the document shows for it.
    stand_ins: Vec<(String, &'static str)>,
    last_code: i32,
}

impl Stage {
    fn new() -> Self {
        let place = Place::new();
        let checkout = place.order(0);
        let endpoint = Endpoint::of_shop(place.engine(0));
        place.folder.write("body.json", BODY);
        place.folder.write("changed.json", BODY.replace(':', ": "));
        let payment = payment_of(&checkout);
        let signature = coinpay_core::webhook::sign_webhook(BODY.as_bytes(), SECRET, 1_795_392_000);
        let folder = Path::new(PROGRAM)
            .parent()
            .expect("a folder")
            .display()
            .to_string();
        let mut variables = place.settings.clone();
        let path = std::env::var("PATH").unwrap_or_default();
        for (name, value) in [
            ("PATH", format!("{folder}:{path}")),
            ("ORDER", checkout.order_id.clone()),
            ("PAYMENT", payment.clone()),
            ("HOOK", endpoint.url.clone()),
            ("SIGNATURE", signature),
        ] {
            variables.push((name.to_owned(), value));
        }
        let root = fs::canonicalize(place.folder.path()).expect("a folder");
        let stand_ins = vec![
            (checkout.order_id, "0f6cbb8e-8c1f-4a53-9d5f-0d3c4f0e9f11"),
            (payment, "4d2f0c39-6a55-4c0b-8f0a-1b7c9a3e5d20"),
            (root.display().to_string(), "/srv/shop"),
            (place.folder.path().display().to_string(), "/srv/shop"),
        ];
        Self {
            place,
            variables,
            stand_ins,
            last_code: 0,
        }
    }

    /// What a terminal shows for this line.
    fn type_in(&mut self, line: &str) -> String {
        let mut command = Command::new("sh");
        command
            .args(["-c", &format!("(exit {}); {line} 2>&1", self.last_code)])
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.place.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let ran = finish(command, b"");
        assert_eq!(ran.stderr, "", "{line}");
        self.last_code = ran.code;
        let mut shown = ran.stdout;
        for (varying, fixed) in &self.stand_ins {
            shown = shown.replace(varying, fixed);
        }
        with_fixed_times(&shown)
    }
}

/// Every moment as the same one, or, second on its line, as a minute later.
fn with_fixed_times(text: &str) -> String {
    let mut fixed = String::new();
    for line in text.split_inclusive('\n') {
        let mut minute = 0;
        let mut rest = line;
        while let Some(next) = rest.chars().next() {
            let moment = format!("2026-11-23T09:{minute:02}:00.000Z");
            if is_moment(rest, &moment) {
                fixed.push_str(&moment);
                rest = &rest[moment.len()..];
                minute += 1;
            } else {
                fixed.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
    }
    fixed
}

/// Whether the text begins with digits where the moment has digits, and the same otherwise.
fn is_moment(text: &str, moment: &str) -> bool {
    let same = |(a, b): (char, char)| a == b || a.is_ascii_digit() && b.is_ascii_digit();
    text.len() >= moment.len() && text.chars().zip(moment.chars()).all(same)
}

/// The document with every example's output as it is now.
fn played(document: &str) -> String {
    let mut stage = Stage::new();
    let mut fresh = String::new();
    let mut in_example = false;
    for line in document.lines() {
        match (in_example, line) {
            (false, "```console") => in_example = true,
            (true, "```") => in_example = false,
            (true, line) if !line.starts_with("$ ") => continue,
            _ => {}
        }
        fresh.push_str(line);
        fresh.push('\n');
        if let (true, Some(typed)) = (in_example, line.strip_prefix("$ ")) {
            fresh.push_str(&stage.type_in(typed));
        }
    }
    fresh
}

#[test]
fn the_document_shows_what_the_program_prints() {
    let document = fs::read_to_string(DOCUMENT).expect("docs/cli.md");
    let fresh = played(&document);
    if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
        fs::write(DOCUMENT, fresh).expect("written");
        return;
    }
    for (shown, now) in document.lines().zip(fresh.lines()) {
        assert_eq!(shown, now, "docs/cli.md is out of date");
    }
    assert_eq!(document, fresh, "docs/cli.md is out of date");
}

#[test]
fn every_command_and_every_option_is_documented_and_has_examples() {
    let document = fs::read_to_string(DOCUMENT).expect("docs/cli.md");
    let folder = Folder::new();
    for command in COMMANDS {
        assert!(
            document.contains(&format!("## `coinpay {command}`")),
            "{command}"
        );
        let ran = finish(
            crate::run::program(&[command, "--help"], &[], folder.path()),
            b"",
        );
        let help = ran.ends(0).says("Examples:\n").stdout;
        if command == "sandbox" {
            // Its options are in a document of its own.
            continue;
        }
        assert!(help.contains("Exit status: 0"), "{command}");
        let words = help.split(|ch: char| !ch.is_ascii_lowercase() && ch != '-');
        let words = words.filter(|word| !matches!(*word, "--help" | "--"));
        for option in words.filter(|word| word.starts_with("--")) {
            assert!(
                document.contains(&format!("`{option}")),
                "{command} {option}"
            );
        }
    }
}
