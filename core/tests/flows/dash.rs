//! The operator's view over a shop at work: what a button does to side work that stopped.

use coinpay_core::flow::Effect;
use serde_json::{Value as Json, json};

use crate::world::World;

fn ask(world: &mut World, method: &str, path: &str, form: &str) -> Json {
    let request = json!({"method": method, "path": path, "form": form, "actor": "anna",
        "csrf": "secret", "nonce": "bm9uY2U="});
    world.run("dash", request).expect("an answer")
}

fn page(world: &mut World, path: &str) -> String {
    let answer = ask(world, "GET", path, "");
    assert_eq!(answer["http_status"], json!(200), "{path}");
    answer["body"].as_str().expect("a page").to_owned()
}

/// A paid order whose mail has failed as often as it may.
fn with_a_dead_mail(world: &mut World) -> String {
    let (order, payment) = world.open_order();
    world.webhook(&world.thin(&payment, "confirmed"));
    fail_mail(world);
    order
}

fn claim_mail(world: &mut World) -> Vec<Effect> {
    let kinds = json!({"kinds": ["send_confirmation_email"]});
    world.run("claim_effects", kinds).expect("claims")
}

fn fail_mail(world: &mut World) {
    let effect = claim_mail(world).remove(0);
    let fail = json!({"order_id": effect.order_id, "kind": effect.kind,
        "subject": effect.subject, "claim_no": effect.claim_no, "error": "smtp is closed"});
    let _: Json = world.run("fail_effect", fail).expect("failed");
}

fn settle(world: &mut World, order: &str, settlement: &str) -> Json {
    let form = format!(
        "csrf=secret&act=settle&order_id={order}&kind=send_confirmation_email&subject=\
         &settlement={settlement}&note=by+hand"
    );
    ask(world, "POST", "/effects", &form)
}

#[test]
fn dead_side_work_is_done_again_and_then_said_to_be_done() {
    let mut world = World::with(json!({"max_tries": 1}));
    let order = with_a_dead_mail(&mut world);
    let effects = page(&mut world, "/effects");
    assert!(effects.contains("smtp is closed") && effects.contains(&order));
    assert!(
        claim_mail(&mut world).is_empty(),
        "what is dead is not handed out"
    );

    let again = settle(&mut world, &order, "again");
    assert_eq!(again["http_status"], json!(303), "{again}");
    fail_mail(&mut world);

    let done = settle(&mut world, &order, "done");
    assert_eq!(done["http_status"], json!(303), "{done}");
    assert!(!page(&mut world, "/effects").contains("smtp is closed"));
    assert!(claim_mail(&mut world).is_empty());
    let story = page(&mut world, &format!("/orders/{order}"));
    assert!(
        story.contains("anna") && story.contains("by hand"),
        "{story}"
    );

    let late = settle(&mut world, &order, "again");
    assert_eq!(
        late["http_status"],
        json!(409),
        "what is done cannot be done again"
    );
}

#[test]
fn a_settlement_that_is_none_changes_nothing() {
    let mut world = World::with(json!({"max_tries": 1}));
    let order = with_a_dead_mail(&mut world);
    for settlement in ["", "undone", "again%00"] {
        let refused = settle(&mut world, &order, settlement);
        assert_eq!(refused["http_status"], json!(409), "{settlement}");
    }
    let unknown = settle(&mut world, "nobody", "done");
    assert_eq!(unknown["http_status"], json!(409));
    assert!(page(&mut world, "/effects").contains("smtp is closed"));
}
