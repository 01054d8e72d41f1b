//! One request to the operator's view: a line with the method and the path, one with the query,
//! then which of three places it is mounted at, who asks, the nonce, and a form in the rest.
//! Whatever is asked, there is an answer that a host can send; its page has the tags that it always
//! has, and nothing is written but by a form of the session's own.

use std::cell::RefCell;

use crate::dash::{DashAnswer, DashRequest};
use crate::flow::{Answer, Flow, Request, Start, Step};
use crate::store::Executor;

use super::html::outline;
use super::scene::Scene;
use super::text_line;

const CSRF: &str = "0f3a";
const BASES: [&str; 3] = ["", "/admin/coinpay", "/admin.php?page=coinpay&path="];

const TAGS: &[&str] = &[
    "html", "head", "meta", "title", "style", "body", "header", "nav", "main", "section", "div",
    "p", "h1", "h2", "a", "b", "q", "span", "code", "time", "ul", "ol", "li", "dl", "dt", "dd",
    "form", "fieldset", "label", "input", "select", "option", "button", "table", "caption",
    "thead", "tbody", "tr", "th", "td", "svg", "rect",
];

thread_local! {
    static SCENE: RefCell<Option<Scene>> = const { RefCell::new(None) };
}

pub(super) fn run(data: &[u8]) {
    SCENE.with_borrow_mut(|kept| {
        let scene = kept.get_or_insert_with(Scene::new);
        let request = read(scene, data);
        let start = Start {
            now_ms: scene.world.now_ms,
            randomness: [7; 32],
        };
        let flow = scene.world.shop.dash(start, request.clone());
        let (answer, wrote) = answered(scene, flow);
        check(&request, &answer);
        // White space round a token is nothing that a stranger could not leave out.
        let is_ours = request.method == "POST" && request.form.contains(CSRF);
        assert!(is_ours || !wrote, "a form of nobody's has written");
    });
}

fn read(scene: &Scene, mut data: &[u8]) -> DashRequest {
    let mut line = || {
        scene
            .filled(&text_line(&mut data), b"")
            .replace("$csrf", CSRF)
    };
    let first = line();
    let (method, path) = first.split_once(' ').unwrap_or(("GET", &first));
    let (method, path) = (method.to_owned(), path.to_owned());
    let query = line();
    let place = line().parse().unwrap_or(0_usize) % BASES.len();
    let (actor, nonce) = (line(), line());
    let form = scene.filled(&String::from_utf8_lossy(data), b"");
    DashRequest {
        method,
        path,
        query,
        form: form.replace("$csrf", CSRF),
        base: BASES[place].to_owned(),
        actor,
        csrf: CSRF.to_owned(),
        nonce,
    }
}

/// Answers honestly; says too whether something would have been written.
fn answered(scene: &Scene, mut flow: Flow<DashAnswer>) -> (DashAnswer, bool) {
    let (mut wrote, mut now_ms) = (false, scene.world.now_ms);
    loop {
        let Step::Ask { number, request } = flow.step() else {
            let outcome = flow.into_outcome().expect("done");
            return (outcome.expect("an error is a page"), wrote);
        };
        assert!(*number < 200, "a flow without an end");
        let number = *number;
        let answer = match request {
            Request::Load(statements) => Answer::Load(scene.world.store.load(statements)),
            Request::Commit(_) => {
                wrote = true;
                Answer::Commit(Ok(()))
            }
            Request::Wait(_) => Answer::Wait,
            Request::Http(_) => panic!("the operator's view asks the gateway"),
        };
        now_ms += 1;
        flow.answer(number, answer, now_ms);
    }
}

fn check(request: &DashRequest, answer: &DashAnswer) {
    let status = answer.http_status;
    assert!(
        [200, 303].contains(&status) || (400..500).contains(&status),
        "{status}"
    );
    let mut kind = "";
    for (name, value) in &answer.headers {
        let fine = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
        assert!(name.bytes().all(fine), "{name}");
        assert!(
            value.bytes().all(|byte| (0x20..0x7f).contains(&byte)),
            "{name}: {value:?}"
        );
        match name.as_str() {
            "content-type" => kind = value,
            "content-security-policy" => assert_eq!(value.matches(';').count(), 4, "{value}"),
            "location" => assert!(value.starts_with(&request.base), "{value}"),
            _ => {}
        }
    }
    if kind.starts_with("text/html") {
        assert_eq!(outline(&answer.body, TAGS), 0, "a script");
    }
    let secret = answer.body.contains("awaiting_payment") || answer.body.contains("book");
    assert!(
        !secret || !request.actor.trim().is_empty(),
        "shown to nobody"
    );
}
