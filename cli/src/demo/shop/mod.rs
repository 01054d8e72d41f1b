//! The demo's shop: a catalogue, a checkout, a webhook endpoint and what an operator needs,
//! served on loopback by a process of its own, so that it can be killed. What it decides by
//! itself is prices and letters; everything about orders and money is asked of the engine.

mod answers;
mod catalogue;
mod clock;
mod journal;
mod operator;
mod pages;
mod shopper;
mod worker;

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use axum::Router;
use axum::middleware;
use coinpay_core::Engine;
use coinpay_core::flow::{Flow, Start};
use serde_json::json;
use tokio::runtime::Builder;

use clock::ShiftedClock;
use journal::Journal;
use worker::Worker;

/// How a shop starts, besides what the engine takes from `COINPAY_*` variables.
#[derive(Clone, Debug)]
pub struct ShopOptions {
    /// Loopback only. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where mails, shipments and alerts are written down.
    pub journal: PathBuf,
    /// How far the shop's clock is ahead of the machine's.
    pub clock_offset_ms: i64,
    /// Whether side work is done without being asked for.
    pub worker: bool,
    /// The sandbox's page for people, for links to its wallet.
    pub gateway_page: Option<String>,
    /// End when standard input does, so that no shop outlives the demo that started it.
    pub ends_with_stdin: bool,
}

/// What every request and the worker share.
pub(crate) struct Shop {
    engine: Engine,
    clock: ShiftedClock,
    worker: Worker,
    gateway_page: Option<String>,
    /// Keeps forms of other sites out of the operator's view.
    csrf: String,
    /// Whose order it is; forgotten when the shop is killed, as a session would be.
    customers: Mutex<HashMap<String, String>>,
}

impl fmt::Debug for Shop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shop").finish_non_exhaustive()
    }
}

impl Shop {
    /// Runs one flow to its end. Blocks, so that it is called on threads that may.
    fn run<T: Send + 'static>(
        &self,
        make: impl FnOnce(&Arc<coinpay_core::Shop>, Start) -> Flow<T>,
    ) -> coinpay_core::Result<T> {
        self.engine.run(|start| make(self.engine.shop(), start))
    }
}

/// Serves until the process ends. Prints where it listens as one line of JSON.
///
/// # Errors
/// Settings that the engine refuses, a file that cannot be opened, an address that is taken or is
/// not this machine's own.
pub fn serve(options: ShopOptions) -> Result<(), Box<dyn Error>> {
    if !options.listen.ip().is_loopback() {
        return Err("the demo shop listens on loopback only".into());
    }
    let clock = ShiftedClock::new(options.clock_offset_ms);
    let engine = Engine::from_env()?.with_clock(Box::new(clock.clone()));
    let journal = Journal::open(&options.journal)?;
    let shop = Arc::new(Shop {
        engine,
        clock,
        worker: Worker::new(journal, options.worker),
        gateway_page: options.gateway_page,
        csrf: pages::random_text()?,
        customers: Mutex::default(),
    });
    shop.run(coinpay_core::Shop::prepare_store)?;
    let listener = TcpListener::bind(options.listen)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    println!("{}", json!({ "url": format!("http://{address}") }));
    if options.ends_with_stdin {
        thread::spawn(end_with_stdin);
    }
    let working = Arc::clone(&shop);
    thread::Builder::new()
        .name("shop-worker".to_owned())
        .spawn(move || worker::run(&working))?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(listen(shop, listener))?;
    Ok(())
}

async fn listen(shop: Arc<Shop>, listener: TcpListener) -> io::Result<()> {
    let router: Router<()> = shopper::routes()
        .merge(operator::routes())
        .layer(middleware::from_fn(answers::refuse_other_sites))
        .merge(shopper::webhook_route())
        .with_state(shop);
    let listener = tokio::net::TcpListener::from_std(listener)?;
    axum::serve(listener, router).await
}

/// The demo holds the other end. However it ends, this end closes with it.
fn end_with_stdin() {
    let mut nothing = [0; 64];
    while matches!(io::stdin().lock().read(&mut nothing), Ok(count) if count > 0) {}
    std::process::exit(0);
}
