//! The webhook endpoint over SQLite: nothing but the webhook that was signed changes a table.

use coinpay_core::flow::{Request, Step, WebhookAnswer, WebhookOutcome};
use coinpay_core::store::Value;
use coinpay_core::webhook::{TOLERANCE_S, Verified, sign_webhook};
use coinpay_core::{ErrorCode, Secret};
use serde_json::{Value as Json, json};

use crate::changes::{few_replacements, header_text, insertions, omissions, truncations};
use crate::signed::Signed;
use crate::world::World;

const SECRETS: [&str; 2] = ["whsec_new", "whsec_old"];

type Tables = Vec<Vec<Vec<Value>>>;

/// Everything but the notes of when somebody was last refused, which are for `health`.
fn tables(world: &World) -> Tables {
    let tables = [
        "order_log",
        "orders",
        "payments",
        "webhook_events",
        "effects",
        "stock",
        "reservations",
        "meta WHERE name NOT LIKE 'webhook_rejected%'",
    ];
    let select = |table: &&str| world.select(&format!("SELECT * FROM coinpay_{table}"));
    tables.iter().map(select).collect()
}

fn notes(world: &World) -> i64 {
    world.count("SELECT COUNT(*) FROM coinpay_meta WHERE name LIKE 'webhook_rejected%'")
}

/// Hands a webhook to the endpoint; also answers which tables it wrote to.
fn deliver(world: &mut World, body: Vec<u8>, header: String) -> (WebhookAnswer, Vec<String>) {
    let start = world.start();
    let mut flow = world.shop.handle_webhook(start, body, Some(header));
    let mut written = Vec::new();
    while let Step::Ask { number, request } = flow.step() {
        let (number, request) = (*number, request.clone());
        if let Request::Commit(statements) = &request {
            written.extend(statements.iter().map(|one| one.sql.to_string()));
        }
        let answer = world.carry_out(&request);
        flow.answer(number, answer, world.now_ms);
    }
    let outcome = flow.into_outcome().expect("done");
    (outcome.expect("the endpoint always answers"), written)
}

/// A shop with one open order, and the event that pays it, signed with the older secret beside a
/// signature that is none of ours.
fn scene(full: bool) -> (World, Signed) {
    let mut world = World::with(json!({ "webhook_secrets": SECRETS }));
    let (_, payment) = world.open_order();
    let mut event = world.thin(&payment, "confirmed");
    if full {
        event["data"]["amount_usd"] = json!("150.00");
        event["data"]["metadata"] = json!({ "order_id": "o", "attempt": 1 });
        event["data"]["received_amount"] = event["data"]["amount_crypto"].clone();
    }
    let body = event.to_string().into_bytes();
    let timestamp_s = world.now_ms / 1_000;
    let foreign = sign_webhook(&body, "whsec_foreign", timestamp_s);
    let (time, foreign) = foreign.split_once(',').expect("two parts");
    let ours = sign_webhook(&body, SECRETS[1], timestamp_s);
    let (_, ours) = ours.split_once(',').expect("two parts");
    let signed = Signed {
        name: "an event that pays an order".into(),
        header: format!("{time},{foreign},{ours}"),
        body,
        secrets: SECRETS.map(Secret::new).to_vec(),
        now_ms: world.now_ms,
        tolerance_s: TOLERANCE_S,
        verified: Verified {
            timestamp_s,
            secret_index: 1,
        },
    };
    (world, signed)
}

/// Tells the endpoint, checks that it refuses and changes nothing. `number` counts the calls.
fn refused(world: &mut World, before: &Tables, number: usize, body: &[u8], header: &str) {
    let now_ms = world.now_ms;
    let (answer, written) = deliver(world, body.to_vec(), header.to_owned());
    // The clock stands still, or the signature would grow old in the sweep.
    world.now_ms = now_ms;
    let WebhookOutcome::Refused { code } = answer.outcome else {
        panic!("{:?} for {header:?}", answer.outcome);
    };
    let codes = [
        ErrorCode::SignatureWrong,
        ErrorCode::SignatureMalformed,
        ErrorCode::SignatureMissing,
        ErrorCode::SignatureStale,
    ];
    assert!(codes.contains(&code), "{code:?} for {header:?}");
    assert_eq!(answer.http_status, 401);
    assert_eq!(answer.body(), json!({ "error": code }).to_string());
    for sql in written {
        assert!(sql.contains("coinpay_meta"), "{header:?} wrote: {sql}");
    }
    // Every write is looked at above; the tables themselves, which take longer, now and then.
    if number.is_multiple_of(32) {
        assert_eq!(&tables(world), before, "{header:?}");
    }
}

/// The webhook itself pays the order; each equivalent header then changes nothing more.
fn applied(world: &mut World, webhook: &Signed, equivalent: &[String]) {
    let (answer, _) = deliver(world, webhook.body.clone(), webhook.header.clone());
    assert_eq!(answer.outcome, WebhookOutcome::Applied);
    let paid = "SELECT COUNT(*) FROM coinpay_orders WHERE status = 'paid'";
    assert_eq!(world.count(paid), 1);
    let before = tables(world);
    for header in equivalent {
        let now_ms = world.now_ms;
        let (answer, _) = deliver(world, webhook.body.clone(), header.clone());
        world.now_ms = now_ms;
        assert_eq!(answer.outcome, WebhookOutcome::AlreadyApplied, "{header:?}");
        assert_eq!(tables(world), before, "{header:?}");
    }
}

fn sweep_bodies(full: bool) {
    let (mut world, webhook) = scene(full);
    let before = tables(&world);
    let body = &webhook.body;
    let all = truncations(body).chain(few_replacements(body));
    for (number, changed) in all.chain(omissions(body)).enumerate() {
        refused(&mut world, &before, number, &changed, &webhook.header);
    }
    assert_eq!(tables(&world), before);
    assert_eq!(notes(&world), 1, "health is told, once a minute at most");
    applied(&mut world, &webhook, &[]);
}

#[test]
fn no_change_of_a_thin_event_changes_a_table() {
    sweep_bodies(false);
}

#[test]
fn no_change_of_a_full_event_changes_a_table() {
    sweep_bodies(true);
}

#[test]
fn no_change_of_a_header_changes_a_table_unless_it_says_the_same() {
    let (mut world, webhook) = scene(false);
    let before = tables(&world);
    let header = webhook.header.as_bytes();
    let changed = truncations(header)
        .chain(few_replacements(header))
        .chain(insertions(header))
        .chain(omissions(header));
    let mut equivalent = Vec::new();
    for (number, bytes) in changed.enumerate() {
        let header = header_text(&bytes);
        // What is believed is told after the webhook itself, which it repeats.
        if webhook.verify(&webhook.body, &header).is_ok() {
            assert_eq!(webhook.equivalent(&header), Some(webhook.verified));
            equivalent.push(header);
        } else {
            refused(&mut world, &before, number, &webhook.body, &header);
        }
    }
    assert_eq!(tables(&world), before);
    assert!(equivalent.len() > 64, "the case of hex digits says nothing");
    applied(&mut world, &webhook, &equivalent);
}

/// Truncated before it was signed, so authentic: stored and acknowledged, and no order moves.
#[test]
fn a_truncated_event_that_is_signed_is_kept_and_moves_no_order() {
    let (mut world, webhook) = scene(false);
    let orders = |world: &World| {
        let tables = [
            "orders",
            "order_log",
            "payments",
            "effects",
            "stock",
            "reservations",
        ];
        let select = |table: &&str| world.select(&format!("SELECT * FROM coinpay_{table}"));
        tables.iter().map(select).collect::<Vec<_>>()
    };
    let before = orders(&world);
    for body in truncations(&webhook.body) {
        let header = sign_webhook(&body, SECRETS[0], world.now_ms / 1_000);
        let now_ms = world.now_ms;
        let (answer, _) = deliver(&mut world, body, header);
        world.now_ms = now_ms;
        assert_eq!(answer.outcome, WebhookOutcome::Unreadable);
        assert_eq!(answer.http_status, 200);
        assert_eq!(orders(&world), before);
    }
    let kept: Json = json!(world.count("SELECT COUNT(*) FROM coinpay_webhook_events"));
    assert_eq!(kept, json!(webhook.body.len()));
}
