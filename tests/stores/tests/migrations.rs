//! Migrations by several machines at once, a prefix, and a migration that was cut off.

use std::sync::Barrier;
use std::thread;

use coinpay_core::store::FaultClass;
use coinpay_core::store::contract::{FaultyExecutor, Injected, Verb};
use coinpay_stores::{Kind, Server, server};
use serde_json::json;

use crate::support::{NoGateway, Shared, count, engine};

const MACHINES: usize = 8;

fn at_once(server: &Server) {
    for _ in 0..3 {
        let url = server.new_database();
        let line = Barrier::new(MACHINES);
        thread::scope(|scope| {
            for _ in 0..MACHINES {
                scope.spawn(|| {
                    let one = engine(server.executor(&url), Box::new(NoGateway), &json!({}));
                    line.wait();
                    let prepared = one.prepare_store().expect("it is made ready");
                    assert_eq!(prepared.to, 1);
                });
            }
        });
        let store = server.executor(&url);
        let lock = "SELECT COUNT(*) FROM coinpay_order_log WHERE order_id = 'migration'";
        assert_eq!(count(store.as_ref(), lock), 1, "one of them did it");
        let all = "SELECT COUNT(*) FROM coinpay_meta";
        assert_eq!(count(store.as_ref(), all), 1);
    }
}

#[test]
fn eight_machines_that_migrate_at_once_migrate_once() {
    at_once(server(Kind::Postgres));
    at_once(server(Kind::Mariadb));
}

#[test]
fn two_shops_share_a_database_under_their_own_prefixes() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let server = server(kind);
        let url = server.new_database();
        for prefix in ["first_", "a_long_prefix_of_24_byte"] {
            let settings = json!({ "table_prefix": prefix });
            let shop = engine(server.executor(&url), Box::new(NoGateway), &settings);
            assert_eq!(
                shop.prepare_store().expect("made ready").from,
                0,
                "{kind:?}"
            );
        }
    }
}

#[test]
fn a_migration_that_was_cut_off_anywhere_is_taken_up_again() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let server = server(kind);
        for cut in 1..24 {
            let url = server.new_database();
            let gone =
                FaultyExecutor::new(Shared(server.executor(&url).into()), move |call, verb| {
                    // Everything after the cut fails, so the flow ends as if its process had.
                    match verb {
                        _ if call < cut => None,
                        Verb::Commit if call == cut => Some(Injected::After),
                        Verb::Commit | Verb::Load => Some(Injected::Before(FaultClass::Fatal)),
                    }
                });
            let first = engine(Box::new(gone), Box::new(NoGateway), &json!({}));
            let finished = first.prepare_store().is_ok();
            let second = engine(server.executor(&url), Box::new(NoGateway), &json!({}));
            let prepared = second.prepare_store();
            assert_eq!(prepared.expect("made ready").to, 1, "{kind:?}, cut {cut}");
            if finished {
                break;
            }
        }
    }
}
