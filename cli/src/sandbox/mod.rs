//! A gateway for development and tests. It speaks the CoinPay protocol on loopback, keeps
//! payments in memory, signs and sends webhooks, has a clock that can be moved, and plays every
//! nasty habit of the real service on demand. It shares no code with the library that it tests:
//! the other side of the wire has its own reading of the protocol.

mod answers;
mod chain;
mod clock;
mod connection;
mod control;
mod create;
mod delivery;
mod events;
mod fault_table;
mod faults;
mod gateway;
mod lookups;
mod loopback;
mod money;
mod outbox;
mod pages;
mod payment;
mod qr;
mod rates;
mod request_log;
mod same_site;
mod scenario;
mod seeds;
mod shapes;
mod twists;
mod world;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::Router;
use axum::middleware;
use axum::routing::any;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use connection::{BreakableListener, Connection};
use world::Shared;

/// How often a running clock is looked at for what has become due.
const TICK: Duration = Duration::from_millis(50);

/// How a sandbox starts. All of it but the address and the account can be changed later through
/// the control API.
#[derive(Clone)]
pub struct SandboxConfig {
    /// Loopback only. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// The key that the gateway accepts.
    pub api_key: String,
    /// The business that the key belongs to, a UUID.
    pub business_id: String,
    /// Where webhooks go; loopback over http only.
    pub webhook_url: Option<String>,
    /// Without a secret the signature header is empty, as it is at the real service.
    pub webhook_secret: Option<String>,
    /// Ids, addresses and transactions repeat with the seed.
    pub seed: u64,
    /// A clock that stands still at this second, and moves only when told.
    pub frozen_at_seconds: Option<i64>,
}

impl SandboxConfig {
    pub const API_KEY: &str = "cp_test_sandbox";
    pub const BUSINESS_ID: &str = "5a0db0c5-0000-4000-8000-000000000001";
    pub const WEBHOOK_SECRET: &str = "whsec_sandbox";
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            api_key: Self::API_KEY.to_owned(),
            business_id: Self::BUSINESS_ID.to_owned(),
            webhook_url: None,
            webhook_secret: Some(Self::WEBHOOK_SECRET.to_owned()),
            seed: 1,
            frozen_at_seconds: None,
        }
    }
}

impl fmt::Debug for SandboxConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxConfig")
            .field("listen", &self.listen)
            .field("business_id", &self.business_id)
            .field("webhook_url", &self.webhook_url)
            .field("seed", &self.seed)
            .field("frozen_at_seconds", &self.frozen_at_seconds)
            .finish_non_exhaustive()
    }
}

/// A running gateway. Dropping it closes its connections and stops its deliveries; an attempt
/// that is under way at that moment may still arrive.
pub struct Sandbox {
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Listens and serves on threads of its own until it is dropped.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for an address or webhook URL that is not this machine's, a business id that
    /// is not a UUID, or a moment before 1970 or after 9998; otherwise whatever listening on the
    /// address gives.
    pub fn start(config: SandboxConfig) -> io::Result<Self> {
        let invalid = |why| io::Error::new(io::ErrorKind::InvalidInput, why);
        loopback::check_listen(config.listen)?;
        if let Some(url) = &config.webhook_url {
            loopback::check_url(url).map_err(invalid)?;
        }
        if config.business_id.parse::<uuid::Uuid>().is_err() {
            return Err(invalid("business_id is not a UUID".to_owned()));
        }
        let moments = 0..=clock::LATEST_SECONDS;
        if config
            .frozen_at_seconds
            .is_some_and(|seconds| !moments.contains(&seconds))
        {
            return Err(invalid(
                "frozen_at_seconds is not a moment of this era".to_owned(),
            ));
        }
        let listener = TcpListener::bind(config.listen)?;
        listener.set_nonblocking(true)?;
        let addresses = Addresses(listener.local_addr()?);
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let shared = Arc::new(Shared::new(config, addresses));
        let (stop, stopped) = oneshot::channel();

        let serving = Arc::clone(&shared);
        let server = thread::Builder::new()
            .name("sandbox-gateway".to_owned())
            .spawn(move || serve(runtime, listener, serving, stopped))?;
        let delivering = Arc::clone(&shared);
        thread::Builder::new()
            .name("sandbox-webhooks".to_owned())
            .spawn(move || delivery::run(&delivering))?;
        Ok(Self {
            shared,
            stop: Some(stop),
            server: Some(server),
        })
    }

    /// What a client of the gateway is configured with; ends in `/api`.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.shared.addresses.base_url()
    }

    /// Where the control API begins; ends in `/control`.
    #[must_use]
    pub fn control_url(&self) -> String {
        self.shared.addresses.control_url()
    }

    /// The page for people: the address without a path.
    #[must_use]
    pub fn page_url(&self) -> String {
        self.shared.addresses.page_url()
    }

    /// Waits until the server ends, which it does only when the process does.
    pub fn wait(mut self) {
        if let Some(server) = self.server.take() {
            // It has nothing to return, and a panic in it has been reported on stderr.
            let _ended = server.join();
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.shared.stop();
        if let Some(stop) = self.stop.take() {
            // The server may have ended by itself.
            let _ended = stop.send(());
        }
        if let Some(server) = self.server.take() {
            let _ended = server.join();
        }
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("config", &self.shared.config)
            .finish_non_exhaustive()
    }
}

/// Where the sandbox listens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Addresses(SocketAddr);

impl Addresses {
    pub(crate) fn page_url(self) -> String {
        format!("http://{}", self.0)
    }

    pub(crate) fn base_url(self) -> String {
        format!("{}/api", self.page_url())
    }

    pub(crate) fn control_url(self) -> String {
        format!("{}/control", self.page_url())
    }
}

fn serve(
    runtime: Runtime,
    listener: TcpListener,
    shared: Arc<Shared>,
    stopped: oneshot::Receiver<()>,
) {
    let steered = control::routes()
        .merge(pages::routes())
        .layer(middleware::from_fn(same_site::refuse_others));
    let router = Router::new()
        .route("/api/{*path}", any(gateway::serve))
        .merge(steered)
        .with_state(Arc::clone(&shared));
    runtime.block_on(async move {
        let listener = match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => BreakableListener(listener),
            Err(error) => return eprintln!("sandbox: cannot serve: {error}"),
        };
        let service = router.into_make_service_with_connect_info::<Connection>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        tokio::spawn(tick(shared));
        // An error means that the sandbox was forgotten without being dropped; serve on.
        if stopped.await.is_err() {
            std::future::pending::<()>().await;
        }
    });
    // Calls that are never answered must not keep it alive.
    runtime.shutdown_background();
}

/// Lets a running clock have its effects.
async fn tick(shared: Arc<Shared>) {
    loop {
        tokio::time::sleep(TICK).await;
        let mut world = shared.lock();
        let now_ms = world.clock.now_ms();
        if world.next_due_ms().is_some_and(|due_ms| due_ms <= now_ms) {
            world.run_due();
            drop(world);
            shared.announce();
        }
    }
}
