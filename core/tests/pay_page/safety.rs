//! No text in a status or in the options can make the page do anything else.

use coinpay_core::flow::{Hint, OrderStatus};
use coinpay_core::money::{Chain, Units};
use coinpay_core::order::Status;
use coinpay_core::pay::page::{Language, PageOptions, content_security_policy, pay_page};
use coinpay_core::pay::payment_uri;
use serde_json::{Value, json};

use crate::html::Document;
use crate::sample::{ADDRESS, HINTS, NONCE, options, order, page, payment};

const HOSTILE: &str = r#"'"></code></title></style></script><script>alert(1)</script>
    <img src=x onerror=alert(1)>&lt;b&gt;<!-- --><svg onload="alert(1)">{{7*7}}"#;

#[test]
fn every_page_is_balanced_small_and_asks_no_third_party() {
    for language in Language::ALL.iter().copied() {
        for (hint, status) in HINTS {
            let html = pay_page(
                &order(hint, status),
                &PageOptions {
                    language,
                    ..options()
                },
            );
            let picture = payment().qr_svg.unwrap();
            let rest = html.replace(&picture, "");
            assert!(rest.len() < 20 * 1024, "{hint:?}: {} bytes", rest.len());
            let document = Document::read(&html);
            for element in &document.elements {
                for name in ["src", "srcset", "style", "onclick", "onload", "ping"] {
                    assert_eq!(element.attribute(name), None, "{}", element.name);
                }
            }
            assert_eq!(
                rest.matches("://").count(),
                1,
                "only the way back to the shop"
            );
            for name in ["link", "img", "iframe", "object", "base"] {
                assert!(document.all(name).is_empty(), "{name}");
            }
        }
    }
}

#[test]
fn no_text_of_a_status_can_change_what_the_page_is_made_of() {
    for hint in [Hint::SendPayment, Hint::SendTheRest] {
        let honest = order(hint, Status::AwaitingPayment);
        let expected = Document::read(&pay_page(&honest, &options())).outline();
        let mut unlinked = honest.clone();
        unlinked.payment.as_mut().unwrap().uri = None;
        let unlinked = Document::read(&pay_page(&unlinked, &options())).outline();
        let document = serde_json::to_value(&honest).unwrap();
        let mut tried = 0;
        for field in ["/order_id", "/total", "/total_usd", "/credited", "/missing"]
            .into_iter()
            .chain(["/payment/payment_id", "/payment/network", "/payment/asset"])
            .chain([
                "/payment/address",
                "/payment/crypto_amount",
                "/payment/qr_svg",
            ])
        {
            let mut document = document.clone();
            *document.pointer_mut(field).unwrap() = json!(HOSTILE);
            let hostile: OrderStatus = serde_json::from_value(document).unwrap();
            let html = pay_page(&hostile, &options());
            // A link that says something else than what stands beside it is left out.
            let asked_for = ["/payment/address", "/payment/crypto_amount"].contains(&field);
            let expected = if asked_for { &unlinked } else { &expected };
            assert_eq!(&Document::read(&html).outline(), expected, "{field}");
            assert!(!html.contains("<script>alert"), "{field}");
            tried += 1;
        }
        assert_eq!(
            tried,
            texts_in(&document) - 1,
            "all but the link, which is tried below"
        );
    }
}

/// How many fields hold free text, rather than one of a few names.
fn texts_in(document: &Value) -> usize {
    let names = ["status", "payment_status", "hint", "currency", "blockchain"];
    let free = |(name, value): (&String, &Value)| match value {
        Value::String(_) => usize::from(!names.contains(&name.as_str())),
        Value::Object(_) => texts_in(value),
        _ => 0,
    };
    document.as_object().unwrap().iter().map(free).sum()
}

#[test]
fn a_link_that_opens_no_wallet_is_left_out_with_its_picture() {
    for uri in [
        "javascript:alert(1)",
        "https://evil.example/",
        "bitcoin:\"><script>",
        HOSTILE,
    ] {
        let mut hostile = order(Hint::SendPayment, Status::AwaitingPayment);
        hostile.payment.as_mut().unwrap().uri = Some(uri.to_owned());
        let page = Document::read(&pay_page(&hostile, &options()));
        let links = page.all("a");
        for link in links {
            let href = link.attribute("href").unwrap();
            assert!(href.starts_with("https://shop.example") || href.starts_with("bitcoin:"));
        }
        assert_eq!(page.all("script").len(), 1);
        assert!(
            uri.starts_with("bitcoin:") || page.all("svg").is_empty(),
            "{uri}"
        );
    }
}

#[test]
fn a_link_to_another_address_or_amount_is_left_out_with_its_picture() {
    let other = "0x1111111111111111111111111111111111111111";
    for (address, units) in [(other, 25_012_345), (ADDRESS, 25_012_346)] {
        let mut mixed_up = order(Hint::SendPayment, Status::AwaitingPayment);
        let uri = payment_uri(Chain::UsdcPol, address, Units(units)).unwrap();
        mixed_up.payment.as_mut().unwrap().uri = Some(uri);
        let html = pay_page(&mixed_up, &options());
        let page = Document::read(&html);
        assert!(page.all("svg").is_empty() && page.all("a").len() == 1);
        assert!(page.text.contains(ADDRESS) && !html.contains(other));
    }
}

#[test]
fn no_option_can_change_what_the_page_is_made_of() {
    let status = order(Hint::SendPayment, Status::AwaitingPayment);
    let outline = |options: &PageOptions| Document::read(&pay_page(&status, options)).outline();
    let mut hostile = options();
    hostile.shop_name = Some(HOSTILE.into());
    assert_eq!(outline(&hostile), outline(&options()));

    let fields: [fn(&mut PageOptions) -> &mut Option<String>; 5] = [
        |options| &mut options.status_url,
        |options| &mut options.renew_url,
        |options| &mut options.cancel_url,
        |options| &mut options.return_url,
        |options| &mut options.nonce,
    ];
    for field in fields {
        let mut without = options();
        *field(&mut without) = None;
        for bad in [
            "javascript:alert(1)",
            "java\nscript:alert(1)",
            "//evil.example",
            HOSTILE,
        ] {
            let mut hostile = options();
            *field(&mut hostile) = Some(bad.into());
            assert_eq!(outline(&hostile), outline(&without), "{bad}");
        }
        let mut quoting = options();
        *field(&mut quoting) = Some("/a?\"onclick=\"alert(1)&amp;<b>".into());
        assert!(
            !outline(&quoting)
                .iter()
                .any(|line| line.contains("onclick"))
        );
    }
}

#[test]
fn style_and_script_carry_the_nonce_that_the_policy_lets_in() {
    let page = page(Hint::SendPayment);
    assert_eq!(page.one("style").attribute("nonce"), Some(NONCE));
    assert_eq!(page.one("script").attribute("nonce"), Some(NONCE));
    let policy = content_security_policy(NONCE);
    assert!(policy.contains(&format!("script-src 'nonce-{NONCE}'")));
    let bare = PageOptions {
        nonce: None,
        ..options()
    };
    let status = order(Hint::SendPayment, Status::AwaitingPayment);
    let bare = Document::read(&pay_page(&status, &bare));
    assert!(bare.all("style").is_empty() && bare.all("script").is_empty());
}
