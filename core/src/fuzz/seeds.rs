//! Where each fuzzer begins: inputs made of the shared vectors, and a few that are written here.
//! Decides how a body's input is written; refuses to know where the vectors are kept.

mod dash;
mod documents;

use serde_json::{Value, json};

/// The names of all targets, in the order in which they are run.
pub const NAMES: &[&str] = &[
    "amounts",
    "answers",
    "configuration",
    "dash",
    "documents",
    "event",
    "pay_page",
    "payment_uri",
    "webhook",
    "operations",
];

/// Longer inputs teach a fuzzer nothing that shorter ones do not.
const LONGEST_SEED_BYTES: usize = 1_500;

/// The inputs that `target` begins with; `read` gives the text of a file of the vectors.
///
/// # Panics
/// Where a file is not one of vectors, or there is no target of that name.
#[must_use]
pub fn seeds(target: &str, read: &dyn Fn(&str) -> String) -> Vec<Vec<u8>> {
    let cases = |file: &str| -> Vec<Value> {
        let mut document: Value = serde_json::from_str(&read(file)).expect("a file of vectors");
        match document["cases"].take() {
            Value::Array(cases) => cases,
            _ => panic!("{file} has no cases"),
        }
    };
    let mut seeds: Vec<Vec<u8>> = match target {
        "amounts" => texts(amounts(&cases("amounts.json"))),
        "answers" => answers(&cases("api_answers.json")),
        "configuration" => texts(configurations()),
        "dash" => texts(dash::seeds()),
        "documents" => texts(documents::seeds()),
        "event" => cases("webhook_events.json")
            .iter()
            .filter_map(body)
            .collect(),
        "pay_page" => texts(pages()),
        "payment_uri" => texts(payment_uris(&cases("payment_uris.json"))),
        "webhook" => webhooks(&cases("webhook_events.json")),
        "operations" => OPERATIONS.iter().map(|bytes| bytes.to_vec()).collect(),
        _ => panic!("{target} is no target"),
    };
    seeds.retain(|seed| seed.len() <= LONGEST_SEED_BYTES);
    seeds.sort();
    seeds.dedup();
    seeds
}

fn texts(seeds: Vec<String>) -> Vec<Vec<u8>> {
    seeds.into_iter().map(String::into_bytes).collect()
}

fn body(case: &Value) -> Option<Vec<u8>> {
    match case["body_hex"].as_str() {
        Some(digits) => hex::decode(digits).ok(),
        None => case["body"].as_str().map(|text| text.as_bytes().to_vec()),
    }
}

fn text<'a>(case: &'a Value, keys: &[&str]) -> Option<&'a str> {
    keys.iter().find_map(|key| case[*key].as_str())
}

fn amounts(cases: &[Value]) -> Vec<String> {
    let seed = |case: &Value| {
        let first = text(
            case,
            &["text", "json", "left", "a", "due", "total", "units"],
        )?;
        let second = text(case, &["right", "b", "rate"]).unwrap_or("1.5");
        let third = text(case, &["divisor"]).unwrap_or("10000");
        let exponent = case["exponent"].as_u64().unwrap_or(8);
        Some(format!("{first}\n{second}\n{third}\n{exponent}"))
    };
    cases.iter().filter_map(seed).collect()
}

fn answers(cases: &[Value]) -> Vec<Vec<u8>> {
    let seed = |case: &Value| {
        let mut seed = format!("{}\n", case["status"].as_u64()?);
        for (name, value) in case["headers"].as_object()? {
            seed.push_str(&format!("{name}: {}\n", value.as_str()?));
        }
        let mut seed = (seed + "\n").into_bytes();
        seed.extend(body(case)?);
        Some(seed)
    };
    cases.iter().filter_map(seed).collect()
}

fn payment_uris(cases: &[Value]) -> Vec<String> {
    let seed = |case: &Value| {
        let address = text(case, &["address", "a"])?;
        let other = text(case, &["b"]).unwrap_or(address);
        let amount = text(case, &["amount"]).unwrap_or("800");
        Some(format!(
            "{}\n{address}\n{amount}\n{other}",
            text(case, &["chain"])?
        ))
    };
    cases.iter().filter_map(seed).collect()
}

/// Events under headers of every form.
fn webhooks(cases: &[Value]) -> Vec<Vec<u8>> {
    let zeros = "0".repeat(64);
    let headers = [
        "t=1795348800,v1=%".to_owned(),
        "t=1795348800,v1=&".to_owned(),
        format!("t=1795348800,v1={zeros},v1=%"),
        format!("v0=x,v1={zeros},v1={zeros},v1={zeros},v1=&,t=1795348800"),
        " t=1795348800,v1=%,v1=&\t".to_owned(),
        "t=1795348500,v1=%".to_owned(),
        "t=1795340000,v1=%".to_owned(),
        "t=01795348800,v1=%".to_owned(),
        "t=1795348800,t=1795348800,v1=%".to_owned(),
        "t=1795348800".to_owned(),
        String::new(),
    ];
    let bodies: Vec<_> = cases.iter().filter_map(body).step_by(9).collect();
    let with = |header: &String| {
        let join = |body: &Vec<u8>| [header.as_bytes(), b"\n", body].concat();
        bodies.iter().map(join).collect::<Vec<_>>()
    };
    headers.iter().flat_map(with).collect()
}

fn configurations() -> Vec<String> {
    let least = json!({
        "mode": "test", "api_key": "cp_test_0123456789abcdef",
        "business_id": "7b8f2c1e-5d5c-4c6e-9a51-2f6f3f1d9f10",
    });
    let mut full = least.clone();
    for (key, value) in [
        ("v", json!(1)),
        (
            "webhook_secrets",
            json!(["whsec_0123456789", "whsec_abcdefghij"]),
        ),
        ("base_url", json!("http://127.0.0.1:4000/api")),
        ("shop_id", json!("shop-1")),
        ("database", json!("sqlite:shop.db")),
        ("table_prefix", json!("cp_")),
        ("stock", json!("managed")),
        ("order_window", json!("payment")),
        ("window_minutes", json!(60)),
        ("late_window_hours", json!(24)),
        ("underpaid_tolerance_bps", json!(100)),
        ("max_open_orders", json!(0)),
        ("webhook_tolerance_s", json!(300)),
        ("budget_ms", json!(10_000)),
        ("lease_ms", json!(120_000)),
        ("carrier_honours_key", json!(true)),
        ("keep_orders_days", json!(31)),
    ] {
        full[key] = value;
    }
    let mut live = least.clone();
    live["mode"] = json!("live");
    live["api_key"] = json!("cp_live_0123456789abcdef");
    let variables = "COINPAY_MODE=test\nCOINPAY_API_KEY=cp_test_0123456789abcdef\n\
        COINPAY_BUSINESS_ID=7b8f2c1e-5d5c-4c6e-9a51-2f6f3f1d9f10\n\
        COINPAY_WEBHOOK_SECRETS=whsec_0123456789,whsec_abcdefghij\nCOINPAY_STOCK=off\n\
        COINPAY_CARRIER_HONOURS_KEY=true\nCOINPAY_MAX_TRIES=3\nCOINPAY_WINDOW_MINUTES=60";
    vec![
        least.to_string(),
        full.to_string(),
        live.to_string(),
        variables.to_owned(),
    ]
}

fn pages() -> Vec<String> {
    let options = json!({
        "language": "english", "status_url": "/orders/1?token=a&b=c",
        "renew_url": "/orders/1/renew",
        "cancel_url": "/orders/1/cancel", "blockchains": ["BTC", "USDC_POL"],
        "shop_name": "Tea & <Sons>", "return_url": "https://shop.example/",
        "nonce": "b25jZSBvbmx5IDEyMzQ1Ng==",
    });
    let address = "0x8626f6940E2eb28930eFb4CeF49B2d1F2C9C1199";
    let status = |hint: &str, status: &str, actions: Value| {
        json!({
            "order_id": "o-1", "status": status, "payment_status": "pending", "hint": hint,
            "actions": actions, "currency": "EUR", "total": "25.00", "total_usd": "27.10",
            "credited": "10.00", "missing": "15.00", "deadline_at_ms": 1_900_000_000_000_i64,
            "attention": [], "refund_due": null, "now_ms": 1_899_999_100_000_i64,
            "poll_after_ms": 5_000,
            "payment": {
                "payment_id": "p", "blockchain": "USDC_POL", "network": "Polygon", "asset": "USDC",
                "address": address, "crypto_amount": "25.012345", "seconds_left": 899,
                "uri": format!("ethereum:{address}@137?value=1"),
            },
        })
    };
    let mut bare = status("being_checked", "needs_review", json!([]));
    bare["payment"] = Value::Null;
    let statuses = [
        status(
            "send_payment",
            "awaiting_payment",
            json!(["pay", "choose_blockchain", "cancel"]),
        ),
        status(
            "send_the_rest",
            "needs_review",
            json!(["pay", "renew_quote"]),
        ),
        status(
            "quote_expired",
            "awaiting_payment",
            json!(["renew_quote", "choose_blockchain"]),
        ),
        status("paid", "paid", json!([])),
        status("cancelled", "refunded", json!([])),
        bare,
    ];
    let with_german = json!({ "language": "german", "shop_name": "\"><script>" });
    let seed = |status: &Value| {
        [
            format!("{options}\n{status}"),
            format!("{with_german}\n{status}"),
        ]
    };
    statuses.iter().flat_map(seed).collect()
}

/// The settings, then operations with their bytes; see the body of that name.
const OPERATIONS: &[&[u8]] = &[
    // Goods come in, a checkout, it is paid, shipped, and refunded.
    &[
        0, 5, 15, 0, 0, 0, 0, 2, 0, 0, 0, 8, 9, 0, 0, 9, 0, 1, 9, 0, 2, 13, 16, 0, 7,
    ],
    // Paid short, accepted by a person, fulfilled by one.
    &[
        0, 5, 15, 0, 0, 16, 0, 2, 0, 2, 0, 12, 0, 0, 14, 0, 8, 9, 0, 0,
    ],
    // Expired, then paid late; another order has the key.
    &[
        0, 5, 15, 0, 1, 0, 1, 15, 6, 7, 0, 1, 0, 2, 2, 0, 0, 0, 7, 12, 128, 0,
    ],
    // Goods of the host, a lost shipment, settled.
    &[
        3, 0, 0, 0, 0, 2, 0, 0, 0, 8, 9, 8, 0, 15, 4, 7, 8, 10, 5, 0, 9, 6, 0,
    ],
    // Cuts and faults at a checkout and a webhook.
    &[
        4, 5, 15, 18, 3, 0, 0, 0, 0, 16, 5, 1, 2, 0, 1, 0, 17, 6, 2, 0, 1, 64, 1, 2, 1, 9, 0,
    ],
    // Learnt by asking; events that contradict, or are nobody's.
    &[
        12, 5, 15, 0, 2, 1, 2, 6, 0, 0, 15, 2, 7, 2, 0, 4, 0, 2, 0, 128, 0, 2, 5, 6, 0, 19, 1, 0,
    ],
    // Nothing is counted, the shop cancels, money comes all the same.
    &[
        2, 0, 3, 3, 0, 11, 1, 0, 0, 2, 1, 3, 0, 7, 13, 20, 0, 19, 4, 19, 3, 15, 8, 7,
    ],
];
