//! The payment page, as a browser reads it: what it says for every hint.

#![cfg(feature = "page")]

mod html;
mod safety;
mod sample;

use coinpay_core::flow::Hint;
use coinpay_core::money::{Chain, Units};
use coinpay_core::order::{Reason, RefundDue, RefundReason, Status};
use coinpay_core::pay::page::{Language, PageOptions, Theme, pay_page};
use html::{Document, Element};
use sample::{ADDRESS, HINTS, ORDER_ID, asks_for_money, form, options, order, page, payment, says};
use serde_json::json;

#[test]
fn a_payment_to_send_is_shown_exactly_with_link_picture_and_time() {
    let page = page(Hint::SendPayment);
    says(
        &page,
        &[
            "Please send your payment",
            "25.012345 USDC on Polygon",
            ADDRESS,
        ],
    );
    says(
        &page,
        &["Send only USDC on Polygon.", "Time left 14:59", "25.00 EUR"],
    );
    let uri = payment().uri.unwrap();
    let links = page.all("a");
    assert!(
        links
            .iter()
            .any(|link| link.attribute("href") == Some(&uri))
    );
    let html = pay_page(
        &order(Hint::SendPayment, Status::AwaitingPayment),
        &options(),
    );
    assert!(
        html.contains(&payment().qr_svg.unwrap()),
        "the picture is the status's own"
    );
    assert!(form(&page, "/orders/1/renew").is_some() && form(&page, "/orders/1/cancel").is_some());
}

#[test]
fn a_payment_on_its_way_is_neither_asked_for_again_nor_offered_for_cancelling() {
    for (hint, headline) in [
        (Hint::Seen, "Your payment is on its way"),
        (Hint::Confirming, "Your payment is being confirmed"),
    ] {
        let page = page(hint);
        says(&page, &[headline, "do not pay again"]);
        assert!(!asks_for_money(&page) && page.all("form").is_empty());
    }
}

#[test]
fn an_underpaid_order_says_what_came_what_is_missing_and_how_to_send_it() {
    let page = page(Hint::SendTheRest);
    says(
        &page,
        &["Part of the payment is missing", "Received 10.00 EUR"],
    );
    says(
        &page,
        &["Still missing 15.00 EUR", "send only what is missing"],
    );
    assert!(asks_for_money(&page) && form(&page, "/orders/1/renew").is_some());

    let mut without = order(Hint::SendTheRest, Status::NeedsReview);
    without.payment = None;
    let page = Document::read(&pay_page(&without, &options()));
    says(&page, &["Still missing 15.00 EUR", "Get a new quote"]);
    assert!(!asks_for_money(&page) && form(&page, "/orders/1/renew").is_some());
}

#[test]
fn an_expired_quote_shows_no_address_and_offers_another_one() {
    let page = page(Hint::QuoteExpired);
    says(
        &page,
        &[
            "A new quote is needed",
            "do not send it again",
            "Get a new quote",
        ],
    );
    assert!(!asks_for_money(&page));
    let form = form(&page, "/orders/1/renew").unwrap();
    assert_eq!(form.attribute("method"), Some("post"));
    assert_eq!(page.one("select").attribute("name"), Some("blockchain"));
    let chosen = |one: &&Element| one.attribute("selected").is_some();
    let chosen: Vec<_> = page.all("option").into_iter().filter(chosen).collect();
    assert_eq!(chosen.len(), 1);
    assert_eq!(chosen[0].attribute("value"), Some("USDC_POL"));
}

#[test]
fn a_finished_order_asks_for_nothing_and_names_whom_to_ask() {
    let headlines = [
        (Hint::Paid, Status::Paid, "Paid. Thank you!"),
        (Hint::Paid, Status::Fulfilled, "Paid. Thank you!"),
        (
            Hint::BeingChecked,
            Status::NeedsReview,
            "Your payment is being checked",
        ),
        (Hint::Expired, Status::Expired, "The time to pay is over"),
        (
            Hint::Cancelled,
            Status::Cancelled,
            "This order was cancelled",
        ),
        (Hint::Cancelled, Status::Refunded, "This order was refunded"),
    ];
    for (hint, status, headline) in headlines {
        let page = Document::read(&pay_page(&order(hint, status), &options()));
        let contact = format!("Contact Tea & Sons and give the order number {ORDER_ID}.");
        says(&page, &[headline, &contact, "Back to Tea & Sons"]);
        assert!(
            !asks_for_money(&page) && page.all("form").is_empty(),
            "{headline}"
        );
    }
}

#[test]
fn nothing_is_ever_called_a_failure() {
    for language in Language::ALL.iter().copied() {
        for (hint, status) in HINTS {
            let html = pay_page(
                &order(hint, status),
                &PageOptions {
                    language,
                    ..options()
                },
            );
            let text = Document::read(&html).text.to_lowercase();
            for word in ["fail", "error", "fehler", "fehlgeschlagen", "gescheitert"] {
                assert!(!text.contains(word), "{hint:?}: {word}");
            }
        }
    }
}

#[test]
fn an_address_is_shown_only_while_its_quote_runs() {
    let mut over = order(Hint::SendPayment, Status::AwaitingPayment);
    over.payment.as_mut().unwrap().seconds_left = Some(0);
    assert!(!asks_for_money(&Document::read(&pay_page(
        &over,
        &options()
    ))));
    let mut endless = order(Hint::SendPayment, Status::AwaitingPayment);
    endless.payment.as_mut().unwrap().seconds_left = None;
    let page = Document::read(&pay_page(&endless, &options()));
    assert!(asks_for_money(&page) && !page.text.contains("Time left"));
}

#[test]
fn a_late_payment_is_called_late_and_what_becomes_of_it_is_said() {
    let mut late = order(Hint::BeingChecked, Status::NeedsReview);
    late.attention = vec![Reason::TooLate];
    let page = Document::read(&pay_page(&late, &options()));
    says(&page, &["Your payment came late", "returns the money"]);
    assert!(!asks_for_money(&page));
}

#[test]
fn the_steps_show_how_far_it_is_and_are_left_out_where_it_does_not_go_on() {
    for (hint, running) in [
        (Hint::SendPayment, Some("Send")),
        (Hint::Confirming, Some("Confirm")),
        (Hint::Paid, None),
    ] {
        let page = page(hint);
        let steps = page.all("li");
        assert_eq!(steps.len(), 3, "{hint:?}");
        let current = |step: &&&Element| step.attribute("aria-current").is_some();
        assert_eq!(
            steps.iter().filter(current).count(),
            usize::from(running.is_some())
        );
    }
    assert!(page(Hint::BeingChecked).all("li").is_empty());
}

#[test]
fn a_theme_is_set_in_the_pages_own_style() {
    let themed = PageOptions {
        theme: Theme {
            accent: Some("#0a7f4f".into()),
            ..Theme::default()
        },
        ..options()
    };
    let html = pay_page(&order(Hint::SendPayment, Status::AwaitingPayment), &themed);
    assert!(html.contains(":root, :host { --coinpay-accent: #0a7f4f; }"));
}

#[test]
fn what_is_owed_to_the_shopper_is_said() {
    let mut paid = order(Hint::Paid, Status::Paid);
    paid.refund_due = Some(RefundDue {
        amount: Units(1_250),
        reason: RefundReason::Overpaid,
    });
    says(
        &Document::read(&pay_page(&paid, &options())),
        &["To be returned to you", "12.50 EUR"],
    );
}

#[test]
fn the_tag_of_an_xrp_payment_stands_beside_its_address() {
    let mut xrp = order(Hint::SendPayment, Status::AwaitingPayment);
    let account = "rN7n7otQDd6FczFgLdSqtcsAUxDkw6fzRH";
    let payment = xrp.payment.as_mut().unwrap();
    (payment.blockchain, payment.address) = (Chain::Xrp, format!("{account}:4711"));
    let page = Document::read(&pay_page(&xrp, &options()));
    says(&page, &[account, "Destination tag 4711"]);
    assert!(!page.text.contains(":4711"));
}

#[test]
fn each_language_says_everything_in_its_own_words() {
    for (hint, status) in HINTS {
        let mut texts = Vec::new();
        let english = Document::read(&pay_page(&order(hint, status), &options()));
        for language in Language::ALL.iter().copied() {
            let own = PageOptions {
                language,
                ..options()
            };
            let page = Document::read(&pay_page(&order(hint, status), &own));
            assert_eq!(page.outline(), english.outline(), "{language:?}");
            let root = page.one("html");
            assert_eq!(root.attribute("lang"), Some(language.code()));
            let from_the_right = language == Language::Arabic;
            assert_eq!(root.attribute("dir") == Some("rtl"), from_the_right);
            says(&page, &[ORDER_ID, "Tea & Sons"]);
            assert!(!texts.contains(&page.text), "{language:?} repeats another");
            texts.push(page.text);
        }
        let german = PageOptions {
            language: Language::German,
            ..options()
        };
        let german = Document::read(&pay_page(&order(hint, status), &german));
        says(&german, &["25,00 EUR", "Wenden Sie sich an Tea & Sons"]);
    }
    assert_eq!(Language::parse("de-AT"), Some(Language::German));
    assert_eq!(Language::parse("EN_us"), Some(Language::English));
    assert_eq!(Language::parse("tlh"), None);
}

#[test]
fn the_page_renews_itself_without_a_script_and_stands_still_where_there_is_something_to_do() {
    let refresh = |hint, options: &PageOptions| {
        let page = Document::read(&pay_page(&order(hint, Status::Paid), options));
        let metas = page.all("meta");
        let refresh = metas
            .iter()
            .find(|meta| meta.attribute("http-equiv").is_some());
        let seconds = refresh.unwrap().attribute("content").unwrap().to_owned();
        (seconds, page.all("noscript").len())
    };
    assert_eq!(refresh(Hint::Paid, &options()), ("5".into(), 1));
    assert_eq!(refresh(Hint::SendPayment, &options()), ("30".into(), 1));
    let silent = PageOptions {
        status_url: None,
        ..options()
    };
    assert_eq!(refresh(Hint::Paid, &silent), ("5".into(), 0));
    let bare = PageOptions {
        nonce: None,
        ..options()
    };
    assert_eq!(refresh(Hint::Paid, &bare), ("5".into(), 0));
}

#[test]
fn the_script_is_told_the_state_as_the_status_document_spells_it() {
    for (hint, status) in HINTS {
        let order = order(hint, status);
        let page = Document::read(&pay_page(&order, &options()));
        let document = serde_json::to_value(&order).unwrap();
        let address = &document["payment"]["address"];
        let state = json!([
            document["status"],
            document["hint"],
            document["missing"],
            address
        ]);
        let main = page.one("coinpay-checkout");
        assert_eq!(
            main.attribute("data-state"),
            Some(state.to_string().as_str())
        );
        assert_eq!(
            main.attribute("data-status-url"),
            Some("/orders/1?token=a&b=c")
        );
        assert_eq!(main.attribute("data-wait-ms"), Some("5000"));
    }
}

#[test]
fn each_asset_on_a_network_is_offered_once_and_only_if_there_is_a_choice() {
    let listed = page(Hint::SendPayment);
    assert_eq!(
        listed.all("option").len(),
        Chain::ALL.len() - 2,
        "USDT and USDC are those on Ethereum"
    );

    let status = order(Hint::SendPayment, Status::AwaitingPayment);
    let mut only = options();
    only.blockchains = vec![Chain::UsdcPol];
    let page = Document::read(&pay_page(&status, &only));
    assert!(form(&page, "/orders/1/renew").is_none());
    only.blockchains.clear();
    let over = order(Hint::QuoteExpired, Status::AwaitingPayment);
    let page = Document::read(&pay_page(&over, &only));
    assert_eq!(page.one("input").attribute("value"), Some("USDC_POL"));
}

#[test]
fn options_are_read_from_a_document_in_which_anything_may_be_absent() {
    let read: PageOptions = serde_json::from_value(json!({
        "language": "de", "blockchains": ["BTC", "usdc_pol"], "status_url": null,
    }))
    .unwrap();
    assert_eq!(read.language, Language::German);
    assert_eq!(read.blockchains, [Chain::Btc, Chain::UsdcPol]);
    assert_eq!(
        serde_json::from_str::<PageOptions>("{}").unwrap(),
        PageOptions::default()
    );
}
