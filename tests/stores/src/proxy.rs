//! A proxy between an executor and its server. It counts round trips as they are on the wire, and
//! does what networks do: delays, cuts, and connections of which one half is closed.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::Result;

/// How often, of 10,000 pieces of traffic, something happens.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weather {
    /// The connection is cut, with what was under way.
    pub cut: u64,
    /// A piece waits, up to 20 ms.
    pub delay: u64,
    /// What one side still says never arrives, and the connection stays open.
    pub half_close: u64,
}

#[derive(Debug)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    round_trips: AtomicU64,
    connections: AtomicU64,
    mishaps: AtomicU64,
    draws: AtomicU64,
    calm: AtomicBool,
}

impl Proxy {
    /// Listens on loopback and passes everything on to `server`.
    ///
    /// # Errors
    /// Where there is no port to listen on.
    pub fn start(server: u16, weather: Weather) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared::default());
        let state = shared.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(upstream) = TcpStream::connect(("127.0.0.1", server)) else {
                    continue;
                };
                state.connections.fetch_add(1, Ordering::SeqCst);
                join(client, upstream, &state, weather);
            }
        });
        Ok(Self { port, shared })
    }

    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// How often the client said something after it had been answered.
    #[must_use]
    pub fn round_trips(&self) -> u64 {
        self.shared.round_trips.load(Ordering::SeqCst)
    }

    #[must_use]
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Cuts and halves so far.
    #[must_use]
    pub fn mishaps(&self) -> u64 {
        self.shared.mishaps.load(Ordering::SeqCst)
    }

    /// From now on nothing happens any more.
    pub fn calm_down(&self) {
        self.shared.calm.store(true, Ordering::SeqCst);
    }
}

impl Shared {
    /// Chance in 10,000 (SplitMix64 over a counter).
    fn chance(&self, of: u64) -> bool {
        of > 0 && !self.calm.load(Ordering::Relaxed) && self.draw() % 10_000 < of
    }

    fn draw(&self) -> u64 {
        let drawn = self.draws.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        let mut mixed = drawn.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

fn join(client: TcpStream, upstream: TcpStream, shared: &Arc<Shared>, weather: Weather) {
    let _ = (client.set_nodelay(true), upstream.set_nodelay(true));
    let (Ok(client_again), Ok(upstream_again)) = (client.try_clone(), upstream.try_clone()) else {
        return;
    };
    let answered = Arc::new(AtomicBool::new(true));
    let (other, state) = (answered.clone(), shared.clone());
    thread::spawn(move || {
        pass(client, upstream, &state, weather, || {
            if other.swap(false, Ordering::SeqCst) {
                state.round_trips.fetch_add(1, Ordering::SeqCst);
            }
        });
    });
    let state = shared.clone();
    thread::spawn(move || {
        pass(upstream_again, client_again, &state, weather, || {
            answered.store(true, Ordering::SeqCst);
        });
    });
}

fn pass(
    mut from: TcpStream,
    mut to: TcpStream,
    shared: &Shared,
    weather: Weather,
    heard: impl Fn(),
) {
    let mut piece = vec![0; 256 * 1_024];
    loop {
        let length = match from.read(&mut piece) {
            Ok(0) | Err(_) => {
                let _ = to.shutdown(Shutdown::Write);
                return;
            }
            Ok(length) => length,
        };
        heard();
        if shared.chance(weather.cut) {
            shared.mishaps.fetch_add(1, Ordering::SeqCst);
            let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
            return;
        }
        if shared.chance(weather.half_close) {
            shared.mishaps.fetch_add(1, Ordering::SeqCst);
            // Read and thrown away until the other side gives up waiting.
            while matches!(from.read(&mut piece), Ok(length) if length > 0) {}
            let _ = to.shutdown(Shutdown::Both);
            return;
        }
        if shared.chance(weather.delay) {
            thread::sleep(Duration::from_millis(shared.draw() % 20));
        }
        let Some(piece) = piece.get(..length) else {
            return;
        };
        if to.write_all(piece).is_err() {
            let _ = from.shutdown(Shutdown::Both);
            return;
        }
    }
}
