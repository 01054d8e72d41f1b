//! Payment URIs and their pictures: a chain, an address and an amount, a line each, and another
//! address to compare with. What comes out is plain, says exactly the amount, and can be drawn.

use crate::ErrorCode;
use crate::money::{Chain, Decimal, Units, same_address};
use crate::pay::{payment_uri, qr_svg};

pub(super) fn run(mut data: &[u8]) {
    let lines: [_; 4] = std::array::from_fn(|_| super::text_line(&mut data));
    let [code, address, amount, other] = &lines;
    let chain = match Chain::parse(code) {
        Ok(chain) => chain,
        Err(error) => {
            assert_eq!(error.code, ErrorCode::UnknownBlockchain);
            return;
        }
    };
    assert!(chain.code().eq_ignore_ascii_case(code));
    let same = same_address(chain, address, other);
    assert_eq!(same, same_address(chain, other, address));
    assert!(same_address(chain, address, address));
    let amount = Units(amount.parse().unwrap_or(1));
    let Ok(uri) = payment_uri(chain, address, amount).inspect_err(refused) else {
        return;
    };
    plain(&uri);
    says(chain, &uri, amount);
    if same && let Ok(second) = payment_uri(chain, other, amount) {
        assert!(second.eq_ignore_ascii_case(&uri), "{uri} and {second}");
    }
    let more = payment_uri(chain, address, Units(amount.0.saturating_add(1)));
    assert!(amount.0 == u128::MAX || more.as_ref() != Ok(&uri));
    // A picture takes a thousand times as long as the rest.
    if amount.0.is_multiple_of(100) {
        let svg = qr_svg(&uri).expect("every URI fits a picture");
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"));
        assert_eq!(svg.matches('<').count(), 4, "{svg}");
    }
}

fn refused(error: &crate::Error) {
    assert!(
        matches!(
            error.code,
            ErrorCode::InvalidInput | ErrorCode::InvalidAmount
        ),
        "{error}"
    );
}

/// Nothing that a page or a wallet could take for something else.
fn plain(uri: &str) {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || b":?&=@/.-+".contains(&byte);
    assert!(uri.bytes().all(fine), "{uri}");
    assert!(uri.matches('?').count() == 1 && uri.len() < 400, "{uri}");
}

/// The amount that a wallet reads is the amount that was asked for.
fn says(chain: Chain, uri: &str, amount: Units) {
    let (_, query) = uri.split_once('?').expect("a query");
    let value = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let units = value("value").or_else(|| value("uint256"));
    let read = match units {
        Some(units) => units.parse().ok().map(Units),
        None => Decimal::parse(value("amount").expect("an amount"))
            .and_then(|coins| coins.to_units_exact(chain.decimals()))
            .ok(),
    };
    assert_eq!(read, Some(amount), "{uri}");
}
