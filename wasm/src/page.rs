//! The pay page as HTML, with the policy that its answer has to carry.

use coinpay_core::Error;
use coinpay_core::flow::OrderStatus;
use coinpay_core::pay::page::{self, PageOptions};
use serde_json::json;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::answer;

/// `status` and `options` are JSON documents.
#[wasm_bindgen]
#[must_use]
pub fn pay_page(status: &str, options: &str) -> String {
    let write = || {
        let status: OrderStatus = serde_json::from_str(status)
            .map_err(|_| Error::invalid("status", "is not what order_status gives"))?;
        let options: PageOptions = serde_json::from_str(options)
            .map_err(|_| Error::invalid("options", "are not those of a pay page"))?;
        let policy = options.nonce.as_deref().map(page::content_security_policy);
        Ok(json!({
            "html": page::pay_page(&status, &options),
            "content_security_policy": policy,
        }))
    };
    answer::of(write())
}
