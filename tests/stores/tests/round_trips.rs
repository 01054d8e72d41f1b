//! How often each flow waits for its server, counted on the wire. A number that grows here is a
//! shop that gets slower.

use coinpay_core::flow::{
    CancelOrder, CancelReason, ClaimEffects, CompleteEffect, CreateCheckout, Effect, EffectId,
    EffectOutcome, OrderAccess, ReportEffects, WorkLimits,
};
use coinpay_core::{Clock, Engine, SystemClock};
use coinpay_stores::{Kind, Proxy, Weather, server};
use serde_json::json;

use crate::gateway::{Gateway, event};
use crate::support::engine;

/// Each flow with its round trips, on connections that are open and know the statements.
const EXPECTED: [(&str, u64); 9] = [
    ("create_checkout", 5),
    ("create_checkout, again", 2),
    ("order_status", 1),
    ("handle_webhook", 2),
    ("handle_webhook, repeated", 1),
    ("claim_effects", 3),
    ("complete_effect", 2),
    ("report_effects", 2),
    ("cancel_order", 2),
];

struct Counted {
    engine: Engine,
    proxy: Proxy,
    found: Vec<(&'static str, u64)>,
}

impl Counted {
    fn count<T>(&mut self, name: &'static str, run: impl FnOnce(&Engine) -> T) -> T {
        let before = self.proxy.round_trips();
        let done = run(&self.engine);
        self.found.push((name, self.proxy.round_trips() - before));
        done
    }
}

fn checkout(cart: &str) -> CreateCheckout {
    let input = json!({
        "cart_id": cart, "customer_id": "anna", "currency": "USD", "blockchain": "ETH",
        "items": [{"sku": "book", "quantity": 1, "price": "15.00"}], "ship": "effect",
    });
    serde_json::from_value(input).expect("an input")
}

fn access(order_id: &str) -> OrderAccess {
    OrderAccess {
        order_id: order_id.to_owned(),
        customer_id: Some("anna".to_owned()),
        status_token: None,
    }
}

fn play(counted: &mut Counted, cart: &str) {
    let made = counted.count("create_checkout", |engine| {
        engine.create_checkout(checkout(cart)).expect("a checkout")
    });
    counted.count("create_checkout, again", |engine| {
        engine.create_checkout(checkout(cart)).expect("the same")
    });
    counted.count("order_status", |engine| {
        engine
            .order_status(access(&made.order_id))
            .expect("its owner")
    });
    let payment = made
        .order
        .and_then(|order| order.payment)
        .expect("a payment");
    let (body, signature) = event(&payment.payment_id, "confirmed", SystemClock.now_ms());
    for name in ["handle_webhook", "handle_webhook, repeated"] {
        let answer = counted.count(name, |engine| {
            let signature = Some(signature.clone());
            engine
                .handle_webhook(body.clone(), signature)
                .expect("an answer")
        });
        assert_eq!(answer.http_status, 200, "{answer:?}");
    }
    let claim = ClaimEffects {
        limit: Some(10),
        kinds: Vec::new(),
    };
    let effects = counted.count("claim_effects", |engine| {
        engine.claim_effects(claim).expect("claims")
    });
    tell(counted, &effects, &made.order_id);
    let other = counted
        .engine
        .create_checkout(checkout(&format!("{cart}, too")));
    let cancel = CancelOrder {
        access: access(&other.expect("a checkout").order_id),
        reason: CancelReason::Customer,
        actor: None,
        note: None,
    };
    counted.count("cancel_order", |engine| {
        engine.cancel_order(cancel).expect("cancels")
    });
}

/// One alone, and the others together.
fn tell(counted: &mut Counted, effects: &[Effect], order_id: &str) {
    // The same every time: a commit of another shape is prepared first.
    let of_this = effects.iter().filter(|one| one.order_id == order_id);
    let effects: Vec<_> = of_this.collect();
    let effect = effects.first().expect("side work");
    let complete = CompleteEffect {
        effect: EffectId {
            order_id: effect.order_id.clone(),
            kind: effect.kind,
            subject: effect.subject.clone(),
        },
        result: None,
    };
    counted.count("complete_effect", |engine| {
        engine.complete_effect(complete).expect("completes")
    });
    let outcomes = effects.iter().skip(1).map(|effect| EffectOutcome {
        order_id: effect.order_id.clone(),
        kind: effect.kind,
        subject: effect.subject.clone(),
        error: None,
        claim_no: None,
        result: None,
    });
    let outcomes: Vec<_> = outcomes.collect();
    assert!(outcomes.len() > 1, "several at once: {effects:?}");
    let report = ReportEffects {
        outcomes,
        claim: None,
    };
    counted.count("report_effects", |engine| {
        engine.report_effects(report).expect("reports")
    });
}

fn count_round_trips(kind: Kind) {
    let server = server(kind);
    let direct = server.new_database();
    let database = direct.rsplit('/').next().expect("its name");
    let proxy = Proxy::start(server.port(), Weather::default()).expect("a proxy");
    let url = server.url_by(database, proxy.port());
    let gateway = Gateway {
        now_ms: Box::new(|| SystemClock.now_ms()),
    };
    let settings = json!({"stock": "off", "carrier_honours_key": true});
    let engine = engine(server.executor(&url), Box::new(gateway), &settings);
    engine.prepare_store().expect("made ready");
    let mut counted = Counted {
        engine,
        proxy,
        found: Vec::new(),
    };
    play(&mut counted, "the connection and its statements");
    counted.engine.work(WorkLimits::default()).expect("works");
    let connections = counted.proxy.connections();
    counted.found.clear();
    play(&mut counted, "measured");
    assert_eq!(counted.found, EXPECTED, "{kind:?}");
    assert_eq!(counted.proxy.connections(), connections, "none was opened");
}

#[test]
fn a_load_and_a_commit_are_one_round_trip_each_on_postgres() {
    count_round_trips(Kind::Postgres);
}

#[test]
fn a_load_and_a_commit_are_one_round_trip_each_on_mariadb() {
    count_round_trips(Kind::Mariadb);
}
