//! Connections that can be broken from within: a handler marks its connection, and instead of
//! the answer's first byte the client sees it close.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// The connection of a request, as a handler sees it.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    broken: Arc<AtomicBool>,
}

impl Connection {
    /// Whatever is answered from now on does not arrive.
    pub(crate) fn break_off(&self) {
        self.broken.store(true, Ordering::SeqCst);
    }
}

#[derive(Debug)]
pub(crate) struct BreakableListener(pub TcpListener);

impl Listener for BreakableListener {
    type Io = BreakableStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        let broken = Arc::new(AtomicBool::new(false));
        (BreakableStream { stream, broken }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, BreakableListener>> for Connection {
    fn connect_info(stream: IncomingStream<'_, BreakableListener>) -> Self {
        Self {
            broken: Arc::clone(&stream.io().broken),
        }
    }
}

#[derive(Debug)]
pub(crate) struct BreakableStream {
    stream: TcpStream,
    broken: Arc<AtomicBool>,
}

impl BreakableStream {
    fn refuse_if_broken(&self) -> io::Result<()> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

impl AsyncRead for BreakableStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for BreakableStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.refuse_if_broken()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
