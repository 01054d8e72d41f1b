//! Every operation by its document, answered honestly, with rows that were tampered with, and
//! carelessly.

/// The operations that take a document alone.
const CALLS: &[(&str, &str)] = &[
    ("prepare_store", "{}"),
    (
        "create_checkout",
        r#"{"cart_id":"cart-new","currency":"EUR","blockchain":"BTC","items":[ITEM]}"#,
    ),
    (
        "create_checkout",
        r#"{"cart_id":"cart-open","currency":"USD","blockchain":"USDC_POL",CUSTOMER,ITEMS}"#,
    ),
    (
        "create_checkout",
        r#"{"cart_id":"cart-open","currency":"USD","total":"9","blockchain":"ETH",REPLACED}"#,
    ),
    (
        "order_status",
        r#"{"order_id":"$open","customer_id":"customer-1"}"#,
    ),
    ("cancel_order", r#"{"order_id":"$open","reason":"shop"}"#),
    (
        "resolve_review",
        r#"{"order_id":"$open","decision":"close","actor":"a"}"#,
    ),
    (
        "record_refund",
        r#"{"order_id":"$paid","refund_id":"r","amount":"1.50","actor":"a"}"#,
    ),
    ("mark_fulfilled", r#"{"order_id":"$paid","actor":"a"}"#),
    (
        "adjust_stock",
        r#"{"adjustment_id":"b","sku":"book","delta":-3,"actor":"a"}"#,
    ),
    ("work", r#"{"looks":20,"rows":50}"#),
    ("claim_effects", r#"{"limit":10,"kinds":["ship_order"]}"#),
    (
        "complete_effect",
        r#"{"order_id":"$paid","kind":"ship_order"}"#,
    ),
    (
        "fail_effect",
        r#"{"order_id":"$paid","kind":"ship_order","claim_no":1,"error":"no"}"#,
    ),
    (
        "renew_effect",
        r#"{"order_id":"$paid","kind":"ship_order","claim_no":1}"#,
    ),
    (
        "settle_effect",
        r#"{"order_id":"$paid","kind":"ship_order","settlement":"done","actor":"a"}"#,
    ),
    (
        "report_effects",
        r#"{"outcomes":[SHIPPED,MAILED,{"order_id":"shop","kind":"alert_operations"}],"claim":{}}"#,
    ),
    ("explain_order", r#"{"order_id":"$paid"}"#),
    ("health", "{}"),
    ("export", r#"{"limit":5}"#),
    ("erase_customer", r#"{"customer_id":"customer-1"}"#),
    ("handle_webhook", r#"{"signature":"$signature"}"#),
];

const ITEM: &str = r#"{"sku":"book","quantity":1,"price":"150","digital":true}"#;

const SHIPPED: &str = r#"{"order_id":"$paid","kind":"ship_order","claim_no":1,"error":"no"}"#;

const MAILED: &str = r#"{"order_id":"$open","kind":"send_confirmation_email","result":{"id":"m"}}"#;

const CUSTOMER: &str = r#""customer_id":"customer-1""#;

/// The body beside every call; only the webhook's looks at it.
const EVENT: &str = r#"{"type":"payment.forwarded","data":{"payment_id":"$payment"}}"#;

/// Answers as hosts with defects of their own give them.
const CARELESS: &[&str] = &[
    r#"{"step":$step,"now_ms":$now,"answer":"committed"}"#,
    r#"{"step":$step,"now_ms":$now,"answer":"rows","rows":[[],[],[]]}"#,
    r#"{"step":$step,"now_ms":$now,"answer":"load_fault","fault":{"class":"retry","code":"1"}}"#,
    r#"{"step":$step,"now_ms":$now,"answer":"http_fault","fault":"interrupted"}"#,
    "{\"step\":$step,\"now_ms\":$now,\"answer\":\"http\",\"status\":201}\t{\"payment\":{}}",
    r#"{"step":$step,"now_ms":$now,"answer":"elapsed"}"#,
];

pub(super) fn seeds() -> Vec<String> {
    let honest = "~\n".repeat(12);
    let mut seeds = Vec::new();
    for (number, (name, document)) in CALLS.iter().enumerate() {
        let document = document
            .replace("ITEMS", r#""items":[ITEM]"#)
            .replace("ITEM", ITEM)
            .replace("SHIPPED", SHIPPED)
            .replace("MAILED", MAILED)
            .replace("CUSTOMER", CUSTOMER)
            .replace("REPLACED", &format!(r#""replace":true,{CUSTOMER}"#));
        let start = format!("{name}\n{document}\n{EVENT}\n");
        let other = CARELESS[number % CARELESS.len()];
        seeds.push(format!("{start}{honest}"));
        seeds.push(format!(
            "{start}~{number} 0 {number} \"x\"\n~0 1 2 null\n~1 0 3 -1\n{honest}"
        ));
        seeds.push(format!("{start}~\n{other}\n{honest}"));
        seeds.push(format!("{start}{other}\n{other}\n"));
    }
    seeds
}
