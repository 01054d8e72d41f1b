//! Whole webhooks on every kind of store, beside a plain handler on the same server: the one that
//! shops copy into their checkout. And the same webhook in a small and in a very large shop.

mod plain;

use std::cell::RefCell;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result};
use coinpay_core::{Engine, SqliteExecutor};
use coinpay_stores::{Kind, Server, fill, server};

use super::callers::{shared, take};
use super::figure::{Figure, Unit, Wanted, at};
use super::sizes::{self, Shop};
use super::store::{begin, check_out_of, stock};
use super::turns::{Side, take_turns};
use super::{Effort, Group};
use crate::samples::Webhook;
use plain::{Plain, PlainMariadb, PlainPostgres, PlainSqlite, TextPostgres};

/// How many callers there are at once.
const CALLERS: [usize; 3] = [1, 8, 32];

/// The articles that the orders are for, in turn. Orders for one article meet in its row of
/// `stock`, which the plain handler does not keep.
const ARTICLES: usize = 100;

/// All groups, in the order in which they run.
pub const GROUPS: &[Group] = &[
    Group {
        name: "sqlite",
        about: "durable webhooks on a file, beside a plain handler; 1, 8 and 32 callers",
        run: sqlite,
    },
    Group {
        name: "postgres",
        about: "the same on PostgreSQL",
        run: |effort, _| {
            let server = server(Kind::Postgres);
            let plain = PlainPostgres::open(&server.new_database())?;
            let mut figures = on_a_server("postgres", effort, server, &plain)?;
            let text = TextPostgres::open(&server.new_database())?;
            figures.extend(on_a_server("postgres, text", effort, server, &text)?);
            Ok(figures)
        },
    },
    Group {
        name: "mariadb",
        about: "the same on MariaDB",
        run: |effort, _| {
            let server = server(Kind::Mariadb);
            let plain = PlainMariadb::open(&server.new_database())?;
            on_a_server("mariadb", effort, server, &plain)
        },
    },
    Group {
        name: "postgres-orders",
        about: "a webhook in a small and in a large shop on PostgreSQL",
        run: |effort, _| small_and_large("postgres-orders", effort, server(Kind::Postgres)),
    },
    Group {
        name: "mariadb-orders",
        about: "the same on MariaDB",
        run: |effort, _| small_and_large("mariadb-orders", effort, server(Kind::Mariadb)),
    },
];

fn sqlite(effort: &Effort, folder: &Path) -> Result<Vec<Figure>> {
    let ours = begin(Box::new(SqliteExecutor::open(&folder.join("ours.db"))?))?;
    let plain = PlainSqlite::open(&folder.join("plain.db"))?;
    compare("sqlite", effort, &ours, &plain)
}

fn on_a_server(
    group: &'static str,
    effort: &Effort,
    server: &Server,
    plain: &dyn Plain,
) -> Result<Vec<Figure>> {
    let ours = begin(server.executor(&server.new_database()))?;
    compare(group, effort, &ours, plain)
}

/// What one side needed in each of its turns.
#[derive(Debug, Default)]
struct Slowest(RefCell<Vec<f64>>);

fn compare(
    group: &'static str,
    effort: &Effort,
    ours: &Engine,
    plain: &dyn Plain,
) -> Result<Vec<Figure>> {
    // Every caller has several in each turn.
    let batch = effort.webhooks * 2;
    let rounds = effort.rounds.min(15);
    let each = batch * (rounds + 1);
    let articles: Vec<_> = (0..ARTICLES).map(|nth| format!("article-{nth}")).collect();
    let shelves = [(CALLERS.len(), &articles[..]), (1, &articles[..1])];
    let mut orders = Vec::new();
    for sku in &articles {
        stock(ours, sku)?;
    }
    for (turns, articles) in shelves {
        orders.extend(open_orders(ours, orders.len(), each * turns, articles)?);
    }
    plain.open_orders(&orders)?;
    let webhooks: Vec<_> = orders.iter().map(|id| Webhook::paying(id)).collect();
    let turns = CALLERS.map(|callers| (callers, "")).into_iter();
    let turns = turns.chain([(32, ", one article")]);
    let mut figures = Vec::new();
    for ((callers, note), webhooks) in turns.zip(webhooks.chunks(each)) {
        let slowest = [Slowest::default(), Slowest::default()];
        let samples = take_turns(
            rounds,
            &mut [
                in_batches(webhooks, batch, callers, &slowest[0], |one| take(ours, one)),
                in_batches(webhooks, batch, callers, &slowest[1], |one| plain.take(one)),
            ],
        )?;
        let [ours, peer] = &samples[..] else {
            anyhow::bail!("two sides");
        };
        let name = match callers {
            1 => "1 caller".to_owned(),
            more => format!("{more} callers{note}"),
        };
        let what = format!("{group}: webhooks, {name}");
        let rate = Figure::alone(group, &what, Unit::PerSecond, ours);
        let rate = rate.beside(ours, "plain handler", peer);
        figures.push(match (group, callers, note) {
            ("postgres" | "postgres, text", 32, "") => rate.wanted(Wanted::AtLeast(1.0)),
            _ => rate,
        });
        // The first turn of each is not counted.
        let [ours, peer] = slowest.map(|slowest| slowest.0.into_inner().split_off(1));
        let what = format!("{group}: the slowest of 100, {name}");
        let figure = Figure::alone(group, &what, Unit::Microseconds, &ours);
        figures.push(figure.beside(&ours, "plain handler", &peer));
    }
    Ok(figures)
}

/// Opens this many orders, of these articles in turn, by as many callers as there ever are.
fn open_orders(
    engine: &Engine,
    first: usize,
    count: usize,
    articles: &[String],
) -> Result<Vec<String>> {
    let numbers: Vec<usize> = (first..first + count).collect();
    let ids = Mutex::new(Vec::with_capacity(count));
    shared(&numbers, 32, |number| {
        let sku = &articles[number % articles.len()];
        let opened = check_out_of(engine, *number, sku)?;
        ids.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(opened);
        Ok(())
    })?;
    Ok(ids.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Takes the next batch in each turn; tells how many were taken in a second, and keeps the time
/// of the slowest of a hundred.
fn in_batches<'a>(
    webhooks: &'a [Webhook],
    batch: usize,
    callers: usize,
    slowest: &'a Slowest,
    take: impl Fn(&Webhook) -> Result<()> + Sync + 'a,
) -> Side<'a> {
    let mut batches = webhooks.chunks(batch);
    Box::new(move || {
        let batch = batches.next().context("enough webhooks for every round")?;
        let times_us = Mutex::new(Vec::with_capacity(batch.len()));
        let rate = shared(batch, callers, |webhook| {
            let began = Instant::now();
            take(webhook)?;
            let took_us = began.elapsed().as_secs_f64() * 1e6;
            times_us
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(took_us);
            Ok(())
        })?;
        let mut times_us = times_us
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        times_us.sort_by(f64::total_cmp);
        slowest.0.borrow_mut().push(at(&times_us, 99, 100));
        Ok(rate)
    })
}

fn small_and_large(group: &'static str, effort: &Effort, server: &Server) -> Result<Vec<Figure>> {
    let mut shops = Vec::new();
    for orders in effort.server_orders {
        let url = server.new_database();
        let engine = begin(server.executor(&url))?;
        let database = url.rsplit('/').next().context("a database")?;
        fill(server, database, u32::try_from(orders)?)?;
        shops.push(Shop::with(engine, orders, effort.rounds)?);
    }
    sizes::compare(group, &shops, effort.rounds)
}
