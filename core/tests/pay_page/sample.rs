//! An order for every hint, and what the tests ask of its page.

use coinpay_core::flow::{Action, Hint, OrderStatus, PaymentView};
use coinpay_core::money::{Chain, Currency, Units};
use coinpay_core::order::{PaymentStatus, Status};
use coinpay_core::pay::page::{Language, PageOptions, Theme, pay_page};
use coinpay_core::pay::{payment_uri, qr_svg};

use crate::html::{Document, Element};

pub(crate) const ADDRESS: &str = "0x8626f6940E2eb28930eFb4CeF49B2d1F2C9C1199";

pub(crate) const NONCE: &str = "b25jZSBvbmx5IDEyMzQ1Ng==";

pub(crate) const ORDER_ID: &str = "0199f0c2-0000-7000-8000-000000000001";

pub(crate) const HINTS: [(Hint, Status); 10] = [
    (Hint::SendPayment, Status::AwaitingPayment),
    (Hint::Seen, Status::AwaitingPayment),
    (Hint::Confirming, Status::AwaitingPayment),
    (Hint::SendTheRest, Status::NeedsReview),
    (Hint::QuoteExpired, Status::AwaitingPayment),
    (Hint::Paid, Status::Paid),
    (Hint::BeingChecked, Status::NeedsReview),
    (Hint::Expired, Status::Expired),
    (Hint::Cancelled, Status::Cancelled),
    (Hint::Cancelled, Status::Refunded),
];

pub(crate) fn payment() -> PaymentView {
    let uri = payment_uri(Chain::UsdcPol, ADDRESS, Units(25_012_345)).unwrap();
    PaymentView {
        payment_id: "pay_1".into(),
        blockchain: Chain::UsdcPol,
        network: "Polygon".into(),
        asset: "USDC".into(),
        address: ADDRESS.into(),
        crypto_amount: "25.012345".into(),
        qr_svg: Some(qr_svg(&uri).unwrap()),
        uri: Some(uri),
        expires_at_ms: Some(1_900_000_000_000),
        seconds_left: Some(899),
    }
}

pub(crate) fn order(hint: Hint, status: Status) -> OrderStatus {
    let mut actions = match hint {
        Hint::SendPayment => vec![Action::Pay, Action::ChooseBlockchain],
        Hint::SendTheRest => vec![Action::Pay, Action::RenewQuote],
        Hint::QuoteExpired => vec![Action::RenewQuote, Action::ChooseBlockchain],
        _ => Vec::new(),
    };
    if status == Status::AwaitingPayment {
        actions.push(Action::Cancel);
    }
    OrderStatus {
        order_id: ORDER_ID.into(),
        status,
        payment_status: PaymentStatus::Pending,
        hint,
        actions,
        currency: Currency::parse("EUR").unwrap(),
        total: "25.00".into(),
        total_usd: Some("27.10".into()),
        credited: "10.00".into(),
        missing: "15.00".into(),
        payment: Some(payment()),
        deadline_at_ms: 1_900_000_000_000,
        attention: Vec::new(),
        refund_due: None,
        now_ms: 1_899_999_100_000,
        poll_after_ms: 5_000,
    }
}

pub(crate) fn options() -> PageOptions {
    PageOptions {
        language: Language::English,
        status_url: Some("/orders/1?token=a&b=c".into()),
        renew_url: Some("/orders/1/renew".into()),
        cancel_url: Some("/orders/1/cancel".into()),
        blockchains: Chain::ALL.to_vec(),
        shop_name: Some("Tea & Sons".into()),
        return_url: Some("https://shop.example/".into()),
        nonce: Some(NONCE.into()),
        theme: Theme::default(),
    }
}

pub(crate) fn page(hint: Hint) -> Document {
    let (_, status) = HINTS.into_iter().find(|(known, _)| *known == hint).unwrap();
    Document::read(&pay_page(&order(hint, status), &options()))
}

pub(crate) fn says(document: &Document, texts: &[&str]) {
    for text in texts {
        assert!(
            document.text.contains(text),
            "{text:?} is not in {:?}",
            document.text
        );
    }
}

/// An address on the page is an invitation to pay.
pub(crate) fn asks_for_money(document: &Document) -> bool {
    document.text.contains(ADDRESS) || !document.all("svg").is_empty()
}

pub(crate) fn form<'a>(document: &'a Document, action: &str) -> Option<&'a Element> {
    let mut forms = document.all("form").into_iter();
    forms.find(|form| form.attribute("action") == Some(action))
}
