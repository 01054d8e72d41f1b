//! One article that everybody wants at once: sold to the last piece and not beyond, and without
//! the callers standing in each other's way for long.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use coinpay_core::flow::{AdjustStock, CreateCheckout};
use coinpay_core::{Clock, Engine, ErrorCode, SystemClock};
use coinpay_stores::{Kind, server};
use serde_json::json;

use crate::gateway::Gateway;
use crate::support::{count, engine};

const CALLERS: u64 = 32;
const EACH: u64 = 15;
const PIECES: i64 = 400;

#[derive(Debug, Default)]
struct Sold {
    sold: AtomicU64,
    out: AtomicU64,
    busy: AtomicU64,
}

/// Everybody checks out as fast as they can; `sku` says what the nth caller wants.
fn rush(engine: &Engine, round: &str, sku: impl Fn(u64) -> String + Sync) -> (Sold, Duration) {
    let sold = Sold::default();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for caller in 0..CALLERS {
            let (sold, sku) = (&sold, &sku);
            scope.spawn(move || {
                for nth in 0..EACH {
                    let input = json!({
                        "cart_id": format!("{round}-{caller}-{nth}"), "currency": "USD",
                        "items": [{"sku": sku(caller), "quantity": 1, "price": "15.00"}],
                        "blockchain": "ETH",
                    });
                    let input: CreateCheckout = serde_json::from_value(input).expect("an input");
                    let counter = match engine.create_checkout(input) {
                        Ok(_) => &sold.sold,
                        Err(error) if error.code == ErrorCode::OutOfStock => &sold.out,
                        Err(error) if error.code == ErrorCode::StoreBusy => &sold.busy,
                        Err(error) => panic!("{error:?}"),
                    };
                    counter.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    (sold, begun.elapsed())
}

fn sell(kind: Kind) {
    let server = server(kind);
    let url = server.new_database();
    let gateway = Gateway {
        now_ms: Box::new(|| SystemClock.now_ms()),
    };
    let engine = engine(server.executor(&url), Box::new(gateway), &json!({}));
    engine.prepare_store().expect("made ready");
    let stock = |sku: String, delta| AdjustStock {
        adjustment_id: sku.clone(),
        sku,
        delta,
        actor: "test".into(),
        note: None,
    };
    let popular = engine.adjust_stock(stock("popular".into(), PIECES));
    popular.expect("stock comes in");
    for caller in 0..CALLERS {
        let own = stock(format!("own-{caller}"), 1_000);
        engine.adjust_stock(own).expect("stock comes in");
    }
    let (apart, alone) = rush(&engine, "apart", |caller| format!("own-{caller}"));
    let (together, crowded) = rush(&engine, "together", |_| "popular".into());
    let all = CALLERS * EACH;
    assert_eq!(
        apart.sold.load(Ordering::SeqCst),
        all,
        "{kind:?}: {apart:?}"
    );
    println!("{kind:?}: {all} apart in {alone:?}, together in {crowded:?}: {together:?}");
    let sold = i64::try_from(together.sold.load(Ordering::SeqCst)).expect("a few");
    assert_eq!(sold, PIECES, "{kind:?}: {together:?}");
    assert_eq!(
        together.busy.load(Ordering::SeqCst),
        0,
        "{kind:?}: {together:?}"
    );
    let store = server.executor(&url);
    let reserved = "SELECT reserved FROM coinpay_stock WHERE sku = 'popular'";
    assert_eq!(count(store.as_ref(), reserved), PIECES);
    let held = "SELECT COUNT(*) FROM coinpay_reservations WHERE sku = 'popular'";
    assert_eq!(count(store.as_ref(), held), PIECES);
    // Waiting for one row costs something; a collapse would cost much more than this.
    assert!(
        crowded < alone * 4 + Duration::from_secs(2),
        "{kind:?}: {crowded:?}"
    );
}

#[test]
fn thirty_two_callers_sell_a_popular_article_to_its_last_piece() {
    sell(Kind::Postgres);
    sell(Kind::Mariadb);
}
