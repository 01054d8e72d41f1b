//! A whole claim told in one flow: it means what telling one after the other means, and one
//! effect's trouble is that one's alone.

use coinpay_core::ErrorCode;
use coinpay_core::flow::{
    Answer, Effect, EffectAnswer, Flow, Reported, ReportedEffect, Request, Step,
};
use coinpay_core::order::{EffectKind, Status};
use coinpay_core::store::{FaultClass, Statement, StoreFault};
use serde_json::{Value as Json, json};

use crate::world::{HOUR_MS, World};

/// That it was done.
pub(crate) fn outcome(effect: &Effect) -> Json {
    json!({
        "order_id": effect.order_id, "kind": effect.kind, "subject": effect.subject,
        "claim_no": effect.claim_no,
    })
}

fn failed(effect: &Effect) -> Json {
    let mut outcome = outcome(effect);
    outcome["error"] = json!("closed");
    outcome
}

/// That many orders, paid and not shipped yet.
fn shop(orders: usize, settings: Json) -> (World, Vec<String>) {
    let mut settings = settings;
    settings["max_open_orders"] = json!(0);
    let mut world = World::with(settings);
    world.stock("book", 100);
    let ids = (0..orders).map(|cart| {
        let (order, payment) = world.open_cart(&format!("cart-{cart}"));
        world.webhook(&world.thin(&payment, "confirmed"));
        order
    });
    let ids = ids.collect();
    (world, ids)
}

fn honoured() -> Json {
    json!({ "carrier_honours_key": true })
}

fn report(world: &mut World, outcomes: &[Json]) -> Vec<ReportedEffect> {
    let input = json!({ "outcomes": outcomes });
    let reported: Reported = world.run("report_effects", input).expect("reported");
    reported.answers
}

fn state(answer: &ReportedEffect) -> (&str, bool) {
    match answer {
        ReportedEffect::Taken(EffectAnswer { applied, state, .. }) => (state, *applied),
        ReportedEffect::Refused { error } => panic!("{error}"),
    }
}

fn code(answer: &ReportedEffect) -> Option<ErrorCode> {
    match answer {
        ReportedEffect::Taken(_) => None,
        ReportedEffect::Refused { error } => Some(error.code),
    }
}

/// The rows that matter, in an order of their own.
fn rows(world: &World) -> Vec<String> {
    [
        "SELECT kind, subject, state, tries, result, error FROM coinpay_effects \
         ORDER BY created_at, order_id, kind, subject",
        "SELECT status, version FROM coinpay_orders ORDER BY created_at, id",
    ]
    .iter()
    .flat_map(|sql| world.select(sql))
    .map(|row| serde_json::to_string(&row).expect("a row"))
    .collect()
}

/// What is due at the same time comes in the order that the database likes.
fn sorted(mut claimed: Vec<Effect>, ids: &[String]) -> Vec<Effect> {
    let place = |effect: &Effect| ids.iter().position(|id| *id == effect.order_id);
    claimed.sort_by_cached_key(|one| (place(one), one.kind.as_str(), one.subject.clone()));
    claimed
}

#[test]
fn a_claim_is_told_with_one_load_and_one_commit_and_means_the_same() {
    let (mut world, ids) = shop(4, honoured());
    let claimed = sorted(world.claim(), &ids);
    assert_eq!(claimed.len(), 12);
    let mut outcomes: Vec<_> = claimed.iter().map(outcome).collect();
    outcomes[0]["result"] = json!({ "id": "m-1" });
    outcomes[1] = failed(&claimed[1]);
    world.steps.clear();
    let answers = report(&mut world, &outcomes);
    assert_eq!(world.steps, ["load", "commit"]);
    assert_eq!(answers.iter().filter(|one| state(one).1).count(), 12);

    let (mut other, ids) = shop(4, honoured());
    for (effect, outcome) in sorted(other.claim(), &ids).iter().zip(&outcomes) {
        let name = match outcome.get("error") {
            Some(_) => "fail_effect",
            None => "complete_effect",
        };
        let mut input = outcome.clone();
        input["order_id"] = json!(effect.order_id);
        let _: Json = other.run(name, input).expect("told");
    }
    assert_eq!(rows(&world), rows(&other));
}

#[test]
fn said_again_it_changes_nothing() {
    let (mut world, ids) = shop(2, honoured());
    let outcomes: Vec<_> = world.claim().iter().map(outcome).collect();
    report(&mut world, &outcomes);
    let known = rows(&world);
    world.steps.clear();
    let answers = report(&mut world, &outcomes);
    assert!(answers.iter().all(|one| state(one) == ("completed", false)));
    assert_eq!(world.steps, ["load"]);
    assert_eq!(rows(&world), known);
    assert_eq!(world.status(&ids[0]).status, Status::Fulfilled);
    // Twice in one report is the same.
    let (mut world, _) = shop(1, honoured());
    let one = outcome(&world.claim()[0]);
    let answers = report(&mut world, &[one.clone(), one]);
    assert_eq!(state(&answers[0]), ("completed", true));
    assert_eq!(state(&answers[1]), ("completed", false));
}

#[test]
fn a_lost_lease_is_told_for_that_one_alone() {
    let (mut world, _) = shop(2, honoured());
    let first = world.claim();
    world.now_ms += HOUR_MS;
    world.work();
    let second = world.claim();
    assert_eq!(first.len(), second.len());
    let lost = first
        .iter()
        .position(|one| one.kind == EffectKind::ShipOrder);
    let lost = lost.expect("a shipment");
    let mut outcomes: Vec<_> = first.iter().map(outcome).collect();
    outcomes[lost] = failed(&first[lost]);
    // A failure that does not say whose it is might be anybody's.
    let nobody = lost + 1;
    outcomes[nobody] = failed(&first[nobody]);
    outcomes[nobody]["claim_no"] = Json::Null;
    let answers = report(&mut world, &outcomes);
    for (place, answer) in answers.iter().enumerate() {
        if place == lost || place == nobody {
            assert_eq!(code(answer), Some(ErrorCode::LeaseLost));
        } else {
            assert_eq!(state(answer), ("completed", true));
        }
    }
    let same = |one: &&Effect| one.idempotency_key == first[lost].idempotency_key;
    let held = second.iter().find(same).expect("it is handed out again");
    let answers = report(&mut world, &[failed(held)]);
    assert_eq!(state(&answers[0]), ("due", true), "its holder may");
}

#[test]
fn what_nobody_knows_is_told_alone() {
    let (mut world, _) = shop(1, honoured());
    let claimed = world.claim();
    let mut no_effect = outcome(&claimed[0]);
    no_effect["subject"] = json!("none");
    let mut no_order = outcome(&claimed[0]);
    no_order["order_id"] = json!("none");
    let of_the_shop = json!({ "order_id": "shop", "kind": "alert_operations", "subject": "none" });
    let outcomes = [no_effect, no_order, of_the_shop, outcome(&claimed[1])];
    let answers = report(&mut world, &outcomes);
    for answer in &answers[..3] {
        assert_eq!(code(answer), Some(ErrorCode::UnknownEffect));
    }
    assert_eq!(state(&answers[3]), ("completed", true));
}

#[test]
fn alerts_of_the_shop_are_reported_with_the_others() {
    let (mut world, _) = shop(1, honoured());
    world.webhook(&json!({
        "id": "evt_9", "type": "payment.confirmed", "created_at": "2025-06-15T15:00:00Z",
        "business_id": crate::world::BUSINESS,
        "data": { "payment_id": "99999999-0000-4000-8000-000000000000", "status": "confirmed" },
    }));
    world.now_ms += HOUR_MS;
    world.work();
    let claimed = world.claim();
    assert!(
        claimed.iter().any(|one| one.order_id == "shop"),
        "{claimed:?}"
    );
    let outcomes: Vec<_> = claimed.iter().map(outcome).collect();
    let answers = report(&mut world, &outcomes);
    assert!(answers.iter().all(|one| state(one) == ("completed", true)));
    assert!(answers.len() > 1);
}

#[test]
fn the_next_claim_comes_with_the_answer() {
    let (mut world, _) = shop(3, json!({}));
    let claimed = world.claim();
    let ships = |list: &[Effect]| {
        let of_kind = |one: &&Effect| one.kind == EffectKind::ShipOrder;
        list.iter().filter(of_kind).count()
    };
    assert_eq!(ships(&claimed), 1);
    let outcomes: Vec<_> = claimed.iter().map(outcome).collect();
    let input = json!({ "outcomes": outcomes, "claim": {} });
    let reported: Reported = world.run("report_effects", input).expect("reported");
    assert_eq!(ships(&reported.claimed), 1, "one at a time");
    let follows = |one: &Effect| one.kind == EffectKind::OrderStatusChanged;
    assert!(
        reported.claimed.iter().any(follows),
        "what the shipment brought about"
    );
    let rest = world.claim();
    assert_eq!((rest.len(), ships(&rest)), (1, 1), "for another worker");
    let nothing: Reported = world
        .run("report_effects", json!({}))
        .expect("nothing to say");
    assert_eq!((nothing.answers.len(), nothing.claimed.len()), (0, 0));
}

#[test]
fn a_report_has_32_outcomes_at_most() {
    let (mut world, _) = shop(12, honoured());
    let claimed = world.claim();
    assert_eq!(claimed.len(), 36);
    let outcomes: Vec<_> = claimed.iter().map(outcome).collect();
    let error = world
        .run::<Json>("report_effects", json!({ "outcomes": outcomes[..33] }))
        .expect_err("too many");
    assert_eq!(error.code, ErrorCode::InvalidInput);
    let answers = report(&mut world, &outcomes[..32]);
    assert!(answers.iter().all(|one| state(one) == ("completed", true)));
    assert!(
        report(&mut world, &outcomes[32..])
            .iter()
            .all(|one| state(one).1)
    );
}

/// How many orders' locks a commit takes.
fn locked(statements: &[Statement]) -> usize {
    let locks = statements
        .iter()
        .filter(|one| one.sql.starts_with("INSERT INTO coinpay_order_log"));
    let mut orders: Vec<_> = locks.map(|one| &one.params[0]).collect();
    orders.dedup();
    orders.len()
}

fn started(world: &mut World, outcomes: &[Json]) -> Flow<Json> {
    let (start, input) = (world.start(), json!({ "outcomes": outcomes }));
    let flow = world
        .shop
        .start(start, "report_effects", &input.to_string(), Vec::new());
    flow.expect("starts")
}

/// Drives a flow whose commits `answer` may answer in the store's stead.
fn driven(
    world: &mut World,
    mut flow: Flow<Json>,
    mut answer: impl FnMut(&mut World, &Request) -> Option<Answer>,
) -> Vec<ReportedEffect> {
    while let Step::Ask { number, request } = flow.step() {
        let (number, request) = (*number, request.clone());
        let given = answer(world, &request);
        let given = given.unwrap_or_else(|| world.carry_out(&request));
        flow.answer(number, given, world.now_ms);
    }
    let output = flow.into_outcome().expect("done").expect("reported");
    let reported: Reported = serde_json::from_value(output).expect("a report's answer");
    reported.answers
}

fn fault(class: FaultClass) -> Answer {
    let code = "test".to_owned();
    Answer::Commit(Err(StoreFault { class, code }))
}

#[test]
fn orders_that_others_are_at_are_told_one_by_one_in_the_end() {
    let (mut world, ids) = shop(3, honoured());
    let outcomes: Vec<_> = world.claim().iter().map(outcome).collect();
    let flow = started(&mut world, &outcomes);
    let (mut together, mut alone) = (0, 0);
    let answers = driven(&mut world, flow, |_, request| match request {
        Request::Commit(statements) if locked(statements) > 1 => {
            together += 1;
            Some(fault(FaultClass::Conflict))
        }
        Request::Commit(_) => {
            alone += 1;
            None
        }
        Request::Http(_) | Request::Load(_) | Request::Wait(_) => None,
    });
    assert_eq!((together, alone), (3, 3));
    assert!(answers.iter().all(|one| state(one) == ("completed", true)));
    for id in &ids {
        assert_eq!(world.status(id).status, Status::Fulfilled);
    }
}

#[test]
fn an_order_that_stays_busy_keeps_none_of_the_others_back() {
    let (mut world, ids) = shop(3, honoured());
    let claimed = world.claim();
    let outcomes: Vec<_> = claimed.iter().map(outcome).collect();
    let busy = ids[1].clone();
    let flow = started(&mut world, &outcomes);
    let answers = driven(&mut world, flow, |_, request| match request {
        Request::Commit(statements) => {
            let is_busy = |one: &Statement| one.params.first() == Some(&busy.as_str().into());
            statements
                .iter()
                .any(is_busy)
                .then(|| fault(FaultClass::Conflict))
        }
        Request::Http(_) | Request::Load(_) | Request::Wait(_) => None,
    });
    for (effect, answer) in claimed.iter().zip(&answers) {
        let refused = (effect.order_id == busy).then_some(ErrorCode::StoreBusy);
        assert_eq!(code(answer), refused);
    }
    assert_eq!(world.status(&ids[2]).status, Status::Fulfilled);
    assert_eq!(world.status(&busy).status, Status::Paid);
}

#[test]
fn an_order_that_cannot_be_read_keeps_none_of_the_others_back() {
    let (mut world, ids) = shop(3, honoured());
    let claimed = world.claim();
    let damage = format!(
        "UPDATE coinpay_orders SET status = 'nonsense' WHERE id = '{}'",
        ids[1]
    );
    let damage = Statement {
        sql: damage.into(),
        params: Vec::new(),
    };
    world.store.commit(&[damage]).expect("damaged");
    let outcomes: Vec<_> = claimed.iter().map(outcome).collect();
    let answers = report(&mut world, &outcomes);
    for (effect, answer) in claimed.iter().zip(&answers) {
        let refused = (effect.order_id == ids[1]).then_some(ErrorCode::StoreCorrupt);
        assert_eq!(code(answer), refused);
    }
}

#[test]
fn a_commit_that_may_have_happened_is_looked_up_and_not_repeated() {
    let (mut world, _) = shop(3, honoured());
    let outcomes: Vec<_> = world.claim().iter().map(outcome).collect();
    let flow = started(&mut world, &outcomes);
    let mut commits = 0;
    let answers = driven(&mut world, flow, |world, request| match request {
        Request::Commit(_) => {
            commits += 1;
            world.carry_out(request);
            Some(fault(FaultClass::Unknown))
        }
        Request::Http(_) | Request::Load(_) | Request::Wait(_) => None,
    });
    assert_eq!(commits, 1);
    assert!(answers.iter().all(|one| state(one) == ("completed", true)));
}

#[test]
fn a_store_that_is_gone_ends_the_whole_report() {
    let (mut world, _) = shop(2, honoured());
    let outcomes: Vec<_> = world.claim().iter().map(outcome).collect();
    let mut flow = started(&mut world, &outcomes);
    let mut commits = 0;
    while let Step::Ask { number, request } = flow.step() {
        let (number, request) = (*number, request.clone());
        let answer = match &request {
            Request::Commit(_) => {
                commits += 1;
                fault(FaultClass::Fatal)
            }
            Request::Http(_) | Request::Load(_) | Request::Wait(_) => world.carry_out(&request),
        };
        flow.answer(number, answer, world.now_ms);
    }
    let error = flow.into_outcome().expect("done").expect_err("gone");
    assert_eq!((error.code, commits), (ErrorCode::StoreUnavailable, 1));
}
