//! Requests to the operator's view: every page, every form, and texts that would like to be markup.

const PAGES: &[&str] = &[
    "GET /\nstatus=awaiting_payment&refund_due=1&search=cart-open&before=1750000000000",
    "GET /orders\nsearch=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    "GET /orders/$open\n",
    "GET /orders/$paid\n",
    "GET /orders/nobody\n",
    "GET /review\n",
    "GET /effects\n",
    "GET /stock\n",
    "GET /figures\ndays=7",
    "GET /metrics\n",
    "HEAD /orders\n",
    "PUT /stock\n",
];

const FORMS: &[&str] = &[
    "/orders/$open\ncsrf=$csrf&act=cancel&note=no+more",
    "/orders/$open\ncsrf=$csrf&act=accept&reason=underpaid&reason=late",
    "/orders/$paid\ncsrf=$csrf&act=close",
    "/orders/$paid\ncsrf=$csrf&act=fulfilled&note=%C3%BC%00",
    "/orders/$paid\ncsrf=$csrf&act=refund&refund_id=r&amount=1.50&waived=1&ends_order=1",
    "/effects\ncsrf=$csrf&act=settle&order_id=$paid&kind=ship_order&settlement=done",
    "/stock\ncsrf=$csrf&act=adjust&adjustment_id=a&sku=book&delta=%2B5",
    "/stock\ncsrf=forged&act=adjust&adjustment_id=b&sku=book&delta=5",
    "/review\nact=close",
];

pub(super) fn seeds() -> Vec<String> {
    let pages = PAGES
        .iter()
        .map(|page| format!("{page}\n0\nanna\nbm9uY2U=\n"));
    let forms = FORMS.iter().enumerate().map(|(number, form)| {
        let (path, fields) = form.split_once('\n').expect("a path and a form");
        format!("POST {path}\n\n{}\nanna\nbm9uY2U=\n{fields}", number % 3)
    });
    let hostile = "GET /orders\n\n2\n\"><script>\n'; script-src *\n".to_owned();
    let nobody = "GET /orders/$paid\n\n1\n \n\n".to_owned();
    pages.chain(forms).chain([hostile, nobody]).collect()
}
