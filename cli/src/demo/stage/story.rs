//! The timeline that a person reads: when, who, what. Colours on a terminal only.

use std::io::{self, IsTerminal, Write};

use coinpay_core::time::format_rfc3339;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Actor {
    Shopper,
    Gateway,
    Shop,
    Operator,
    Carrier,
}

impl Actor {
    const fn name(self) -> &'static str {
        match self {
            Self::Shopper => "shopper",
            Self::Gateway => "gateway",
            Self::Shop => "shop",
            Self::Operator => "operator",
            Self::Carrier => "carrier",
        }
    }

    const fn colour(self) -> &'static str {
        match self {
            Self::Shopper => "36",
            Self::Gateway => "33",
            Self::Shop => "34",
            Self::Operator => "35",
            Self::Carrier => "32",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Story {
    silent: bool,
    colours: bool,
    day: String,
}

impl Story {
    pub(crate) fn new(silent: bool) -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            silent,
            colours: !plain && io::stdout().is_terminal(),
            day: String::new(),
        }
    }

    /// A line of its own, as it is.
    pub(crate) fn say(&self, text: &str) {
        if self.silent {
            return;
        }
        // Whoever closes the pipe has read enough.
        let _read = writeln!(io::stdout(), "{text}");
    }

    pub(crate) fn heading(&self, number: usize, title: &str) {
        self.say(&format!(
            "\n{}",
            self.paint("1", &format!("{number:>2}. {title}"))
        ));
    }

    pub(crate) fn tell(&mut self, at_ms: i64, actor: Actor, text: &str) {
        if self.silent {
            return;
        }
        let at = format_rfc3339(at_ms);
        let (day, time) = at.split_once('T').unwrap_or_default();
        if day != self.day {
            self.say(&self.paint("2", &format!("    {day}")));
            day.clone_into(&mut self.day);
        }
        let time = time.get(..8).unwrap_or(time);
        let name = self.paint(actor.colour(), &format!("{:<8}", actor.name()));
        self.say(&format!("    {}  {name}  {text}", self.paint("2", time)));
    }

    pub(crate) fn verdict(&self, ok: bool, expected: &str, actual: &str) {
        if ok {
            self.say(&format!("    {} {actual}", self.paint("32;1", "ok")));
            return;
        }
        self.say(&format!(
            "    {} expected {expected}",
            self.paint("31;1", "NOT OK")
        ));
        self.say(&format!("           but got  {actual}"));
    }

    pub(crate) fn paint(&self, colour: &str, text: &str) -> String {
        if self.colours {
            format!("\x1b[{colour}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}
