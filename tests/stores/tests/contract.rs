//! The contract of executors, on the servers' own terms.

use coinpay_core::store::contract;
use coinpay_stores::{Kind, server};

const CASES: usize = 28;

fn keeps_the_contract(kind: Kind) {
    let server = server(kind);
    let url = server.new_database();
    let open = || server.executor(&url);
    for round in ["on nothing", "on what is left"] {
        assert_eq!(contract::run(&open), Ok(CASES), "{kind:?} {round}");
    }
}

#[test]
fn postgres_keeps_the_contract_and_keeps_it_again_on_what_is_left() {
    keeps_the_contract(Kind::Postgres);
}

#[test]
fn mariadb_keeps_the_contract_and_keeps_it_again_on_what_is_left() {
    keeps_the_contract(Kind::Mariadb);
}
