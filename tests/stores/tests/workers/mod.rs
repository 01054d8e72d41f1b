//! Four processes of eight callers each, on one database, through a network that cuts, delays and
//! halves connections; processes are killed at random and the server crashes in the middle.
//! Afterwards every promise is looked up in the tables, and in the book of what has happened
//! outside.

mod book;
mod checks;
mod healing;
mod worker;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use coinpay_core::SystemClock;
use coinpay_core::flow::AdjustStock;
use coinpay_stores::{Kind, Proxy, Server, Weather};
use serde_json::json;

use crate::gateway::Gateway;
use crate::support::engine;
use coinpay_core::Clock;

pub(crate) const PROCESSES: u64 = 4;
pub(crate) const CALLERS: u64 = 8;

/// In a real network less happens in an hour than here in a second.
const WEATHER: Weather = Weather {
    cut: 15,
    delay: 300,
    half_close: 2,
};

/// A third of the carts is for the one that is not there for everybody.
pub(crate) fn shelf() -> [(&'static str, i64); 2] {
    let popular = i64::try_from(orders() / 5).expect("a number of pieces");
    [("book", 1_000_000), ("popular", popular)]
}

/// Where a process of this test is told what it is.
const FOLDER: &str = "COINPAY_WORKER_FOLDER";
const STORE: &str = "COINPAY_WORKER_STORE";
const NUMBER: &str = "COINPAY_WORKER_NUMBER";
const CARTS: &str = "COINPAY_WORKER_CARTS";

/// How many orders; `COINPAY_ORDERS` for more than the test has time for.
fn orders() -> u64 {
    let told = std::env::var("COINPAY_ORDERS");
    told.map_or(3_000, |text| text.parse().expect("a number of orders"))
}

#[test]
fn a_worker_process() {
    let variable = |name: &str| std::env::var(name).ok();
    let Some(folder) = variable(FOLDER) else {
        return;
    };
    let number = |name: &str| variable(name).and_then(|text| text.parse().ok());
    worker::work(
        Path::new(&folder),
        &variable(STORE).expect("a store"),
        number(NUMBER).expect("a number"),
        number(CARTS).expect("a number of carts"),
    );
}

struct Crew<'a> {
    folder: &'a Path,
    url: &'a str,
    carts: u64,
    workers: Vec<Option<Child>>,
    kills: u32,
}

impl Crew<'_> {
    fn start(&self, number: u64) -> Child {
        let mut worker = Command::new(std::env::current_exe().expect("this test"));
        worker.args(["--exact", "workers::a_worker_process", "--nocapture"]);
        worker.env(FOLDER, self.folder).env(STORE, self.url);
        worker.env(NUMBER, number.to_string());
        worker.env(CARTS, self.carts.to_string());
        worker.env_remove("RUST_BACKTRACE").stdout(Stdio::null());
        worker.spawn().expect("a process")
    }

    /// Kills one without a warning. Another is at its work already, as after a deploy that
    /// overlaps.
    fn kill(&mut self, chosen: usize) {
        let Some(mut victim) = self.workers.get_mut(chosen).and_then(Option::take) else {
            return;
        };
        let next = self.start(u64::try_from(chosen).expect("a few"));
        self.workers[chosen] = Some(next);
        victim.kill().expect("it is ours to kill");
        victim.wait().expect("it ends");
        self.kills += 1;
    }

    /// Whether somebody still works; nobody may have failed.
    fn works(&mut self) -> bool {
        let mut working = false;
        for worker in &mut self.workers {
            if let Some(child) = worker {
                match child.try_wait().expect("it is ours") {
                    None => working = true,
                    Some(status) => {
                        assert!(status.success(), "a worker failed");
                        *worker = None;
                    }
                }
            }
        }
        working
    }
}

impl Drop for Crew<'_> {
    fn drop(&mut self) {
        for worker in self.workers.iter_mut().flatten() {
            let _ = (worker.kill(), worker.wait());
        }
    }
}

fn new_folder(kind: Kind) -> PathBuf {
    let name = format!("coinpay-workers-{kind:?}-{}", std::process::id());
    let folder = std::env::temp_dir().join(name.to_lowercase());
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn prepare(server: &Server, url: &str) {
    let engine = direct(server, url, 0);
    engine.prepare_store().expect("made ready");
    for (sku, delta) in shelf() {
        let adjust = AdjustStock {
            adjustment_id: format!("first {sku}"),
            sku: sku.into(),
            delta,
            actor: "test".into(),
            note: None,
        };
        engine.adjust_stock(adjust).expect("stock comes in");
    }
}

/// The shop without the weather, and so much later.
fn direct(server: &Server, url: &str, later_ms: i64) -> coinpay_core::Engine {
    let now_ms = move || SystemClock.now_ms() + later_ms;
    let gateway = Gateway {
        now_ms: Box::new(now_ms),
    };
    let settings = json!({"budget_ms": 60_000});
    engine(server.executor(url), Box::new(gateway), &settings).with_clock(Box::new(Later(later_ms)))
}

struct Later(i64);

impl Clock for Later {
    fn now_ms(&self) -> i64 {
        SystemClock.now_ms() + self.0
    }
}

fn play(kind: Kind) {
    // Its own: it will crash.
    let server = Server::start(kind).expect("a server");
    let url = server.new_database();
    prepare(&server, &url);
    let database = url.rsplit('/').next().expect("its name");
    let proxy = Proxy::start(server.port(), WEATHER).expect("a proxy");
    let far = server.url_by(database, proxy.port());
    let far = format!("{far}?connect_timeout=2&answer_timeout=4");
    let folder = new_folder(kind);
    let begun = Instant::now();
    let mut crew = Crew {
        folder: &folder,
        url: &far,
        carts: orders(),
        workers: Vec::new(),
        kills: 0,
    };
    for number in 0..PROCESSES {
        let worker = crew.start(number);
        crew.workers.push(Some(worker));
    }
    let mut crashes = 0;
    let mut rounds = 0_usize;
    // A long run is stormy for longer.
    let stormy = usize::try_from(orders() / 50).expect("a number of rounds");
    let patience = Duration::from_secs(1_800 + orders() / 20);
    while crew.works() {
        std::thread::sleep(Duration::from_millis(1_500));
        rounds += 1;
        // After a while they are let finish.
        let chosen = rounds % 4;
        if rounds < stormy && crew.workers[chosen].is_some() {
            crew.kill(chosen);
        }
        if rounds % 200 == 6 {
            server.crash_and_restart().expect("it comes back");
            crashes += 1;
        }
        assert!(begun.elapsed() < patience, "it does not end");
    }
    let (kills, took) = (crew.kills, begun.elapsed());
    drop(crew);
    proxy.calm_down();
    let told = book::read(&folder);
    checks::at_any_time(server.executor(&url).as_ref(), &told);
    healing::heal(&server, &url, &folder);
    let told = book::read(&folder);
    let store = server.executor(&url);
    checks::at_any_time(store.as_ref(), &told);
    checks::at_the_end(store.as_ref(), &told, orders());
    println!(
        "{kind:?}: {} orders in {:.0} s and {:.0} s until nothing was left, {kills} kills, \
         {crashes} crashes of the server, {} connections, {} of them cut or halved, {}",
        told.checkouts.len(),
        took.as_secs_f64(),
        (begun.elapsed() - took).as_secs_f64(),
        proxy.connections(),
        proxy.mishaps(),
        checks::story(store.as_ref()),
    );
    assert!(
        crashes > 0 && kills >= 4 && proxy.mishaps() > 20,
        "too little happened"
    );
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
}

#[test]
fn many_workers_keep_every_promise_on_postgres() {
    play(Kind::Postgres);
}

#[test]
fn many_workers_keep_every_promise_on_mariadb() {
    play(Kind::Mariadb);
}
