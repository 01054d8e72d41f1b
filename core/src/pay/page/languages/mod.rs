//! One file for each language of the page.

pub(super) mod arabic;
pub(super) mod english;
pub(super) mod french;
pub(super) mod german;
pub(super) mod japanese;
pub(super) mod spanish;
