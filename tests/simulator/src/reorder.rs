//! Promise 11: every order and repetition of the same facts and accepted commands, within the
//! same windows, ends in the same status, credit and stock. The same facts are played twice, the
//! second time shuffled and with repeats, and the ends compared.

use serde_json::json;

use crate::auditor::rows::{OrderRow, StockRow};
use crate::auditor::{Command, Finding};
use crate::choices::Choices;
use crate::gateway::CHAINS;
use crate::letters::{Letter, Shape, Statement, write};
use crate::store::Store;
use crate::world::{BEGINNING_MS, Purpose, World};

/// Something that the shop is told.
#[derive(Clone, Debug)]
enum Fact {
    Said {
        statement: Statement,
        /// Of what was asked for, in tenths.
        tenths: Option<u128>,
        shape: Shape,
    },
    PaidElsewhere,
}

/// What must not depend on the order of the facts.
#[derive(Debug, PartialEq, Eq)]
struct End {
    status: String,
    attention: Vec<String>,
    refund_due: String,
    stock: Vec<StockRow>,
}

/// Plays one set of facts in two orders.
pub(crate) fn compare(store: &mut Store, choices: &mut Choices) -> Finding {
    let chains: Vec<usize> = (0..1 + choices.pick(3)).collect();
    let facts: Vec<Fact> = (0..2 + choices.pick(5))
        .map(|_| fact(choices, chains.len()))
        .collect();
    let straight: Vec<usize> = (0..facts.len()).collect();
    let mut shuffled = Vec::new();
    let mut left = straight.clone();
    while !left.is_empty() {
        let next = left.remove(choices.pick(left.len()));
        shuffled.push(next);
        if choices.chance(300) {
            let again = shuffled[choices.pick(shuffled.len())];
            shuffled.push(again);
        }
    }
    let one = end_of(store, &chains, &facts, &straight)?;
    let other = end_of(store, &chains, &facts, &shuffled)?;
    if one == other {
        return Ok(());
    }
    let what = format!("{facts:?} end as {one:?}, and in the order {shuffled:?} as {other:?}");
    Err(format!("promise 11: {what}"))
}

fn fact(choices: &mut Choices, attempts: usize) -> Fact {
    if choices.chance(80) {
        return Fact::PaidElsewhere;
    }
    let kinds = [
        "confirmed",
        "forwarded",
        "confirmed",
        "expired",
        "detected",
        "failed",
        "refunded",
        "forwarding_failed",
    ];
    let kind = kinds[choices.weighted(&[30, 15, 15, 10, 10, 7, 6, 7])];
    let tenths = [None, Some(10), Some(7), Some(3), Some(15)][choices.pick(5)];
    Fact::Said {
        statement: Statement {
            payment: choices.pick(attempts),
            kind,
            received: None,
            given_back: None,
            confirmed_ms: None,
            twisted: choices.chance(60),
        },
        tenths: tenths.filter(|_| kind == "confirmed" || kind == "forwarded"),
        shape: [Shape::Thin, Shape::Full, Shape::Plain][choices.pick(3)],
    }
}

fn end_of(
    store: &mut Store,
    chains: &[usize],
    facts: &[Fact],
    order: &[usize],
) -> Result<End, String> {
    store.wipe().map_err(|error| error.to_string())?;
    let mut world = World::new(Choices::listed(Vec::new()), store, false);
    world.adjust("book", 5);
    world.run_all()?;
    for chain in chains {
        let input = json!({
            "cart_id": "cart-0", "customer_id": "customer-0", "currency": "USD",
            "items": [{"sku": "book", "quantity": 2, "price": "100.00"}],
            "blockchain": CHAINS[*chain].0,
        });
        world.start("create_checkout", &input, Vec::new(), Purpose::Other);
        world.run_all()?;
    }
    for index in order {
        world.now_ms += 1_000;
        tell(&mut world, &facts[*index])?;
    }
    let tables = world.auditor.tables();
    let [
        OrderRow {
            status,
            attention,
            refund_due,
            ..
        },
    ] = tables.orders.as_slice()
    else {
        return Err(format!(
            "promise 10: {} orders for one key",
            tables.orders.len()
        ));
    };
    Ok(End {
        status: status.clone(),
        attention: attention.clone(),
        refund_due: refund_due.clone(),
        stock: tables.stock.to_vec(),
    })
}

fn tell(world: &mut World<'_>, fact: &Fact) -> Finding {
    match fact {
        Fact::Said {
            statement,
            tenths,
            shape,
        } => {
            let payment = world.gateway.payments[statement.payment].clone();
            let mut statement = statement.clone();
            statement.received = tenths.map(|tenths| payment.quote * tenths / 10);
            // The same bytes in every order: the event's own time is its payment's.
            let letter: Letter = write(&payment, statement, *shape, BEGINNING_MS);
            world.letters.push((0, letter));
            world.deliver(0, false);
            world.letters.clear();
        }
        Fact::PaidElsewhere => {
            let order_id = world.auditor.tables().orders[0].id.clone();
            let input = json!({"order_id": order_id, "reason": "paid_elsewhere"});
            let command = world.auditor.ordered(&order_id, Command::PaidElsewhere);
            world.start(
                "cancel_order",
                &input,
                Vec::new(),
                Purpose::Command(command),
            );
        }
    }
    world.run_all()
}
