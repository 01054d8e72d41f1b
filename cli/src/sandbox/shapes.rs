//! The `data` of an event, in the shape of the part of the service that wrote it. The same
//! event differs by sender, and hardly any field is in all of them.

use serde_json::{Map, Value, json};

use super::chain;
use super::clock::iso;
use super::events::Sender;
use super::money::{self, Form, USD_DECIMALS};
use super::payment::Payment;
use super::world::World;

type Data = Map<String, Value>;

pub(crate) fn data(world: &mut World, payment: usize, kind: &str, sender: Sender) -> Data {
    let form = amount_form(world);
    let usd_lost = kind == "payment.forwarded" && world.faults.is_due("forwarded_without_usd");
    let session = sender == Sender::Card && world.faults.is_due("card_session_id");
    let noisy = world.faults.is_due("received_as_double");
    let now_ms = world.clock.now_ms();
    let writer = Writer {
        payment: &world.payments[payment],
        kind,
        form,
        noisy,
        now_ms,
    };
    let mut data = match sender {
        Sender::Monitor => writer.monitor(),
        Sender::BalanceCheck => writer.balance_check(),
        Sender::Forwarding => writer.forwarding(),
        Sender::Card => writer.card(),
    };
    if sender == Sender::Forwarding {
        let payout = world.payments[payment].forward_tx_hash.clone();
        let family = world.payments[payment].chain.family;
        let fee_payout = payout.as_ref().map(|_| world.seeds.transaction(family));
        if kind == "payment.forwarded" {
            // The payout, not what the customer sent.
            data.insert("tx_hash".to_owned(), Value::from(payout.clone()));
        }
        data.insert("merchant_tx_hash".to_owned(), Value::from(payout));
        data.insert("platform_tx_hash".to_owned(), Value::from(fee_payout));
    }
    if usd_lost && data.contains_key("amount_usd") {
        data.insert("amount_usd".to_owned(), Value::from("0"));
    }
    if session && let Some(session) = &world.payments[payment].card_session {
        data.insert("payment_id".to_owned(), Value::from(session.as_str()));
    }
    data
}

/// How amounts are written this time, in answers and events alike.
pub(crate) fn amount_form(world: &mut World) -> Form {
    if world.faults.is_due("amounts_as_strings") {
        Form::Text
    } else if world.faults.is_due("amounts_as_numbers") {
        Form::Number
    } else {
        Form::Usual
    }
}

/// Makes the event speak of another chain and another address.
pub(crate) fn falsify(world: &mut World, payment: usize, data: &mut Data) {
    let other = chain::other_than(world.payments[payment].chain);
    let address = world.seeds.address(other.family);
    data.insert("payment_address".to_owned(), Value::from(address));
    data.insert("blockchain".to_owned(), Value::from(other.code));
    if data.contains_key("currency") {
        data.insert("currency".to_owned(), Value::from(other.code));
    }
}

struct Writer<'a> {
    payment: &'a Payment,
    kind: &'a str,
    form: Form,
    noisy: bool,
    now_ms: i64,
}

impl Writer<'_> {
    fn status(&self) -> &str {
        self.kind
            .strip_prefix("payment.")
            .unwrap_or(self.payment.status.as_str())
    }

    fn is(&self, kind: &str) -> bool {
        self.kind == kind
    }

    fn received(&self) -> Value {
        money::through_a_double(&self.payment.received_text(), self.noisy)
    }

    fn confirmed_at(&self) -> String {
        iso(self.payment.confirmed_at_ms.unwrap_or(self.now_ms))
    }

    fn monitor(&self) -> Data {
        let payment = self.payment;
        let mut data = object(json!({
            "payment_id": payment.id,
            "status": self.status(),
            "blockchain": payment.chain.code,
            "amount_crypto": self.form.usually_text(&payment.crypto_text()),
            "payment_address": payment.address,
        }));
        if self.is("payment.confirmed") {
            data.insert("received_amount".to_owned(), self.received());
            data.insert("confirmed_at".to_owned(), Value::from(self.confirmed_at()));
        }
        if self.is("payment.expired") {
            data.insert(
                "reason".to_owned(),
                Value::from("The payment window is over"),
            );
            data.insert("expired_at".to_owned(), Value::from(iso(self.now_ms)));
        }
        data
    }

    fn balance_check(&self) -> Data {
        let payment = self.payment;
        let mut data = self.with_amounts(payment.chain.code.to_owned());
        data.insert("tx_hash".to_owned(), Value::from(payment.tx_hash.clone()));
        data.insert(
            "metadata".to_owned(),
            Value::Object(payment.metadata.clone()),
        );
        if self.is("payment.confirmed") {
            data.insert("received_amount".to_owned(), self.received());
            data.insert("confirmed_at".to_owned(), Value::from(self.confirmed_at()));
        }
        data
    }

    fn forwarding(&self) -> Data {
        let payment = self.payment;
        let mut data = self.with_amounts(payment.chain.code.to_lowercase());
        data.insert("tx_hash".to_owned(), Value::from(payment.tx_hash.clone()));
        data.insert(
            "metadata".to_owned(),
            Value::Object(payment.metadata.clone()),
        );
        // The service keeps half a percent of what came.
        let fee = payment.received() / 200;
        let rest = payment.units_text(payment.received() - fee);
        let fee = payment.units_text(fee);
        data.insert(
            "merchant_amount".to_owned(),
            self.form.usually_number(&rest),
        );
        data.insert("platform_fee".to_owned(), self.form.usually_number(&fee));
        if self.is("payment.confirmed") {
            data.insert("confirmed_at".to_owned(), Value::from(self.confirmed_at()));
        }
        data
    }

    fn card(&self) -> Data {
        let payment = self.payment;
        let mut metadata = payment.metadata.clone();
        metadata.insert("payment_rail".to_owned(), Value::from("card"));
        object(json!({
            "payment_id": payment.id,
            "status": self.status(),
            "amount": self.form.usually_text(&payment.usd_text()),
            "amount_usd": self.form.usually_number(&payment.usd_text()),
            "currency": "usd",
            "payment_address": null,
            "amount_crypto": null,
            "tx_hash": payment.card_session.as_ref().map(|session| session.replace("cs_", "pi_")),
            "metadata": metadata,
        }))
    }

    fn with_amounts(&self, currency: String) -> Data {
        let payment = self.payment;
        object(json!({
            "payment_id": payment.id,
            "status": self.status(),
            "amount": self.form.usually_number(&payment.usd_text()),
            "amount_usd": self.form.usually_text(&payment.usd_text()),
            "amount_crypto": self.form.usually_text(&payment.crypto_text()),
            "currency": currency,
            "payment_address": payment.address,
        }))
    }
}

fn object(value: Value) -> Data {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// Dollars as decimal text.
pub(crate) fn usd(units: u128) -> String {
    money::format(units, USD_DECIMALS)
}
