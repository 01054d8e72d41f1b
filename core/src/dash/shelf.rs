//! The stock: what is on the shelf and what is kept aside, and correcting it.

use maud::html;

use crate::flow::Export;
use crate::{Error, Result};

use super::frame::Frame;
use super::orders::bad_news;
use super::{DashAnswer, Desk};

impl Desk {
    pub(super) async fn stock(
        &self,
        frame: &Frame<'_>,
        news: Option<&Error>,
    ) -> Result<DashAnswer> {
        let first_page = Export {
            limit: Some(1),
            ..Export::default()
        };
        let page = self
            .run(|shop, start| shop.export(start, first_page))
            .await?;
        let adjustment_id = format!("dash-{}", hex::encode(self.channel.random::<8>()));
        let fields = html! {
            input type="hidden" name="adjustment_id" value=(adjustment_id);
            label { "Article " input name="sku" required maxlength="150"; }
            label { "Pieces more or less " input name="delta" required size="8"
                inputmode="numeric" pattern="[+-]?[0-9]+"; }
        };
        let content = html! {
            (bad_news(news))
            section {
                h2 { "Goods came or went other than by an order" }
                (frame.form("/stock", "adjust", &fields, "Write down"))
            }
            section {
                @if page.stock.is_empty() {
                    p.quiet { "No stock is kept here." }
                } @else {
                    div.wide tabindex="0" role="region" aria-label="Stock" { table {
                        thead { tr {
                            th { "Article" } th.number { "On hand" } th.number { "Kept aside" }
                            th.number { "Free" }
                        } }
                        tbody { @for one in &page.stock { tr {
                            td { (one.sku) }
                            td.number { (one.on_hand) }
                            td.number { (one.reserved) }
                            td.number { (one.on_hand.saturating_sub(one.reserved)) }
                        } } }
                    } }
                }
            }
        };
        let status = if news.is_some() { 409 } else { 200 };
        Ok(frame.page(status, "Stock", &content))
    }
}
