//! The checkout itself, as the page and `<coinpay-checkout>` show it: the state in words, the
//! sums, the payment to make, the choice of coins. Decides what is shown for each hint.

use maud::{Markup, PreEscaped, html};
use serde_json::json;

use crate::flow::{Action, Hint, PaymentView};
use crate::money::{Chain, Decimal, Destination, Units};
use crate::order::{Reason, Status};
use crate::pay::{payment_uri, qr_svg};

use super::Page;
use super::attributes::{wallet_uri, web_address};
use super::texts::State;

impl Page<'_> {
    pub(super) fn checkout(&self, state: &State) -> Markup {
        let payable = self.payable();
        html! {
            coinpay-checkout data-state=(self.fingerprint())
                data-wait-ms=(self.status.poll_after_ms) data-status-url=[self.status_url()]
                data-changed=(self.texts.state_changed) data-unreachable=(self.texts.no_answer) {
                div.card {
                    h1 tabindex="-1" { (state.headline) }
                    p { (state.advice) }
                    p.note role="status" {}
                    (self.steps())
                    (self.sums())
                    @if let Some(payment) = payable { (self.payment(payment)) }
                    (self.renewal(payable.is_some()))
                    (self.cancellation())
                }
            }
        }
    }

    pub(super) fn state(&self) -> &'static State {
        let texts = self.texts;
        match self.status.hint {
            Hint::SendPayment => &texts.send_payment,
            Hint::Seen => &texts.seen,
            Hint::Confirming => &texts.confirming,
            Hint::SendTheRest => &texts.send_the_rest,
            Hint::QuoteExpired => &texts.quote_expired,
            Hint::Paid => &texts.paid,
            Hint::BeingChecked if self.status.attention.contains(&Reason::TooLate) => &texts.late,
            Hint::BeingChecked => &texts.being_checked,
            Hint::Expired => &texts.expired,
            Hint::Cancelled if self.status.status == Status::Refunded => &texts.refunded,
            Hint::Cancelled => &texts.cancelled,
        }
    }

    /// How far it is, where it goes forward.
    fn steps(&self) -> Markup {
        let running = match self.status.hint {
            Hint::SendPayment | Hint::SendTheRest | Hint::QuoteExpired => 0,
            Hint::Seen | Hint::Confirming => 1,
            Hint::Paid => 3,
            Hint::BeingChecked | Hint::Expired | Hint::Cancelled => return html! {},
        };
        html! {
            ol.steps aria-label=(self.texts.progress) {
                @for (place, step) in self.texts.steps.iter().enumerate() {
                    @if place < running { li.done { (step) } }
                    @else if place == running { li aria-current="step" { (step) } }
                    @else { li { (step) } }
                }
            }
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
            dl.sums {
                div { dt { (texts.order) } dd { bdi { (status.order_id) } } }
                (self.sum(texts.total, &status.total))
                @if status.hint == Hint::SendTheRest {
                    (self.sum(texts.received, &status.credited))
                    (self.sum(texts.missing, &status.missing))
                }
                @if let Some(due) = status.refund_due.filter(|due| due.amount > Units::ZERO) {
                    (self.sum(texts.refund_due, &status.currency.format(due.amount)))
                }
            }
        }
    }

    fn sum(&self, label: &str, decimal: &str) -> Markup {
        let decimal = decimal.replace('.', self.texts.decimal_mark);
        html! {
            div {
                dt { (label) }
                dd { bdi dir="ltr" { (decimal) " " (self.status.currency.code()) } }
            }
        }
    }

    fn payment(&self, payment: &PaymentView) -> Markup {
        let texts = self.texts;
        let uri = own_uri(payment);
        // Drawn anew from the link, so that both say the same and no foreign markup gets in.
        let picture = uri.and_then(|uri| qr_svg(uri).ok());
        let (account, tag) = account_and_tag(payment);
        html! {
            section.pay aria-labelledby="how" {
                h2 #how { (texts.how_to_pay) }
                p.warning { ((texts.send_only)(&payment.asset, &payment.network)) }
                @if let Some(picture) = picture {
                    figure.picture role="img" aria-label=(texts.picture) { (PreEscaped(picture)) }
                }
                dl {
                    dt { (texts.amount) }
                    dd {
                        code dir="ltr" { (payment.crypto_amount) }
                        ((texts.asset_on_network)(&payment.asset, &payment.network)) " "
                        (self.copy_button(&payment.crypto_amount, texts.copy_amount))
                        p { small { (texts.exactly) } }
                    }
                    dt { (texts.address) }
                    dd {
                        code dir="ltr" { (account) }
                        (self.copy_button(&account, texts.copy_address))
                    }
                    @if let Some(tag) = tag {
                        dt { (texts.destination_tag) }
                        dd {
                            code dir="ltr" { (tag) }
                            (self.copy_button(&tag.to_string(), texts.copy_tag))
                            p { small { (texts.tag_needed) } }
                        }
                    }
                    @if let Some(left) = payment.seconds_left {
                        dt #left { (texts.time_left) }
                        dd {
                            span role="timer" aria-labelledby="left" dir="ltr" data-seconds=(left) {
                                (minutes_and_seconds(left))
                            }
                        }
                    }
                }
                @if let Some(uri) = uri { p { a.button href=(uri) { (texts.open_wallet) } } }
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
                button.main[!payable] { (texts.get_quote) }
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

    /// What the script compares with each answer. Its names are one word each, so that they are
    /// the same in every host's spelling of the document.
    fn fingerprint(&self) -> String {
        let status = self.status;
        let address = status.payment.as_ref().map(|payment| &payment.address);
        json!([status.status, status.hint, status.missing, address]).to_string()
    }

    fn can(&self, action: Action) -> bool {
        self.status.actions.contains(&action)
    }
}

/// The status's link, if it asks for the amount and the address that stand beside it. Another
/// one would send money where nobody reads.
fn own_uri(payment: &PaymentView) -> Option<&str> {
    let chain = payment.blockchain;
    let amount = Decimal::parse(&payment.crypto_amount).ok()?;
    let amount = amount.to_units_exact(chain.decimals()).ok()?;
    let expected = payment_uri(chain, &payment.address, amount).ok()?;
    let uri = payment.uri.as_deref().and_then(wallet_uri)?;
    (uri == expected).then_some(uri)
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
