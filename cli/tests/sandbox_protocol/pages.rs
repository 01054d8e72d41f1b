//! The pages for people.

use crate::support::{Reply, Scene, call};

fn page(scene: &Scene, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
    let url = format!("{}{path}", scene.sandbox.page_url());
    call(&scene.agent, method, &url, headers, "").expect("an answer")
}

fn text(reply: &Reply) -> String {
    String::from_utf8(reply.body.clone()).expect("a page is UTF-8")
}

#[test]
fn the_first_page_lists_payments_with_their_buttons() {
    let scene = Scene::new();
    assert!(text(&page(&scene, "GET", "/", &[])).contains("No payments yet"));
    let id = scene.payment_id();
    let list = text(&page(&scene, "GET", "/", &[]));
    for button in ["pay", "pay-one-cent", "pay-the-rest", "expire", "forward"] {
        assert!(
            list.contains(&format!("action=\"/payments/{id}/{button}\"")),
            "{button}"
        );
    }
}

#[test]
fn a_wallet_pays_a_cent_and_then_the_rest() {
    let scene = Scene::new();
    let id = scene.payment_id();
    let press = |button: &str| page(&scene, "POST", &format!("/wallet/{id}/{button}"), &[]);
    let pressed = press("pay-one-cent");
    assert_eq!(
        (pressed.status, pressed.header("location")),
        (303, Some(&*format!("/wallet/{id}")))
    );
    assert_eq!(scene.status_of(&id), "pending");
    press("pay-the-rest");
    assert_eq!(scene.status_of(&id), "confirmed");
    press("forward");
    assert_eq!(scene.status_of(&id), "forwarded");
    let wallet = text(&page(&scene, "GET", &format!("/wallet/{id}"), &[]));
    assert!(wallet.contains("forwarded") && wallet.contains("0.00032032"));
}

#[test]
fn what_cannot_be_done_is_said_on_a_page() {
    let scene = Scene::new();
    let id = scene.payment_id();
    let refused = page(&scene, "POST", &format!("/wallet/{id}/forward"), &[]);
    assert_eq!(refused.status, 409);
    assert!(text(&refused).contains("pay first"));
    assert_eq!(
        page(&scene, "POST", &format!("/wallet/{id}/steal"), &[]).status,
        404
    );
    assert_eq!(page(&scene, "GET", "/wallet/nothing", &[]).status, 404);
    assert_eq!(
        page(&scene, "POST", "/payments/nothing/pay", &[]).status,
        404
    );
}

#[test]
fn another_site_cannot_press_the_buttons() {
    let scene = Scene::new();
    let id = scene.payment_id();
    let path = format!("/payments/{id}/pay");
    let elsewhere = [("sec-fetch-site", "cross-site")];
    assert_eq!(page(&scene, "POST", &path, &elsewhere).status, 403);
    assert_eq!(scene.status_of(&id), "pending");
    let back = page(&scene, "POST", &path, &[("sec-fetch-site", "same-origin")]);
    assert_eq!((back.status, back.header("location")), (303, Some("/")));
    assert_eq!(scene.status_of(&id), "confirmed");
}
