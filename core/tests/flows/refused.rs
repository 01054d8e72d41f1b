//! Webhooks that were refused: counted, and written down rarely, however many come.

use coinpay_core::flow::{Answer, Health, Request, Step, WebhookOutcome};
use coinpay_core::store::{FaultClass, StoreFault};
use serde_json::{Value as Json, json};

use crate::world::{MINUTE_MS, World};

const FORGED: &str =
    "t=1750000000,v1=0000000000000000000000000000000000000000000000000000000000000000";

fn forge(world: &mut World, signature: Option<&str>) {
    let start = world.start();
    let signature = signature.map(str::to_owned);
    let flow = world.shop.handle_webhook(start, b"{}".to_vec(), signature);
    let answer = world.drive(flow).expect("answers");
    assert!(matches!(answer.outcome, WebhookOutcome::Refused { .. }));
}

fn commits(world: &World) -> usize {
    let commits = world.steps.iter().filter(|step| **step == "commit");
    commits.count()
}

fn health(world: &mut World) -> Health {
    world.run("health", json!({})).expect("health")
}

/// Another process of the same shop's.
fn process(world: &World) -> World {
    let mut other = World::on(world.store.clone(), json!({}));
    other.now_ms = world.now_ms;
    other.steps.clear();
    other
}

#[test]
fn a_flood_is_counted_and_written_once_a_minute() {
    let mut world = World::new();
    world.steps.clear();
    let began_ms = world.now_ms;
    for number in 0..300 {
        forge(
            &mut world,
            if number % 3 == 0 { None } else { Some(FORGED) },
        );
    }
    assert!(world.now_ms - began_ms < MINUTE_MS);
    assert_eq!(world.steps, ["load", "commit"], "for the first one alone");
    let told = health(&mut world);
    assert_eq!(
        json!(told.webhooks_refused),
        json!({"signature_missing": 100, "signature_wrong": 200})
    );
    let since_ms = told.webhooks_refused_since_ms.expect("a time");
    assert!((began_ms..began_ms + 10).contains(&since_ms));
    let last = told.webhook_rejected.expect("the last one");
    assert_eq!(last["code"], json!("signature_missing"));
    assert!(
        last["cause"]
            .as_str()
            .is_some_and(|text| text.contains("X-CoinPay-Signature"))
    );

    let before = commits(&world);
    world.now_ms += MINUTE_MS;
    for _ in 0..50 {
        forge(&mut world, Some(FORGED));
    }
    assert_eq!(commits(&world), before + 1);
    assert_eq!(health(&mut world).webhooks_refused["signature_wrong"], 250);
    let figures: Json = world
        .run("health", json!({}))
        .expect("nothing is counted twice");
    assert_eq!(figures["webhooks_refused"]["signature_wrong"], json!(250));
}

#[test]
fn where_each_webhook_has_a_process_a_flood_writes_once_a_minute_too() {
    let world = World::new();
    let mut at_ms = world.now_ms;
    for (pause_ms, written) in [(0, 1), (20_000, 0), (30_000, 0), (10_001, 1), (1, 0)] {
        at_ms += pause_ms;
        let mut one = process(&world);
        one.now_ms = at_ms;
        forge(&mut one, Some(FORGED));
        assert_eq!(commits(&one), written, "after {pause_ms} ms");
    }
    let told = health(&mut process(&world));
    assert_eq!(
        told.webhooks_refused["signature_wrong"], 2,
        "at least so many"
    );
}

#[test]
fn what_one_process_has_counted_the_others_learn_when_it_works() {
    let mut server = World::new();
    for _ in 0..20 {
        forge(&mut server, Some(FORGED));
    }
    let mut operator = process(&server);
    assert_eq!(health(&mut operator).webhooks_refused["signature_wrong"], 1);
    let _: Json = server.run("work", json!({})).expect("works");
    assert_eq!(
        health(&mut operator).webhooks_refused["signature_wrong"],
        20
    );
    forge(&mut operator, None);
    let told = health(&mut operator).webhooks_refused;
    assert_eq!(
        (told["signature_wrong"], told["signature_missing"]),
        (20, 1)
    );
}

#[test]
fn what_could_not_be_written_down_is_not_forgotten_and_not_told_twice() {
    for (class, is_done) in [
        (FaultClass::Retry, false),
        (FaultClass::Conflict, false),
        (FaultClass::Unknown, true),
    ] {
        let mut world = World::new();
        let start = world.start();
        let mut flow = world.shop.handle_webhook(start, b"{}".to_vec(), None);
        while let Step::Ask { number, request } = flow.step() {
            let (number, request) = (*number, request.clone());
            let is_commit = matches!(request, Request::Commit(_));
            let mut answer = Answer::Commit(Ok(()));
            if is_done || !is_commit {
                answer = world.carry_out(&request);
            }
            if is_commit {
                answer = Answer::Commit(Err(StoreFault::new(class, "BUSY")));
            }
            flow.answer(number, answer, world.now_ms);
        }
        let answer = flow.into_outcome().expect("done").expect("an answer");
        assert_eq!(
            answer.http_status, 401,
            "a busy store is no reason for another answer"
        );
        let told = health(&mut world).webhooks_refused;
        assert_eq!(told["signature_missing"], 1, "{class:?}");
    }
}

#[cfg(feature = "dash")]
#[test]
fn the_operator_sees_the_counts_and_so_does_prometheus() {
    let mut world = World::new();
    forge(&mut world, Some(FORGED));
    forge(&mut world, Some(FORGED));
    let mut page = |path: &str| -> String {
        let request = json!({"method": "GET", "path": path, "actor": "anna"});
        let answer: Json = world.run("dash", request).expect("an answer");
        answer["body"].as_str().expect("a page").to_owned()
    };
    let figures = page("/figures");
    assert!(
        figures.contains("Refused since") && figures.contains("signature wrong"),
        "{figures}"
    );
    let metrics = page("/metrics");
    assert!(metrics.contains("# TYPE coinpay_webhooks_refused_total counter"));
    assert!(metrics.contains("coinpay_webhooks_refused_total{code=\"signature_wrong\"} 2\n"));
}
