//! The configuration: as a JSON document and, line by line, as variables. Whatever is accepted
//! holds as a whole, and neither an error nor a printed configuration repeats a secret.

use serde_json::Value;

use crate::api::API_BASE_URL;
use crate::store::Dialect;
use crate::{Config, ErrorCode, Mode, Result, Shop, config};

pub(super) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    judge(Config::from_json(&text), &secrets(&text));
    let read = |name: &str| {
        let mut lines = text.lines().filter_map(|line| line.split_once('='));
        let (_, value) = lines.find(|(known, _)| *known == name)?;
        Some(value.to_owned())
    };
    let mut hidden: Vec<String> = Vec::new();
    hidden.extend(read("COINPAY_API_KEY"));
    let list = read("COINPAY_WEBHOOK_SECRETS").unwrap_or_default();
    hidden.extend(list.split(',').map(str::to_owned));
    judge(Config::from_variables(read), &hidden);
}

/// The texts that stand where secrets do.
fn secrets(text: &str) -> Vec<String> {
    let Ok(document) = serde_json::from_str::<Value>(text) else {
        return Vec::new();
    };
    let list = document["webhook_secrets"].as_array();
    let listed = list.into_iter().flatten();
    let texts = listed
        .chain([&document["api_key"]])
        .filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

fn judge(read: Result<Config>, secrets: &[String]) {
    // Anything shorter is found in any sentence, and a setting is told by its name.
    let is_a_name = |secret: &str| {
        let secret = secret.to_ascii_lowercase();
        config::names().any(|key| format!("coinpay_{key}").contains(&secret))
    };
    let long = |secret: &&String| secret.len() >= 12 && !is_a_name(secret);
    match read {
        Ok(config) => accepted(&config),
        Err(error) => {
            assert_eq!(error.code, ErrorCode::InvalidConfiguration);
            let words = error.to_string();
            for secret in secrets.iter().filter(long) {
                assert!(!words.contains(secret.as_str()), "{words}");
            }
        }
    }
}

fn accepted(config: &Config) {
    assert_eq!(config.check(), Ok(()));
    let key = config.api_key.expose();
    assert!(!key.is_empty() && key.trim() == key);
    if config.mode == Mode::Live {
        assert!(!key.starts_with("cp_test_") && config.base_url == API_BASE_URL);
    } else {
        assert!(!key.starts_with("cp_live_"));
    }
    let url = &config.base_url;
    let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    assert!(url.starts_with("https://") || local.iter().any(|start| url.starts_with(start)));
    assert!(
        config
            .webhook_secrets
            .iter()
            .all(|secret| !secret.is_blank())
    );
    assert!(
        config
            .table_prefix
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    );
    let shown = format!("{config:?}");
    let public = [&config.business_id, &config.base_url, &config.database];
    let shows = |secret: &str| {
        secret.len() >= 12
            && !public.iter().any(|text| text.contains(secret))
            && shown.contains(secret)
    };
    assert!(!shows(key), "{shown}");
    assert!(
        !config
            .webhook_secrets
            .iter()
            .any(|secret| shows(secret.expose())),
        "{shown}"
    );
    assert!(Shop::new(config.clone(), Dialect::Sqlite).is_ok());
}
