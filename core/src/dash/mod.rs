//! The operator's view: orders, one order's story, what waits for a person, side work, stock,
//! figures; and the same figures for Prometheus. One flow answers one request, so that any host
//! can mount it behind its own login. Decides what is shown and which forms lead where; refuses to
//! know sockets, sessions and who may look.

mod acts;
mod figures;
mod form;
mod frame;
mod metrics;
mod orders;
mod shelf;
mod story;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::flow::{Channel, Flow, Start};
use crate::shop::Shop;
use crate::{Error, ErrorCode, Result};

use form::Form;
use frame::Frame;

/// One request to the operator's view. Whoever mounts it has to know who asks, and to let nobody
/// else through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DashRequest {
    /// `GET` or `POST`.
    pub method: String,
    /// Behind the place where it is mounted: `/`, `/orders/…`, `/effects`, `/metrics`.
    pub path: String,
    /// What stands behind the question mark, as it came.
    pub query: String,
    /// The body of a form, as it came.
    pub form: String,
    /// Where it is mounted, such as `/admin/coinpay`; empty for a server of its own. Where a host
    /// has no paths to give, it ends in `=`, such as `/admin.php?page=coinpay&path=`: then the path
    /// travels as that field of the query.
    pub base: String,
    /// Who asks; written into the log of whatever they decide. Without a name nobody gets in.
    pub actor: String,
    /// A secret of this session's, so that a form of another site's does nothing.
    pub csrf: String,
    /// Base64, made anew for each answer.
    pub nonce: String,
}

/// The whole answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct DashAnswer {
    pub http_status: u16,
    /// Also the content type and a strict policy. To be sent as they are.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

crate::document::written! {
    DashAnswer {
        http_status, headers, body,
    }
}

impl Shop {
    /// Answers one request to the operator's view.
    #[must_use]
    pub fn dash(self: &Arc<Self>, start: Start, request: DashRequest) -> Flow<DashAnswer> {
        let shop = Arc::clone(self);
        Flow::start(start, |channel| async move {
            let desk = Desk {
                shop,
                channel,
                request,
            };
            desk.answer().await
        })
    }
}

/// What every page has at hand.
struct Desk {
    shop: Arc<Shop>,
    channel: Channel,
    request: DashRequest,
}

impl Desk {
    async fn run<T: Send + 'static>(
        &self,
        begin: impl FnOnce(&Arc<Shop>, Start) -> Flow<T> + Send,
    ) -> Result<T> {
        self.channel.run(|start| begin(&self.shop, start)).await
    }

    fn query(&self) -> Form {
        Form::read(&self.request.query)
    }

    /// An error becomes a page: nobody but the host could tell it otherwise.
    async fn answer(&self) -> Result<DashAnswer> {
        // A host that forgot to ask who it is shows nothing, rather than everything to everybody.
        if self.request.actor.trim().is_empty() {
            let why = "Nobody is logged in.\n".to_owned();
            return Ok(self.frame().answer(403, "text/plain; charset=utf-8", why));
        }
        let outcome = match self.request.method.as_str() {
            "GET" | "HEAD" => self.page(None).await,
            "POST" => self.act().await,
            _ => {
                return Ok(self
                    .frame()
                    .sorry(405, "There is nothing of that kind here."));
            }
        };
        match outcome {
            Err(error) if error.code == ErrorCode::FlowMisused => Err(error),
            Err(error) => {
                let status = error.code.http_status();
                Ok(self.frame().sorry(status, &error.message))
            }
            answer => answer,
        }
    }

    /// `news` is what came of a form that did not lead anywhere.
    async fn page(&self, news: Option<&Error>) -> Result<DashAnswer> {
        let frame = self.frame();
        let path = self.request.path.trim_end_matches('/');
        match path.strip_prefix("/orders/") {
            Some(order_id) => return self.story(&frame, order_id, news).await,
            None if path == "/metrics" => return self.metrics().await,
            None => {}
        }
        match path {
            "" | "/orders" => self.orders(&frame).await,
            "/review" => self.review(&frame).await,
            "/effects" => self.effects(&frame, news).await,
            "/stock" => self.stock(&frame, news).await,
            "/figures" => self.figures(&frame).await,
            _ => Ok(frame.sorry(404, "There is no such page.")),
        }
    }

    fn frame(&self) -> Frame<'_> {
        Frame {
            request: &self.request,
        }
    }
}
