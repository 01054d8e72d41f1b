//! The page that a shopper pays on: a status written as HTML, whole without scripts. Decides
//! what is shown for each hint. Trusts no text in it, asks nobody but its own server for anything,
//! and refuses to know clocks, requests and sessions.

mod attributes;
mod english;
mod german;
mod texts;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::flow::{Action, Hint, OrderStatus, PaymentView};
use crate::money::{Chain, Destination, Units};
use crate::order::Status;

pub use attributes::content_security_policy;
pub use texts::Language;

use super::qr_svg;
use attributes::{sound_nonce, wallet_uri, web_address};
use texts::{State, Texts};

const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

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
    /// What the shop takes, in the order to show.
    pub blockchains: Vec<Chain>,
    pub shop_name: Option<String>,
    /// Where the shopper goes when done.
    pub return_url: Option<String>,
    /// Base64, made anew for each answer and sent in [`content_security_policy`]. Without it the
    /// page has neither style nor script.
    pub nonce: Option<String>,
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
        html! {
            (DOCTYPE)
            html lang=(self.options.language.code()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="robots" content="noindex";
                    // The address of this page may hold the order's token.
                    meta name="referrer" content="same-origin";
                    title { (state.headline) @if let Some(shop) = shop { " · " (shop) } }
                    (self.refresh())
                    @if let Some(nonce) = self.nonce {
                        style nonce=(nonce) { (PreEscaped(STYLE)) }
                    }
                }
                body {
                    @if let Some(shop) = shop { header { p { (shop) } } }
                    (self.main(state))
                    (self.footer())
                    @if let Some(nonce) = self.nonce {
                        script nonce=(nonce) { (PreEscaped(SCRIPT)) }
                    }
                }
            }
        }
    }

    fn main(&self, state: &State) -> Markup {
        let payable = self.payable();
        html! {
            main data-state=(self.fingerprint()) data-wait-ms=(self.status.poll_after_ms)
                data-status-url=[self.status_url()] data-changed=(self.texts.state_changed)
                data-unreachable=(self.texts.no_answer) {
                div role="status" {
                    h1 { (state.headline) }
                    p { (state.advice) }
                }
                p #note role="status" {}
                (self.sums())
                @if let Some(payment) = payable { (self.payment(payment)) }
                (self.renewal(payable.is_some()))
                (self.cancellation())
            }
        }
    }

    fn state(&self) -> &'static State {
        let texts = self.texts;
        match self.status.hint {
            Hint::SendPayment => &texts.send_payment,
            Hint::Seen => &texts.seen,
            Hint::Confirming => &texts.confirming,
            Hint::SendTheRest => &texts.send_the_rest,
            Hint::QuoteExpired => &texts.quote_expired,
            Hint::Paid => &texts.paid,
            Hint::BeingChecked => &texts.being_checked,
            Hint::Expired => &texts.expired,
            Hint::Cancelled if self.status.status == Status::Refunded => &texts.refunded,
            Hint::Cancelled => &texts.cancelled,
        }
    }

    /// The payment to make now. An address is shown only as long as its quote runs.
    fn payable(&self) -> Option<&PaymentView> {
        let runs = |payment: &&PaymentView| payment.seconds_left.is_none_or(|left| left > 0);
        let wanted = self.can(Action::Pay);
        self.status.payment.as_ref().filter(|_| wanted).filter(runs)
    }

    fn sums(&self) -> Markup {
        let (texts, status) = (self.texts, self.status);
        html! {
            dl {
                dt { (texts.order) }
                dd { (status.order_id) }
                dt { (texts.total) }
                dd { (self.sum(&status.total)) }
                @if status.hint == Hint::SendTheRest {
                    dt { (texts.received) }
                    dd { (self.sum(&status.credited)) }
                    dt { (texts.missing) }
                    dd { (self.sum(&status.missing)) }
                }
                @if let Some(due) = status.refund_due.filter(|due| due.amount > Units::ZERO) {
                    dt { (texts.refund_due) }
                    dd { (self.sum(&status.currency.format(due.amount))) }
                }
            }
        }
    }

    fn payment(&self, payment: &PaymentView) -> Markup {
        let texts = self.texts;
        let uri = payment.uri.as_deref().and_then(wallet_uri);
        // Drawn anew from the link, so that both say the same and no foreign markup gets in.
        let picture = uri.and_then(|uri| qr_svg(uri).ok());
        let (account, tag) = account_and_tag(payment);
        html! {
            section aria-labelledby="how" {
                h2 #how { (texts.how_to_pay) }
                p.warning { ((texts.send_only)(&payment.asset, &payment.network)) }
                dl {
                    dt { (texts.amount) }
                    dd {
                        code { (payment.crypto_amount) }
                        ((texts.asset_on_network)(&payment.asset, &payment.network)) " "
                        (self.copy_button(&payment.crypto_amount, texts.copy_amount))
                        p { (texts.exactly) }
                    }
                    dt { (texts.address) }
                    dd {
                        code { (account) }
                        (self.copy_button(&account, texts.copy_address))
                    }
                    @if let Some(tag) = tag {
                        dt { (texts.destination_tag) }
                        dd { code { (tag) } p { (texts.tag_needed) } }
                    }
                    @if let Some(left) = payment.seconds_left {
                        dt { (texts.time_left) }
                        dd #left role="timer" data-seconds=(left) { (minutes_and_seconds(left)) }
                    }
                }
                @if let Some(uri) = uri { p { a.button href=(uri) { (texts.open_wallet) } } }
                @if let Some(picture) = picture {
                    figure role="img" aria-label=(texts.picture) { (PreEscaped(picture)) }
                }
            }
        }
    }

    /// Hidden until the script finds that it can copy.
    fn copy_button(&self, what: &str, label: &str) -> Markup {
        html! {
            button type="button" hidden data-copy=(what) data-done=(self.texts.copied) { (label) }
        }
    }

    fn renewal(&self, payable: bool) -> Markup {
        let texts = self.texts;
        let renew = self.can(Action::RenewQuote);
        let current = self
            .status
            .payment
            .as_ref()
            .map(|payment| payment.blockchain);
        let chains = self.choices();
        let other = |chain: &Chain| !current.is_some_and(|current| current.same_asset(*chain));
        let choose = self.can(Action::ChooseBlockchain) && chains.iter().any(other);
        let url = self.options.renew_url.as_deref().and_then(web_address);
        let Some(url) = url.filter(|_| renew || choose) else {
            return html! {};
        };
        let form = html! {
            form method="post" action=(url) {
                @if chains.is_empty() {
                    @if let Some(current) = current {
                        input type="hidden" name="blockchain" value=(current.code());
                    }
                } @else {
                    p {
                        label for="blockchain" { (texts.pay_with) } " "
                        select #blockchain name="blockchain" {
                            @for chain in &chains {
                                option value=(chain.code()) selected[!other(chain)] {
                                    ((texts.asset_on_network)(
                                        chain.asset_symbol(), chain.network_name(),
                                    ))
                                }
                            }
                        }
                    }
                }
                button { (texts.get_quote) }
            }
        };
        html! {
            @if payable {
                details { summary { (texts.pay_otherwise) } (form) }
            } @else {
                section aria-labelledby="renew" { h2 #renew { (texts.new_quote) } (form) }
            }
        }
    }

    /// The shop's blockchains, each asset on a network once.
    fn choices(&self) -> Vec<Chain> {
        let mut choices: Vec<Chain> = Vec::new();
        for chain in &self.options.blockchains {
            if !choices.iter().any(|known| known.same_asset(*chain)) {
                choices.push(*chain);
            }
        }
        choices
    }

    /// Two steps, so that nobody cancels by accident; and not while money is on its way.
    fn cancellation(&self) -> Markup {
        let texts = self.texts;
        let coming = matches!(self.status.hint, Hint::Seen | Hint::Confirming);
        let offered = self.can(Action::Cancel) && !coming;
        let url = self.options.cancel_url.as_deref().and_then(web_address);
        html! {
            @if let Some(url) = url.filter(|_| offered) {
                details {
                    summary { (texts.cancel) }
                    form method="post" action=(url) {
                        p { (texts.before_cancel) }
                        button { (texts.cancel_now) }
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

    /// What the script compares with each answer. Its names are one word each, so that they are
    /// the same in every host's spelling of the document.
    fn fingerprint(&self) -> String {
        let status = self.status;
        let address = status.payment.as_ref().map(|payment| &payment.address);
        json!([status.status, status.hint, status.missing, address]).to_string()
    }

    fn status_url(&self) -> Option<&str> {
        self.options.status_url.as_deref().and_then(web_address)
    }

    fn shop(&self) -> Option<&str> {
        let name = self.options.shop_name.as_deref().map(str::trim);
        name.filter(|name| !name.is_empty())
    }

    fn can(&self, action: Action) -> bool {
        self.status.actions.contains(&action)
    }

    fn sum(&self, decimal: &str) -> String {
        let decimal = decimal.replace('.', self.texts.decimal_mark);
        format!("{decimal} {}", self.status.currency.code())
    }
}

/// The address as wallets take it. They have a field of its own for the tag of an XRP payment.
fn account_and_tag(payment: &PaymentView) -> (String, Option<u32>) {
    match Destination::parse(payment.blockchain, &payment.address) {
        Ok(Destination {
            account,
            tag: Some(tag),
        }) => (account, Some(tag)),
        Ok(Destination { tag: None, .. }) | Err(_) => (payment.address.clone(), None),
    }
}

fn minutes_and_seconds(seconds: i64) -> String {
    let (minutes, seconds) = (seconds.div_euclid(60), seconds.rem_euclid(60));
    format!("{minutes}:{seconds:02}")
}
