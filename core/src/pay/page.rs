//! The page that a shopper pays on: a status written as HTML, whole without scripts. Decides
//! what is round the checkout. Trusts no text in it, asks nobody but its own server for anything,
//! and refuses to know clocks, requests and sessions.

mod attributes;
mod checkout;
mod languages;
mod texts;
mod theme;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::{Deserialize, Serialize};

use crate::flow::OrderStatus;
use crate::money::Chain;

pub use attributes::content_security_policy;
pub use texts::Language;
pub use theme::Theme;

use attributes::{sound_nonce, web_address};
use texts::Texts;

const STYLE: &str = include_str!("page/coinpay-checkout.css");

/// The script of the web component `<coinpay-checkout>`, which the page has in it, and which a
/// shop can serve as a file for its own pages.
pub const CHECKOUT_SCRIPT: &str = include_str!("page/coinpay-checkout.js");

/// Without scripts the page is loaded anew, which undoes a selection and closes a list. Where
/// there is something to copy or to choose, it stands still for at least as long as this.
const LEAST_STILL_S: u64 = 30;

/// How a host wants the page. An address that does not lead to a web page counts as absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PageOptions {
    pub language: Language,
    /// Where a GET answers this order's status as JSON; of the page's own origin.
    pub status_url: Option<String>,
    /// Where a form posts `blockchain`, a code of [`Chain`], to get a new quote.
    pub renew_url: Option<String>,
    /// Where a form without fields posts to cancel the order.
    pub cancel_url: Option<String>,
    /// What the shop takes, in the order to show; see [`crate::Shop::list_coins`].
    pub blockchains: Vec<Chain>,
    pub shop_name: Option<String>,
    /// Where the shopper goes when done.
    pub return_url: Option<String>,
    /// Base64, made anew for each answer and sent in [`content_security_policy`]. Without it the
    /// page has neither style nor script.
    pub nonce: Option<String>,
    pub theme: Theme,
}

/// The whole HTML document for an order. The same status and options give the same bytes.
#[must_use]
pub fn pay_page(status: &OrderStatus, options: &PageOptions) -> String {
    let page = Page {
        status,
        options,
        texts: options.language.texts(),
        nonce: options.nonce.as_deref().and_then(sound_nonce),
    };
    page.document().into_string()
}

struct Page<'a> {
    status: &'a OrderStatus,
    options: &'a PageOptions,
    texts: &'static Texts,
    nonce: Option<&'a str>,
}

impl Page<'_> {
    fn document(&self) -> Markup {
        let state = self.state();
        let shop = self.shop();
        let language = self.options.language;
        html! {
            (DOCTYPE)
            html lang=(language.code()) dir=(language.direction()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="robots" content="noindex";
                    meta name="color-scheme" content="light dark";
                    // The address of this page may hold the order's token.
                    meta name="referrer" content="same-origin";
                    title { (state.headline) @if let Some(shop) = shop { " · " (shop) } }
                    (self.refresh())
                    @if let Some(nonce) = self.nonce {
                        style nonce=(nonce) {
                            (PreEscaped(self.options.theme.css())) (PreEscaped(STYLE))
                        }
                    }
                }
                body {
                    @if let Some(shop) = shop { header { p { (shop) } } }
                    main { (self.checkout(state)) }
                    (self.footer())
                    @if let Some(nonce) = self.nonce {
                        script nonce=(nonce) { (PreEscaped(CHECKOUT_SCRIPT)) }
                    }
                }
            }
        }
    }

    fn footer(&self) -> Markup {
        let shop = self.shop();
        let back = self.options.return_url.as_deref().and_then(web_address);
        html! {
            footer {
                p { ((self.texts.contact)(shop, &self.status.order_id)) }
                @if let Some(back) = back { p { a href=(back) { ((self.texts.back)(shop)) } } }
            }
        }
    }

    /// Loads the page anew where no script does: where scripts are off, or where it has none that
    /// could ask.
    fn refresh(&self) -> Markup {
        let still = if self.status.actions.is_empty() {
            0
        } else {
            LEAST_STILL_S
        };
        let seconds = self.status.poll_after_ms.div_ceil(1_000).max(still).max(1);
        let refresh = html! { meta http-equiv="refresh" content=(seconds); };
        html! {
            @if self.nonce.is_some() && self.status_url().is_some() {
                noscript { (refresh) }
            } @else {
                (refresh)
            }
        }
    }

    fn status_url(&self) -> Option<&str> {
        self.options.status_url.as_deref().and_then(web_address)
    }

    fn shop(&self) -> Option<&str> {
        let name = self.options.shop_name.as_deref().map(str::trim);
        name.filter(|name| !name.is_empty())
    }
}
