//! What the settings themselves show: the whole of them, the key's form, the webhook secrets.

use coinpay_core::Mode;

use super::finding::Finding;
use crate::settings::Settings;

const CONFIGURATION: &str = "configuration";
const API_KEY: &str = "api_key";
const SECRETS: &str = "webhook_secrets";

pub(super) fn check(settings: &Settings) -> Vec<Finding> {
    let mut findings = vec![configuration(settings)];
    findings.extend(readable_file(settings));
    findings.extend(unknown_variables(settings));
    findings.push(api_key(settings));
    findings.push(webhook_secrets(settings));
    findings
}

fn configuration(settings: &Settings) -> Finding {
    let from = match settings.file() {
        Some(path) => path.display().to_string(),
        None => "the variables COINPAY_...".to_owned(),
    };
    match settings.config() {
        Ok(config) => {
            let mode = match config.mode {
                Mode::Live => "live: real money moves",
                Mode::Test => "test",
            };
            Finding::ok(CONFIGURATION, format!("read from {from}; mode {mode}"))
        }
        Err(error) => Finding::problem(
            CONFIGURATION,
            error.into_message(),
            "The shop does not start before this is right. Further mistakes may follow.",
        ),
    }
}

fn readable_file(settings: &Settings) -> Option<Finding> {
    let path = settings.file()?;
    let mode = super::store::mode_of(path)?;
    let place = path.display();
    (mode & 0o004 != 0).then(|| {
        Finding::warning(
            CONFIGURATION,
            format!("every user of this machine may read {place} (mode {mode:03o})"),
            "There are secrets in it: chmod o-rwx.",
        )
    })
}

fn unknown_variables(settings: &Settings) -> Option<Finding> {
    let unknown = settings.unknown_variables();
    (!unknown.is_empty()).then(|| {
        Finding::warning(
            CONFIGURATION,
            format!("no setting is called {}", unknown.join(", ")),
            "Check the spelling: COINPAY_WEBHOOK_SECRETS, for one, has an S at its end.",
        )
    })
}

fn api_key(settings: &Settings) -> Finding {
    let config = match settings.config_of(&["mode", "api_key", "base_url"]) {
        Ok(config) => config,
        Err(error) => {
            let advice = "Mode, key and base URL have to fit one another.";
            return Finding::problem(API_KEY, error.into_message(), advice);
        }
    };
    let key = config.api_key.expose();
    if key.starts_with("cp_live_") || key.starts_with("cp_test_") {
        return Finding::ok(API_KEY, "has the form of a business key and fits the mode");
    }
    Finding::warning(
        API_KEY,
        "begins neither with cp_live_ nor with cp_test_",
        "Use a business's API key from the gateway's dashboard, not a token of your login.",
    )
}

fn webhook_secrets(settings: &Settings) -> Finding {
    let name = settings.name_of("webhook_secrets");
    let secrets = settings.webhook_secrets();
    if secrets.is_empty() {
        return Finding::problem(
            SECRETS,
            "there is none: every webhook is refused, and payments are learnt by asking alone",
            &format!("Copy the business's webhook secret from the gateway into {name}."),
        );
    }
    if secrets.iter().any(coinpay_core::Secret::is_blank) {
        let advice = format!("Fill it in, or take it out of {name}.");
        return Finding::problem(SECRETS, "one is empty", &advice);
    }
    let quotes = ['"', '\''];
    let is_odd = |text: &str| {
        let quoted = text.starts_with(quotes) && text.ends_with(quotes);
        quoted || text.trim() != text
    };
    if secrets.iter().any(|secret| is_odd(secret.expose())) {
        return Finding::warning(
            SECRETS,
            "one has quotes or white space round it, which count as part of it",
            "Copy it again, without what is round it.",
        );
    }
    Finding::ok(SECRETS, format!("{} configured", secrets.len()))
}
