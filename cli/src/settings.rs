//! Where a command's settings come from: the variables `COINPAY_…`, or the file that is named on
//! the command line in their place. Single settings can be read from a configuration that is
//! wrong as a whole, so that `doctor` can say more than its first mistake.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use coinpay_core::{Config, Error, ErrorCode, Result, Secret};
use serde_json::{Map, Value};

/// Where to read the settings.
#[derive(Args, Debug)]
pub(crate) struct ConfigArgument {
    /// Settings as a JSON file, in place of the variables `COINPAY_…`
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// The settings, not yet checked.
pub(crate) enum Settings {
    Variables,
    File {
        path: PathBuf,
        text: String,
        fields: Map<String, Value>,
    },
}

impl ConfigArgument {
    /// # Errors
    /// `invalid_configuration` for a file that cannot be read or is no JSON object.
    pub(crate) fn read(&self) -> Result<Settings> {
        let Some(path) = &self.config else {
            return Ok(Settings::Variables);
        };
        let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
        let fields = serde_json::from_str(&text).map_err(|error| {
            // The parser's own message may quote a secret; the place does not.
            let place = format!("line {}, column {}", error.line(), error.column());
            wrong(format!("{} is no JSON object ({place})", path.display()))
        })?;
        let path = path.clone();
        Ok(Settings::File { path, text, fields })
    }
}

impl Settings {
    /// All of them, checked.
    ///
    /// # Errors
    /// `invalid_configuration`, naming the setting.
    pub(crate) fn config(&self) -> Result<Config> {
        match self {
            Self::Variables => Config::from_variables(variable),
            Self::File { text, .. } => Config::from_json(text),
        }
    }

    /// A setting's text, if it is set to a text.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        match self {
            Self::Variables => variable(&variable_name(key)).filter(|text| !text.is_empty()),
            Self::File { fields, .. } => fields.get(key)?.as_str().map(str::to_owned),
        }
    }

    /// A setting that is a whole number.
    pub(crate) fn number(&self, key: &str) -> Option<u64> {
        match self {
            Self::Variables => self.text(key)?.trim().parse().ok(),
            Self::File { fields, .. } => fields.get(key)?.as_u64(),
        }
    }

    /// The webhook secrets, newest first, as they are set.
    pub(crate) fn webhook_secrets(&self) -> Vec<Secret> {
        match self {
            Self::Variables => {
                let list = self.text("webhook_secrets").unwrap_or_default();
                let secrets = list.split(',').map(|text| Secret::new(text.trim()));
                secrets.filter(|_| !list.is_empty()).collect()
            }
            Self::File { fields, .. } => {
                let list = fields.get("webhook_secrets").and_then(Value::as_array);
                let texts = list.into_iter().flatten().filter_map(Value::as_str);
                texts.map(Secret::new).collect()
            }
        }
    }

    /// Checks a few settings alone: the others are left at their defaults, and the three that
    /// have none are made up.
    ///
    /// # Errors
    /// `invalid_configuration`, naming the setting.
    pub(crate) fn config_of(&self, keys: &[&str]) -> Result<Config> {
        let mut document = Map::new();
        for (key, made_up) in [
            ("mode", "test"),
            ("api_key", "cp_test_made_up"),
            ("business_id", "00000000-0000-4000-8000-000000000000"),
        ] {
            if !keys.contains(&key) {
                document.insert(key.to_owned(), made_up.into());
            }
        }
        for key in keys {
            if let Some(text) = self.text(key) {
                document.insert((*key).to_owned(), text.into());
            } else if matches!(*key, "mode" | "api_key" | "business_id") {
                return Err(wrong(format!("{} is not set", self.name_of(key))));
            }
        }
        Config::from_json(&Value::Object(document).to_string())
    }

    /// What a person changes to change this setting.
    pub(crate) fn name_of(&self, key: &str) -> String {
        match self {
            Self::Variables => variable_name(key),
            Self::File { .. } => key.to_owned(),
        }
    }

    /// Variables with our prefix that no setting reads.
    pub(crate) fn unknown_variables(&self) -> Vec<String> {
        let Self::Variables = self else {
            return Vec::new();
        };
        let mut known = std::cell::RefCell::new(Vec::new());
        // Which names there are, only the reader of the variables knows. That nothing is set is
        // an error of no interest here.
        let _nothing_set = Config::from_variables(|name| {
            known.borrow_mut().push(name.to_owned());
            None
        });
        let known = known.get_mut();
        let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        let mut unknown: Vec<_> = names
            .filter(|name| name.starts_with("COINPAY_") && !known.contains(name))
            .collect();
        unknown.sort_unstable();
        unknown
    }

    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::Variables => None,
            Self::File { path, .. } => Some(path),
        }
    }
}

/// Where to read webhook secrets. They are never taken from the command line, which every user
/// of the machine can read.
#[derive(Args, Debug)]
pub(crate) struct SecretsArgument {
    /// Webhook secrets, one a line, newest first; otherwise those of the settings
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
}

impl SecretsArgument {
    /// # Errors
    /// `invalid_configuration` for a file that cannot be read.
    pub(crate) fn read(&self, settings: &Settings) -> Result<Vec<Secret>> {
        let Some(path) = &self.secret_file else {
            return Ok(settings.webhook_secrets());
        };
        let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
        // White space round a secret is kept: it may be the very mistake that is looked for.
        let lines = text
            .split('\n')
            .map(|line| line.strip_suffix('\r').unwrap_or(line));
        Ok(lines
            .filter(|line| !line.is_empty())
            .map(Secret::new)
            .collect())
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}

fn variable_name(key: &str) -> String {
    format!("COINPAY_{}", key.to_ascii_uppercase())
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    wrong(format!("cannot read {}: {}", path.display(), error.kind()))
}

fn wrong(message: String) -> Error {
    Error::new(ErrorCode::InvalidConfiguration, message)
}
