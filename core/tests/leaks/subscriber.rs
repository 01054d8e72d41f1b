//! A host that listens to everything: a subscriber at the finest level, also for what the crates
//! below us log, while an engine works with its real HTTP driver and everything fails in turn.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the gateway is a server in this process"
)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use coinpay_core::flow::OPERATIONS;
use coinpay_core::store::FaultClass;
use coinpay_core::store::contract::{FaultyExecutor, Injected};
use coinpay_core::{Config, Engine, Secret, Shop, SqliteExecutor, UreqTransport};
use serde_json::{Value as Json, json};
use tracing_subscriber::fmt::MakeWriter;

use crate::input;
use crate::net::{HOOK, KEY, NAME, Net};
use crate::world::{World, checkout, configuration};

/// Everything that was ever told to the subscriber.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Heard {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Heard {
    /// What was told since the last time.
    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }
}

/// A gateway that answers as it is told, to whoever connects; what it is told is another thing
/// each time, so that every way of failing comes up.
fn gateway() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/api", listener.local_addr().unwrap());
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let _ = serve(stream.unwrap(), number);
        }
    });
    url
}

fn serve(mut stream: TcpStream, number: usize) -> std::io::Result<()> {
    let mut buffer = [0; 16_384];
    let _ = stream.read(&mut buffer)?;
    let body = json!({"success": false, "error": format!("the key {KEY} of {NAME}")}).to_string();
    let answer = match number % 6 {
        0 => return Ok(()),
        1 => format!("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{body}"),
        2 => format!("HTTP/1.1 302 Found\r\nLocation: /{KEY}\r\nContent-Length: 0\r\n\r\n"),
        3 => format!("{KEY} {NAME}\r\n\r\n"),
        4 => String::from("HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"),
        _ => format!(
            "HTTP/1.1 400 Bad\r\nX-Key: {KEY}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ),
    };
    stream.write_all(answer.as_bytes())
}

/// A shop of this gateway, whose store fails as it is told.
fn engine(base_url: &str, told: &Arc<Mutex<Option<Injected>>>) -> Engine {
    let mut settings = configuration();
    settings["base_url"] = json!(base_url);
    settings["budget_ms"] = json!(1_000);
    let config = Config::from_json(&settings.to_string()).unwrap();
    let transport = UreqTransport::new(Secret::new(KEY), base_url).unwrap();
    let told = Arc::clone(told);
    let store = FaultyExecutor::new(SqliteExecutor::open_in_memory().unwrap(), move |_, _| {
        *told.lock().unwrap()
    });
    let shop = Shop::new(config, coinpay_core::store::Dialect::Sqlite).unwrap();
    Engine::new(shop, Box::new(transport), Box::new(store))
}

fn webhook_refused(engine: &Engine, world: &World) {
    let (_, body) = world.webhook("forwarded", HOOK);
    let signature = format!("t=1,v1={HOOK}");
    let answer = engine.handle_webhook(body, Some(signature)).unwrap();
    assert_eq!(answer.http_status, 401);
}

#[test]
fn a_subscriber_hears_what_happens_and_nothing_of_anybody() {
    let heard = Heard::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(heard.clone())
        .finish();
    tracing_log::LogTracer::init().unwrap();
    let _listening = tracing::subscriber::set_default(subscriber);

    let mut net = Net::default();
    let (world, order_id) = World::with_order(&mut net);
    let told = Arc::default();
    let engine = engine(&gateway(), &told);
    engine.prepare_store().unwrap();
    let stock = json!({"adjustment_id": "a", "sku": "book", "delta": 9, "actor": "clerk"});
    engine
        .call("adjust_stock", &stock.to_string(), Vec::new())
        .unwrap();

    let mut errors = 0;
    let classes = [
        FaultClass::Conflict,
        FaultClass::Retry,
        FaultClass::Unknown,
        FaultClass::Fatal,
    ];
    let faults = classes.map(|class| Some(Injected::Before(class)));
    for injected in [None].into_iter().chain(faults) {
        *told.lock().unwrap() = injected;
        for name in OPERATIONS.iter().chain(&[KEY, NAME]) {
            let known = OPERATIONS.contains(name);
            let (document, body) = input(if known { name } else { "work" }, &world, &order_id);
            for document in [document, Json::String(NAME.to_owned())] {
                let outcome = engine.call(name, &document.to_string(), body.clone());
                errors += u32::from(outcome.is_err());
            }
        }
    }
    *told.lock().unwrap() = None;
    for number in 0..6 {
        let mut cart = checkout();
        cart["cart_id"] = json!(format!("cart-{number}"));
        let outcome = engine.call("create_checkout", &cart.to_string(), Vec::new());
        errors += u32::from(outcome.is_err());
    }
    webhook_refused(&engine, &world);
    assert!(errors > 100, "only {errors} operations failed");

    let text = heard.take();
    for line in text.lines() {
        net.printed("the subscriber", line);
    }
    assert!(net.found.is_empty(), "{:#?}", net.found);
    for expected in [
        "operation=\"create_checkout\"",
        "operation=\"unknown\"",
        "code=\"",
        "the gateway did not answer",
        "status=503",
        "the store failed",
        "likely_cause=",
        "ureq",
    ] {
        assert!(text.contains(expected), "nobody heard {expected}:\n{text}");
    }
    assert!(text.lines().count() > 300, "only {}", text.lines().count());
}
