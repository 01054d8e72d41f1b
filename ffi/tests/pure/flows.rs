//! The step protocol with a host of its own: its database is empty and keeps nothing, and its
//! gateway makes payments. What orders become is for the tests with a real database.

use std::mem::MaybeUninit;
use std::ptr;

use coinpay::{coinpay_flow, coinpay_flow_answer, coinpay_flow_free, coinpay_flow_start};
use coinpay::{coinpay_shop, coinpay_shop_free, coinpay_shop_open, coinpay_slice};
use serde_json::{Value as Json, json};

use crate::support::{
    Failed, Shared, code, covers, given, impossible, no_texts, none, note, text, told,
};

pub(crate) const EXPORTS: &[&str] = &[
    "coinpay_shop_open",
    "coinpay_shop_free",
    "coinpay_flow_start",
    "coinpay_flow_answer",
    "coinpay_flow_free",
];

const NOW_MS: i64 = 1_750_000_000_000;
/// A checkout on a database that forgets it begins again for ever; it is dropped after so many.
const MOST_STEPS: i64 = 8;

fn config() -> String {
    let config = json!({
        "mode": "test",
        "api_key": "cp_test_sandbox",
        "business_id": "5a0db0c5-0000-4000-8000-000000000001",
        "webhook_secrets": ["whsec_sandbox"],
        "base_url": "http://127.0.0.1:1/api",
    });
    config.to_string()
}

fn opened(config: coinpay_slice, dialect: coinpay_slice) -> Result<*mut coinpay_shop, Failed> {
    let mut place = MaybeUninit::uninit();
    let made = told("coinpay_shop_open", |err| {
        // SAFETY: the slices are readable or impossible; the places are of this call.
        unsafe { coinpay_shop_open(config, dialect, place.as_mut_ptr(), err) }
    });
    // SAFETY: every call writes the place before anything else.
    let shop = unsafe { place.assume_init() };
    assert_eq!(shop.is_null(), made.is_err());
    made.map(|()| shop)
}

fn close(shop: *mut coinpay_shop) {
    // SAFETY: NULL, or opened and not freed before.
    unsafe { coinpay_shop_free(shop) };
    note("coinpay_shop_free", !shop.is_null());
}

/// What a flow is started with, as slices, so that each may be wrong.
#[derive(Clone, Copy)]
struct Start {
    operation: coinpay_slice,
    input: coinpay_slice,
    body: coinpay_slice,
    randomness: coinpay_slice,
}

fn of(operation: &str) -> Start {
    Start {
        operation: text(operation),
        input: none(),
        body: none(),
        randomness: none(),
    }
}

fn start(shop: *const coinpay_shop, start: Start) -> Result<(*mut coinpay_flow, Json), Failed> {
    let mut place = MaybeUninit::uninit();
    let made = given("coinpay_flow_start", |out, err| {
        let Start {
            operation,
            input,
            body,
            randomness,
        } = start;
        let flow = place.as_mut_ptr();
        // SAFETY: as in `opened`; the shop is NULL or open.
        unsafe {
            coinpay_flow_start(
                shop, operation, input, body, NOW_MS, randomness, flow, out, err,
            )
        }
    });
    // SAFETY: every call writes the place before anything else.
    let flow = unsafe { place.assume_init() };
    assert_eq!(flow.is_null(), made.is_err());
    made.map(|step| (flow, read(&step)))
}

fn answer(
    flow: *const coinpay_flow,
    answer: coinpay_slice,
    body: coinpay_slice,
) -> Result<Json, Failed> {
    given("coinpay_flow_answer", |out, err| {
        // SAFETY: as in `opened`; the flow is NULL or started.
        unsafe { coinpay_flow_answer(flow, answer, body, out, err) }
    })
    .map(|step| read(&step))
}

fn drop_flow(flow: *mut coinpay_flow) {
    // SAFETY: NULL, or started and not freed before.
    unsafe { coinpay_flow_free(flow) };
    note("coinpay_flow_free", !flow.is_null());
}

fn read(document: &[u8]) -> Json {
    serde_json::from_slice(document).expect("a step is JSON")
}

/// Answers steps until the flow is done, or dropped, and says for what it asked.
fn play(shop: *const coinpay_shop, begin: Start) -> (Vec<String>, Option<Result<Json, Failed>>) {
    let mut asked = Vec::new();
    let (flow, mut step) = match start(shop, begin) {
        Ok(started) => started,
        Err(failed) => return (asked, Some(Err(failed))),
    };
    let mut outcome = None;
    for number in 0..MOST_STEPS {
        if step["done"] == true {
            outcome = Some(Ok(step["output"].clone()));
            break;
        }
        let request = step["request"].as_str().expect("a request");
        asked.push(request.to_owned());
        let (mut document, body) = host(request, &step["with"]);
        document["step"] = step["step"].clone();
        document["now_ms"] = (NOW_MS + number).into();
        match answer(flow, text(&document.to_string()), text(&body)) {
            Ok(next) => step = next,
            Err(failed) => {
                outcome = Some(Err(failed));
                break;
            }
        }
    }
    drop_flow(flow);
    (asked, outcome)
}

fn host(request: &str, with: &Json) -> (Json, String) {
    match request {
        "load" => {
            let statements = with.as_array().expect("statements").len();
            (
                json!({ "answer": "rows", "rows": vec![[(); 0]; statements] }),
                String::new(),
            )
        }
        "commit" => (json!({ "answer": "committed" }), String::new()),
        "http" => gateway(with),
        _ => (json!({ "answer": "elapsed" }), String::new()),
    }
}

fn gateway(request: &Json) -> (Json, String) {
    let created = request["method"] == "POST";
    let body = if created {
        let sent = request["body"].as_str().expect("a create call has a body");
        let sent: Json = serde_json::from_str(sent).expect("JSON");
        json!({ "success": true, "payment": {
            "id": "00000000-0000-4000-8000-000000000001",
            "business_id": sent["business_id"],
            "amount": sent["amount"],
            "currency": "usdc_pol",
            "blockchain": sent["blockchain"],
            "crypto_amount": "19.9",
            "payment_address": "0x8626f6940E2eb28930eFb4CeF49B2d1F2C9C1199",
            "status": "pending",
            "expires_at": "2025-06-15T15:21:40Z",
        }})
    } else {
        json!({ "success": false, "error": "not found" })
    };
    let status = if created { 201 } else { 404 };
    let head = json!({ "answer": "http", "status": status, "headers": [["a", "b"]] });
    (head, body.to_string())
}

/// Operations to their ends, and a checkout that is dropped on its way.
fn played(shop: *const coinpay_shop) {
    let cart = json!({
        "cart_id": "cart-1", "currency": "USD", "blockchain": "USDC_POL",
        "items": [{ "sku": "e-book", "quantity": 1, "price": "19.90", "digital": true }],
    });
    let cart = cart.to_string();
    let input = text(&cart);
    let (asked, dropped) = play(
        shop,
        Start {
            input,
            ..of("create_checkout")
        },
    );
    assert!(dropped.is_none(), "{dropped:?}");
    for request in ["load", "commit", "http"] {
        assert!(asked.iter().any(|asked| asked == request), "{asked:?}");
    }
    let input = text("{}");
    for operation in ["health", "list_orders", "claim_effects"] {
        let (_, outcome) = play(
            shop,
            Start {
                input,
                ..of(operation)
            },
        );
        outcome.expect("it ends").expect(operation);
    }
    let input = text(r#"{"order_id":"0199f0c2-0000-7000-8000-000000000001"}"#);
    let (_, nowhere) = play(
        shop,
        Start {
            input,
            ..of("order_status")
        },
    );
    assert_eq!(code(nowhere.expect("it ends")), "not_found");
}

/// What no flow is started and none answered with.
fn refused(shop: *const coinpay_shop) {
    assert_eq!(code(start(ptr::null(), of("health"))), "invalid_input");
    assert_eq!(code(start(shop, of("destroy"))), "invalid_input");
    for wrong in no_texts() {
        assert_eq!(
            code(start(
                shop,
                Start {
                    operation: wrong,
                    ..of("")
                }
            )),
            "invalid_input"
        );
        assert_eq!(
            code(start(
                shop,
                Start {
                    input: wrong,
                    ..of("health")
                }
            )),
            "invalid_input"
        );
    }
    for wrong in impossible() {
        assert_eq!(
            code(start(
                shop,
                Start {
                    body: wrong,
                    ..of("health")
                }
            )),
            "invalid_input"
        );
    }
    let short = [
        &impossible()[..],
        &[text("short"), text("exactly thirty-two bytes of this!")],
    ]
    .concat();
    for randomness in short {
        assert_eq!(
            code(start(
                shop,
                Start {
                    randomness,
                    ..of("health")
                }
            )),
            "invalid_input"
        );
    }
    let nowhere = given("coinpay_flow_start", |out, err| {
        let (operation, flow) = (text("health"), ptr::null_mut());
        // SAFETY: NULL is refused.
        unsafe { coinpay_flow_start(shop, operation, none(), none(), 0, none(), flow, out, err) }
    });
    assert_eq!(code(nowhere), "invalid_input");
    assert_eq!(
        code(answer(ptr::null(), text("{}"), none())),
        "invalid_input"
    );
}

/// One shop for all of it: a shop writes out its statements, which takes Miri minutes.
#[test]
fn a_host_plays_operations_and_whatever_it_does_wrong_is_refused() {
    covers(EXPORTS, || {
        let sqlite = text("sqlite");
        let shop = opened(text(&config()), sqlite).expect("a shop");
        played(shop);
        refused(shop);
        misused(shop);
        outlived(shop);
        close(ptr::null_mut());
        drop_flow(ptr::null_mut());
        for wrong in ["", "{}", "{\"mode\":"] {
            assert_eq!(code(opened(text(wrong), sqlite)), "invalid_configuration");
        }
        for wrong in [&no_texts()[..], &[text("oracle")]].concat() {
            assert_eq!(code(opened(text(&config()), wrong)), "invalid_input");
        }
        for wrong in no_texts() {
            assert_eq!(code(opened(wrong, sqlite)), "invalid_input");
        }
        let nowhere = told("coinpay_shop_open", |err| {
            // SAFETY: NULL is refused.
            unsafe { coinpay_shop_open(text(&config()), sqlite, ptr::null_mut(), err) }
        });
        assert_eq!(code(nowhere), "invalid_input");
    });
}

/// A flow that is misused ends, and takes nothing more.
fn misused(shop: *const coinpay_shop) {
    let rows = r#"{"step":1,"now_ms":1,"answer":"rows","rows":[[[1,"x",null,true]]]}"#;
    let elsewhere = r#"{"step":2,"now_ms":1,"answer":"rows","rows":[]}"#;
    let another = r#"{"step":1,"now_ms":1,"answer":"elapsed"}"#;
    for wrong in ["", "{}", "[", rows, elsewhere, another] {
        let (flow, step) = start(shop, of("health")).expect("a flow");
        assert_eq!(step["request"], "load");
        for _ in 0..2 {
            assert_eq!(
                code(answer(flow, text(wrong), none())),
                "flow_misused",
                "{wrong}"
            );
        }
        drop_flow(flow);
    }
    // What is refused before it is read leaves the flow as it was.
    let (flow, _) = start(shop, of("health")).expect("a flow");
    for wrong in no_texts() {
        assert_eq!(code(answer(flow, wrong, none())), "invalid_input");
    }
    let gone =
        r#"{"step":1,"now_ms":2,"answer":"load_fault","fault":{"class":"fatal","code":"1"}}"#;
    for wrong in impossible() {
        assert_eq!(code(answer(flow, text(gone), wrong)), "invalid_input");
    }
    assert_eq!(code(answer(flow, text(gone), none())), "store_unavailable");
    drop_flow(flow);
}

/// Closes the shop, and goes on with a flow from thread to thread.
fn outlived(shop: *mut coinpay_shop) {
    let randomness = text("exactly thirty-two bytes of this");
    let (dropped, _) = start(shop, of("health")).expect("a flow");
    let (flow, step) = start(
        shop,
        Start {
            randomness,
            ..of("health")
        },
    )
    .expect("a flow");
    close(shop);
    drop_flow(dropped);
    let (mut document, _) = host("load", &step["with"]);
    document["step"] = 1.into();
    document["now_ms"] = NOW_MS.into();
    let document = document.to_string();
    let shared = Shared(flow.cast_const());
    // Two at once: one is the answer, and the other comes too late.
    let answers = std::thread::scope(|threads| {
        let ask = || code(answer(shared.get(), text(&document), none()));
        let two = [threads.spawn(ask), threads.spawn(ask)];
        two.map(|thread| thread.join().expect("no panic"))
    });
    assert!(answers.contains(&"flow_misused".to_owned()), "{answers:?}");
    drop_flow(flow);
}
