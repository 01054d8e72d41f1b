//! The control API's own manners, and starting and stopping.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use coinpay_cli::sandbox::{Sandbox, SandboxConfig};
use serde_json::{Value, json};

use crate::support::{KEY, Scene, agent, call, order};

#[test]
fn only_loopback_is_listened_on_and_delivered_to() {
    let listen = "0.0.0.0:0".parse().unwrap();
    assert!(
        Sandbox::start(SandboxConfig {
            listen,
            ..SandboxConfig::default()
        })
        .is_err()
    );
    let webhook_url = Some("http://example.com/hook".to_owned());
    assert!(
        Sandbox::start(SandboxConfig {
            webhook_url,
            ..SandboxConfig::default()
        })
        .is_err()
    );
    let scene = Scene::new();
    let url = json!({ "url": "https://example.com/hook" });
    let reply = scene.try_control("POST", "/webhooks/config", &url);
    assert_eq!(reply.status, 400);
    assert!(reply.json()["error"].as_str().unwrap().contains("loopback"));
    assert_eq!(scene.look("/webhooks/config")["url"], scene.shop.url);
}

#[test]
fn a_dropped_sandbox_answers_no_more_and_sends_no_more() {
    let scene = Scene::new();
    let url = scene.sandbox.base_url();
    let shop = scene.shop.clone();
    let asker = agent(Duration::from_secs(5));
    assert!(call(&asker, "GET", &format!("{url}/rates?coin=BTC"), &[], "").is_ok());
    drop(scene);
    assert!(call(&asker, "GET", &format!("{url}/rates?coin=BTC"), &[], "").is_err());
    assert_eq!(shop.hooks().len(), 0);
}

#[test]
fn the_addresses_end_where_clients_expect_them_to() {
    let scene = Scene::new();
    assert!(scene.sandbox.base_url().ends_with("/api"));
    assert!(scene.sandbox.control_url().ends_with("/control"));
    let overview = scene.look("");
    assert_eq!(overview["base_url"], scene.sandbox.base_url());
    assert_eq!(overview["control_url"], scene.sandbox.control_url());
    assert_eq!(overview["seed"], 1);
}

#[test]
fn the_request_log_tells_that_a_key_was_sent_and_never_which() {
    let scene = Scene::new();
    scene.create("key-1", &order());
    scene.get("/rates?coin=BTC&fiat=EUR");
    let log = scene.look("/requests");
    assert!(!log.to_string().contains(KEY.1) && !log.to_string().contains("cp_test_sandbox"));
    let log = &log["requests"];
    assert_eq!(log[0]["method"], "POST");
    assert_eq!(log[0]["path"], "/api/payments/create");
    assert_eq!(log[0]["idempotency_key"], "key-1");
    assert_eq!(
        (&log[0]["authorization_sent"], &log[0]["status"]),
        (&json!(true), &json!(201))
    );
    assert_eq!(log[0]["body"], order().to_string());
    assert_eq!(log[1]["path"], "/api/rates?coin=BTC&fiat=EUR");
    assert_eq!(
        (&log[1]["authorization_sent"], &log[1]["status"]),
        (&json!(false), &json!(200))
    );
}

#[test]
fn reset_forgets_everything_but_where_webhooks_go() {
    let scene = Scene::new();
    let first = scene.payment();
    scene.always("server_error");
    scene.advance(3600);
    scene.control("/reset", json!({ "seed": 9 }));
    for (path, list) in [
        ("/payments", "payments"),
        ("/requests", "requests"),
        ("/webhooks/deliveries", "deliveries"),
    ] {
        assert_eq!(scene.look(path)[list], json!([]), "{path}");
    }
    assert_eq!(scene.look("/clock")["now"], "2026-11-23T00:00:00.000Z");
    assert_eq!(scene.look("/webhooks/config")["url"], scene.shop.url);
    assert_ne!(scene.payment()["id"], first["id"]);
    scene.control("/reset", json!({ "seed": 1 }));
    assert_eq!(scene.payment(), first);
}

#[test]
fn the_clock_can_be_moved_set_frozen_and_released() {
    let scene = Scene::new();
    scene.payment();
    let clock = scene.look("/clock");
    assert_eq!(clock["unix_seconds"], 1_795_392_000);
    assert_eq!(
        (&clock["frozen"], &clock["signature_time"]),
        (&json!(true), &json!("wall"))
    );
    assert_eq!(clock["next_due_at"], "2026-11-23T00:15:00.000Z");
    scene.control("/clock/set", json!({ "unix_seconds": 1_800_000_000 }));
    assert_eq!(scene.kinds(), ["payment.expired"]);
    let running = scene.control("/clock/set", json!({ "frozen": false }));
    assert!(running["unix_seconds"].as_i64().unwrap() >= 1_800_000_000);
    for bad in [
        json!({ "unix_seconds": -1 }),
        json!({ "signature_time": "noon" }),
        json!({ "at": 1 }),
    ] {
        assert_eq!(
            scene.try_control("POST", "/clock/set", &bad).status,
            400,
            "{bad}"
        );
    }
    let far = json!({ "seconds": u64::MAX });
    assert_eq!(
        scene.try_control("POST", "/clock/advance", &far).status,
        400
    );
}

#[test]
fn a_misspelt_or_misplaced_command_is_refused() {
    let scene = Scene::new();
    for (path, bad) in [
        ("/faults", json!({ "name": "servererror" })),
        ("/faults", json!({ "name": "server_error", "time": 1 })),
        (
            "/faults",
            json!({ "name": "server_error", "route": "crate" }),
        ),
        ("/faults", json!({ "name": "unsigned", "route": "create" })),
        ("/faults", json!({ "name": "repeat", "count": 0 })),
        ("/reset", json!({ "sed": 1 })),
        (
            "/wallets",
            json!({ "blockchain": "LTC", "has_wallet": true }),
        ),
        ("/webhooks/config", json!({ "secrets": [] })),
        ("/webhooks/config", json!({ "secret": 7 })),
        ("/webhooks/config", json!({ "timeout_ms": 0 })),
        ("/webhooks/flush", json!("now")),
    ] {
        let reply = scene.try_control("POST", path, &bad);
        assert_eq!(reply.status, 400, "{path} {bad}");
        assert!(reply.json()["error"].is_string());
    }
}

#[test]
fn a_fault_counts_down_can_be_kept_to_a_route_and_is_cleared() {
    let scene = Scene::new();
    scene.control(
        "/faults",
        json!({ "name": "server_error", "times": 2, "route": "rates" }),
    );
    assert_eq!(scene.get_with_key("/businesses").status, 200);
    let statuses: Vec<_> = (0..3)
        .map(|_| scene.get("/rates?coin=BTC").status)
        .collect();
    assert_eq!(statuses, [500, 500, 200]);
    scene.always("server_error");
    let on = scene.look("/faults")["on"].clone();
    assert_eq!(
        (&on[0]["name"], &on[0]["times"]),
        (&json!("server_error"), &Value::Null)
    );
    assert_eq!(scene.get("/rates?coin=BTC").status, 500);
    scene.control("/faults", json!({ "name": "server_error", "on": false }));
    assert_eq!(scene.get("/rates?coin=BTC").status, 200);
    scene.always("server_error");
    scene.always("rate_null");
    scene.try_control("DELETE", "/faults?name=server_error", &Value::Null);
    assert_eq!(scene.look("/faults")["on"].as_array().unwrap().len(), 1);
    scene.try_control("DELETE", "/faults", &Value::Null);
    assert_eq!(scene.look("/faults")["on"], json!([]));
}

#[test]
fn payments_are_shown_with_what_only_the_service_knows() {
    let scene = Scene::new();
    let id = scene.payment_id();
    let payment = scene.look(&format!("/payments/{id}"))["payment"].clone();
    assert_eq!(payment["quote"], "0.00032032");
    assert_eq!(
        (&payment["received"], &payment["missing"]),
        (&json!("0"), &json!("0.00032032"))
    );
    assert_eq!(
        (&payment["seconds_left"], &payment["foreign"]),
        (&json!(900), &json!(false))
    );
    assert_eq!(scene.look("/payments")["payments"], json!([payment]));
    assert_eq!(
        scene
            .try_control("GET", "/payments/nothing", &Value::Null)
            .status,
        404
    );
}

#[test]
fn the_command_says_in_json_where_it_listens() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_coinpay"));
    command.args([
        "sandbox",
        "--listen",
        "127.0.0.1:0",
        "--json",
        "--seed",
        "5",
    ]);
    command.args(["--api-key", "cp_test_of_mine"]);
    let mut running = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut output = BufReader::new(running.stdout.take().unwrap());
    output.read_line(&mut line).unwrap();
    let told: Value = serde_json::from_str(&line).unwrap();
    let url = format!("{}/businesses", told["base_url"].as_str().unwrap());
    let key = [("authorization", "Bearer cp_test_of_mine")];
    let reply = call(&agent(Duration::from_secs(5)), "GET", &url, &key, "");
    running.kill().unwrap();
    running.wait().unwrap();
    assert_eq!(reply.unwrap().status, 200);
    assert_eq!(told["seed"], 5);
    assert!(!line.contains("cp_test_of_mine"));
}

#[test]
fn the_command_refuses_to_listen_to_other_machines() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_coinpay"));
    let output = command
        .args(["sandbox", "--listen", "0.0.0.0:0"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("loopback"));
}

#[test]
fn a_page_of_another_site_cannot_steer_the_sandbox() {
    let scene = Scene::new();
    let url = format!("{}/faults", scene.sandbox.control_url());
    let from = |site| {
        let headers = [("sec-fetch-site", site)];
        call(
            &scene.agent,
            "POST",
            &url,
            &headers,
            r#"{"name":"server_error"}"#,
        )
        .unwrap()
        .status
    };
    assert_eq!((from("cross-site"), from("same-site")), (403, 200));
}

#[test]
fn numbers_at_the_edge_are_refused_and_harm_nothing() {
    let scene = Scene::new();
    for amount in [
        "1e-2147483648",
        "1.5e-2147483648",
        "1e2147483647",
        "1e-99",
        "0.000000001",
    ] {
        let body = order().to_string().replace("20", amount);
        let reply = scene
            .try_call("POST", "/payments/create", &[KEY], &body)
            .unwrap();
        assert_eq!(reply.status, 400, "{amount}");
    }
    scene.control("/clock/set", json!({ "unix_seconds": 253_370_764_800_i64 }));
    assert_eq!(
        scene.create("key", &order()).header("date"),
        Some("Fri, 01 Jan 9999 00:00:00 GMT")
    );
}
