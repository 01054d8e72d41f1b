//! What a call ended in, as a number. Numbers are given by hand and for good: a code that is added
//! to the table of errors gets the next of its group here, which the compiler asks for.

use coinpay_core::ErrorCode;

use crate::abi::coinpay_slice;

/// How a call ended: 0, or a code of the one table of errors (docs/errors.md). Numbers never change
/// their meaning; a newer library may return one that this header does not name.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum coinpay_status {
    Ok = 0,
    InvalidInput = 100,
    InvalidAmount = 101,
    UnknownCurrency = 102,
    UnknownBlockchain = 103,
    InvalidConfiguration = 104,
    NothingToPay = 105,
    AmountTooLarge = 106,
    TooManyOpenOrders = 107,
    TooManyAttempts = 108,
    OutOfStock = 109,
    UnknownSku = 110,
    NotFound = 111,
    UnknownEffect = 112,
    BodyTooLarge = 200,
    SignatureMissing = 201,
    SignatureMalformed = 202,
    SignatureStale = 203,
    SignatureWrong = 204,
    SecretMissing = 205,
    WebhookUnreadable = 206,
    GatewayRefused = 300,
    GatewayUnauthorized = 301,
    GatewayForbidden = 302,
    GatewayNotFound = 303,
    GatewayRateLimited = 304,
    GatewayQuotaExceeded = 305,
    GatewayUnavailable = 306,
    GatewayUnreachable = 307,
    GatewayAnswerUnusable = 308,
    IdempotencyCollision = 309,
    RateDoubtful = 310,
    CreateUnknown = 311,
    StoreBusy = 400,
    StoreUnavailable = 401,
    StoreNotAtomic = 402,
    StoreTooNew = 403,
    StoreCorrupt = 404,
    StoreRefused = 405,
    FlowMisused = 500,
    LeaseLost = 501,
    Rejected = 502,
    ServerOnly = 503,
    Internal = 504,
}

impl From<ErrorCode> for coinpay_status {
    fn from(code: ErrorCode) -> Self {
        match code {
            ErrorCode::InvalidInput => Self::InvalidInput,
            ErrorCode::InvalidAmount => Self::InvalidAmount,
            ErrorCode::UnknownCurrency => Self::UnknownCurrency,
            ErrorCode::UnknownBlockchain => Self::UnknownBlockchain,
            ErrorCode::InvalidConfiguration => Self::InvalidConfiguration,
            ErrorCode::NothingToPay => Self::NothingToPay,
            ErrorCode::AmountTooLarge => Self::AmountTooLarge,
            ErrorCode::TooManyOpenOrders => Self::TooManyOpenOrders,
            ErrorCode::TooManyAttempts => Self::TooManyAttempts,
            ErrorCode::OutOfStock => Self::OutOfStock,
            ErrorCode::UnknownSku => Self::UnknownSku,
            ErrorCode::NotFound => Self::NotFound,
            ErrorCode::UnknownEffect => Self::UnknownEffect,
            ErrorCode::BodyTooLarge => Self::BodyTooLarge,
            ErrorCode::SignatureMissing => Self::SignatureMissing,
            ErrorCode::SignatureMalformed => Self::SignatureMalformed,
            ErrorCode::SignatureStale => Self::SignatureStale,
            ErrorCode::SignatureWrong => Self::SignatureWrong,
            ErrorCode::SecretMissing => Self::SecretMissing,
            ErrorCode::WebhookUnreadable => Self::WebhookUnreadable,
            ErrorCode::GatewayRefused => Self::GatewayRefused,
            ErrorCode::GatewayUnauthorized => Self::GatewayUnauthorized,
            ErrorCode::GatewayForbidden => Self::GatewayForbidden,
            ErrorCode::GatewayNotFound => Self::GatewayNotFound,
            ErrorCode::GatewayRateLimited => Self::GatewayRateLimited,
            ErrorCode::GatewayQuotaExceeded => Self::GatewayQuotaExceeded,
            ErrorCode::GatewayUnavailable => Self::GatewayUnavailable,
            ErrorCode::GatewayUnreachable => Self::GatewayUnreachable,
            ErrorCode::GatewayAnswerUnusable => Self::GatewayAnswerUnusable,
            ErrorCode::IdempotencyCollision => Self::IdempotencyCollision,
            ErrorCode::RateDoubtful => Self::RateDoubtful,
            ErrorCode::CreateUnknown => Self::CreateUnknown,
            ErrorCode::StoreBusy => Self::StoreBusy,
            ErrorCode::StoreUnavailable => Self::StoreUnavailable,
            ErrorCode::StoreNotAtomic => Self::StoreNotAtomic,
            ErrorCode::StoreTooNew => Self::StoreTooNew,
            ErrorCode::StoreCorrupt => Self::StoreCorrupt,
            ErrorCode::StoreRefused => Self::StoreRefused,
            ErrorCode::FlowMisused => Self::FlowMisused,
            ErrorCode::LeaseLost => Self::LeaseLost,
            ErrorCode::Rejected => Self::Rejected,
            ErrorCode::ServerOnly => Self::ServerOnly,
            ErrorCode::Internal => Self::Internal,
        }
    }
}

/// The name of a status, such as `signature_wrong`, as every other language has it; `ok` for 0, and
/// empty for a number that is no status.
///
/// Ownership: constant text of the library's. Threads: any. Errors: none.
#[unsafe(no_mangle)]
pub extern "C" fn coinpay_status_name(status: u32) -> coinpay_slice {
    if status == 0 {
        return coinpay_slice::lasting("ok");
    }
    let mut codes = ErrorCode::ALL.iter();
    let code = codes.find(|code| number(coinpay_status::from(**code)) == status);
    coinpay_slice::lasting(code.map_or("", |code| code.as_str()))
}

const fn number(status: coinpay_status) -> u32 {
    status as u32
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn name(status: u32) -> String {
        let name = coinpay_status_name(status);
        // SAFETY: constant text.
        let text = unsafe { name.text("name") };
        text.map(str::to_owned).unwrap_or_default()
    }

    #[test]
    fn every_code_has_a_number_of_its_own_and_is_found_by_it() {
        let statuses = ErrorCode::ALL
            .iter()
            .map(|code| (number((*code).into()), code));
        let numbers: BTreeMap<_, _> = statuses.collect();
        assert_eq!(numbers.len(), ErrorCode::ALL.len());
        for (status, code) in numbers {
            assert_eq!(name(status), code.as_str());
        }
        assert_eq!((name(0).as_str(), name(u32::MAX).as_str()), ("ok", ""));
    }

    #[test]
    fn numbers_that_were_given_stay() {
        for (status, given) in [
            (coinpay_status::InvalidInput, 100),
            (coinpay_status::UnknownEffect, 112),
            (coinpay_status::BodyTooLarge, 200),
            (coinpay_status::WebhookUnreadable, 206),
            (coinpay_status::GatewayRefused, 300),
            (coinpay_status::CreateUnknown, 311),
            (coinpay_status::StoreBusy, 400),
            (coinpay_status::StoreRefused, 405),
            (coinpay_status::FlowMisused, 500),
            (coinpay_status::Internal, 504),
        ] {
            assert_eq!(number(status), given);
        }
    }
}
