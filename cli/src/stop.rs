//! Hears Ctrl-C and the end signal of a service manager, so that a loop can end between two
//! rounds. Decides nothing but that a second signal means at once.

use std::future;
use std::io;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

/// What a shell reports of a command that an interrupt ended.
const INTERRUPTED: i32 = 130;

pub(crate) struct Stop(Receiver<()>);

impl Stop {
    /// # Errors
    /// Where the system lets nobody listen for signals.
    pub(crate) fn listen() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (sender, receiver) = mpsc::channel();
        let bell = Bell {
            sender,
            rung: Arc::default(),
        };
        listen(&runtime, &bell)?;
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || runtime.block_on(future::pending::<()>()))?;
        Ok(Self(receiver))
    }

    /// Whether the end was asked for, now or within `pause`.
    pub(crate) fn within(&self, pause: Duration) -> bool {
        match self.0.recv_timeout(pause) {
            Ok(()) | Err(RecvTimeoutError::Disconnected) => true,
            Err(RecvTimeoutError::Timeout) => false,
        }
    }
}

#[derive(Clone)]
struct Bell {
    sender: Sender<()>,
    rung: Arc<AtomicBool>,
}

impl Bell {
    fn ring(&self) {
        if self.rung.swap(true, Ordering::Relaxed) {
            // Every step of a flow may be its last: the next call goes on from what is stored.
            process::exit(INTERRUPTED);
        }
        // Nobody waits any more once the command is over.
        let _over = self.sender.send(());
    }
}

#[cfg(unix)]
fn listen(runtime: &Runtime, bell: &Bell) -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    for kind in [SignalKind::interrupt(), SignalKind::terminate()] {
        let mut signals = {
            let _inside = runtime.enter();
            signal(kind)?
        };
        let bell = bell.clone();
        runtime.spawn(async move {
            while signals.recv().await.is_some() {
                bell.ring();
            }
        });
    }
    Ok(())
}

#[cfg(not(unix))]
fn listen(runtime: &Runtime, bell: &Bell) -> io::Result<()> {
    let bell = bell.clone();
    runtime.spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            bell.ring();
        }
    });
    Ok(())
}
