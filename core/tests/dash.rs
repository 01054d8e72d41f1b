//! The operator's view, asked as a host asks it: which answer comes for which request, and what a
//! form of another session's can do, which is nothing.
#![cfg(all(feature = "dash", feature = "http", feature = "sqlite"))]

use coinpay_core::dash::{DashAnswer, DashRequest};
use coinpay_core::{Config, Engine};

const HOSTILE: &str = "\"><script>alert(1)</script>";

fn engine() -> Engine {
    let config = r#"{"mode": "test", "api_key": "cp_test_a", "database": "sqlite::memory:",
        "business_id": "7b8f2c1e-5d5c-4c6e-9a51-2f6f3f1d9f10"}"#;
    Engine::open(Config::from_json(config).expect("reads")).expect("opens")
}

fn get(path: &str) -> DashRequest {
    DashRequest {
        method: "GET".to_owned(),
        path: path.to_owned(),
        base: "/admin".to_owned(),
        actor: "anna".to_owned(),
        csrf: "secret".to_owned(),
        nonce: "bm9uY2U=".to_owned(),
        ..DashRequest::default()
    }
}

fn post(path: &str, form: &str) -> DashRequest {
    DashRequest {
        method: "POST".to_owned(),
        form: form.to_owned(),
        ..get(path)
    }
}

#[track_caller]
fn ask(engine: &Engine, request: DashRequest) -> DashAnswer {
    let answer = engine.run(|start| engine.shop().dash(start, request));
    answer.expect("an answer")
}

fn header<'a>(answer: &'a DashAnswer, name: &str) -> &'a str {
    let found = answer.headers.iter().find(|(known, _)| known == name);
    found.map_or("", |(_, value)| value)
}

#[test]
fn every_page_of_an_empty_shop_is_whole_and_strict() {
    let engine = engine();
    for path in [
        "", "/", "/orders", "/review", "/effects", "/stock", "/figures",
    ] {
        let answer = ask(&engine, get(path));
        assert_eq!(answer.http_status, 200, "{path}");
        assert!(answer.body.starts_with("<!DOCTYPE html>") && answer.body.ends_with("</html>"));
        assert!(answer.body.contains("href=\"/admin/orders\""), "{path}");
        let policy = header(&answer, "content-security-policy");
        assert!(policy.contains("default-src 'none'; style-src 'nonce-bm9uY2U='"));
    }
    assert_eq!(ask(&engine, get("/nowhere")).http_status, 404);
    assert_eq!(ask(&engine, get("/orders/nobody")).http_status, 404);
    let put = DashRequest {
        method: "PUT".to_owned(),
        ..get("/stock")
    };
    assert_eq!(ask(&engine, put).http_status, 405);
}

#[test]
fn a_form_does_something_only_with_the_sessions_secret() {
    let engine = engine();
    let form = "act=adjust&adjustment_id=a&sku=mug&delta=%2B5";
    for csrf in ["", "&csrf=", "&csrf=secreT", "&csrf=secret2"] {
        let refused = ask(&engine, post("/stock", &format!("{form}{csrf}")));
        assert_eq!(refused.http_status, 403, "{csrf}");
    }
    // A host that forgot to give one gets no forms that work, rather than forms for everybody.
    let forgotten = DashRequest {
        csrf: String::new(),
        ..post("/stock", &format!("{form}&csrf="))
    };
    assert_eq!(ask(&engine, forgotten).http_status, 403);
    assert!(!ask(&engine, get("/stock")).body.contains("mug"));

    let done = ask(&engine, post("/stock", &format!("{form}&csrf=secret")));
    assert_eq!(
        (done.http_status, header(&done, "location")),
        (303, "/admin/stock")
    );
    assert!(ask(&engine, get("/stock")).body.contains("mug"));
}

#[test]
fn without_a_name_nothing_is_shown_and_nothing_done() {
    let engine = engine();
    for actor in ["", " "] {
        let form = "act=adjust&adjustment_id=a&sku=mug&delta=5&csrf=secret";
        for request in [get("/orders"), get("/metrics"), post("/stock", form)] {
            let refused = ask(
                &engine,
                DashRequest {
                    actor: actor.to_owned(),
                    ..request
                },
            );
            assert_eq!(refused.http_status, 403);
            assert_eq!(refused.body, "Nobody is logged in.\n");
        }
    }
    assert!(!ask(&engine, get("/stock")).body.contains("mug"));
}

#[test]
fn where_a_host_has_no_paths_they_travel_in_the_query() {
    let engine = engine();
    let base = "/admin.php?page=coinpay&path=";
    let under = |request: DashRequest| DashRequest {
        base: base.to_owned(),
        ..request
    };
    let orders = ask(&engine, under(get("/orders"))).body;
    let link = "href=\"/admin.php?page=coinpay&amp;path=%2Freview\"";
    assert!(orders.contains(link), "{orders}");
    // The browser drops the address's query for the form's.
    for field in [
        "method=\"get\" action=\"/admin.php\"",
        "<input type=\"hidden\" name=\"page\" value=\"coinpay\">",
        "<input type=\"hidden\" name=\"path\" value=\"/orders\">",
    ] {
        assert!(orders.contains(field), "{field}: {orders}");
    }
    let form = "act=adjust&adjustment_id=a&sku=mug&delta=5&csrf=secret";
    let done = ask(&engine, under(post("/stock", form)));
    assert_eq!(
        header(&done, "location"),
        "/admin.php?page=coinpay&path=%2Fstock"
    );
}

#[test]
fn what_was_not_done_is_told_on_the_page_it_came_from() {
    let engine = engine();
    for form in [
        "act=adjust&adjustment_id=a&sku=mug&delta=-1",
        "act=adjust&adjustment_id=a&sku=mug&delta=many",
        "act=adjust",
        "act=destroy",
    ] {
        let answer = ask(&engine, post("/stock", &format!("{form}&csrf=secret")));
        assert_eq!(answer.http_status, 409, "{form}");
        assert!(answer.body.contains("Not done:"), "{form}");
    }
}

#[test]
fn no_text_becomes_markup() {
    let engine = engine();
    let hostile = DashRequest {
        query: "search=%22%3E%3Cscript%3Ealert(1)%3C/script%3E".to_owned(),
        base: HOSTILE.to_owned(),
        actor: HOSTILE.to_owned(),
        nonce: HOSTILE.to_owned(),
        csrf: HOSTILE.to_owned(),
        ..get("/orders")
    };
    let answer = ask(&engine, hostile);
    assert!(!answer.body.contains("<script"), "{}", answer.body);
    assert!(header(&answer, "content-security-policy").contains("style-src 'none'"));
}

#[test]
fn metrics_are_lines_of_names_and_numbers() {
    let answer = ask(&engine(), get("/metrics"));
    assert!(header(&answer, "content-type").starts_with("text/plain; version=0.0.4"));
    for line in answer.body.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').expect("a name and a number");
        assert!(
            name.starts_with("coinpay_") && value.parse::<f64>().is_ok(),
            "{line}"
        );
    }
    assert!(answer.body.contains("coinpay_overdue_looks 0\n"));
}
