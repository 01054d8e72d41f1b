//! The words for where an order and its payment stand, and why a person is needed.

macro_rules! names {
    ($seen:vis $name:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        impl $name {
            $seen const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in documents, columns and logs.
            #[must_use]
            $seen const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// Reads a name back, as the store does.
            #[must_use]
            $seen fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        crate::order::by_name!($name);
    };
}
pub(crate) use names;

/// Documents hold the name. Written here, since what serde derives for an enum is several times
/// as much code, once for each kind of document.
macro_rules! by_name {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(from)?;
                Self::parse(&text).ok_or_else(|| serde::de::Error::custom("an unknown name"))
            }
        }

        impl crate::document::ToJson for $name {
            fn to_json(&self) -> serde_json::Value {
                self.as_str().to_json()
            }
        }

        impl crate::document::FromJson for $name {
            fn from_json(value: &serde_json::Value) -> Option<Self> {
                Self::parse(value.as_str()?)
            }
        }
    };
}
pub(crate) use by_name;

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    AwaitingPayment,
    Paid,
    Fulfilled,
    NeedsReview,
    Expired,
    Cancelled,
    Refunded,
}

names!(pub Status {
    AwaitingPayment = "awaiting_payment",
    Paid = "paid",
    Fulfilled = "fulfilled",
    NeedsReview = "needs_review",
    Expired = "expired",
    Cancelled = "cancelled",
    Refunded = "refunded",
});

impl Status {
    /// Whether an order in this status keeps its checkout key to itself.
    #[must_use]
    pub const fn holds_key(self) -> bool {
        match self {
            Self::AwaitingPayment | Self::Paid | Self::Fulfilled | Self::NeedsReview => true,
            Self::Expired | Self::Cancelled | Self::Refunded => false,
        }
    }
}

/// Where the payment stands: the highest rank that was seen on any attempt. The order of the
/// variants is the rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PaymentStatus {
    Pending,
    Confirming,
    Expired,
    Failed,
    Confirmed,
    Forwarded,
    Refunded,
}

names!(pub PaymentStatus {
    Pending = "pending",
    Confirming = "confirming",
    Expired = "expired",
    Failed = "failed",
    Confirmed = "confirmed",
    Forwarded = "forwarded",
    Refunded = "refunded",
});

/// Why money that came does not simply pay the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A report about the payment contradicts what was stored of it.
    Conflict,
    /// The money was first heard of more than a day after the deadline.
    TooLate,
    /// When the money came, a newer order had the checkout key.
    NewerOrder,
    /// Less came than is due.
    Short,
    /// The gateway gave back a part, and what is left is less than is due.
    PartiallyRefunded,
    /// The order had been cancelled.
    Cancelled,
    /// The order had been paid through another method.
    PaidElsewhere,
    /// The goods are not reserved and could not be.
    NoStock,
    /// The host has not yet said whether it could reserve the goods again.
    AwaitingStock,
}

names!(pub Reason {
    Conflict = "conflict",
    TooLate = "too_late",
    NewerOrder = "newer_order",
    Short = "short",
    PartiallyRefunded = "partially_refunded",
    Cancelled = "cancelled",
    PaidElsewhere = "paid_elsewhere",
    NoStock = "no_stock",
    AwaitingStock = "awaiting_stock",
});

impl Reason {
    /// Whether a person may accept the order in spite of this. Goods that are not there cannot
    /// be accepted into existence.
    #[must_use]
    pub const fn acceptable(self) -> bool {
        match self {
            Self::Conflict
            | Self::TooLate
            | Self::NewerOrder
            | Self::Short
            | Self::PartiallyRefunded
            | Self::Cancelled
            | Self::PaidElsewhere => true,
            Self::NoStock | Self::AwaitingStock => false,
        }
    }
}

/// The rule that gave the status: the first of these that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Line {
    EndedByRefund,
    Fulfilled,
    Closed,
    NeedsAPerson,
    Paid,
    Cancelled,
    DeadlinePassed,
    Open,
}

names!(pub Line {
    EndedByRefund = "ended_by_refund",
    Fulfilled = "fulfilled",
    Closed = "closed",
    NeedsAPerson = "needs_a_person",
    Paid = "paid",
    Cancelled = "cancelled",
    DeadlinePassed = "deadline_passed",
    Open = "open",
});

impl Line {
    /// The status that this rule gives.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::EndedByRefund => Status::Refunded,
            Self::Fulfilled => Status::Fulfilled,
            Self::Closed | Self::Cancelled => Status::Cancelled,
            Self::NeedsAPerson => Status::NeedsReview,
            Self::Paid => Status::Paid,
            Self::DeadlinePassed => Status::Expired,
            Self::Open => Status::AwaitingPayment,
        }
    }

    /// The rule in words, for `explain`.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::EndedByRefund => "a refund ended the order",
            Self::Fulfilled => "the goods were handed over",
            Self::Closed => "a person closed it; money that came is to be refunded",
            Self::NeedsAPerson => "money came, with a reason that nobody has accepted",
            Self::Paid => "enough came, or a person accepted it, and the goods are there",
            Self::Cancelled => "it was cancelled, or paid elsewhere, and no money came",
            Self::DeadlinePassed => "its deadline passed and no money came",
            Self::Open => "nothing has come yet",
        }
    }
}

/// Reads reasons back from the column where they stand apart by spaces.
pub(crate) fn status_names(text: &str) -> Option<Vec<Reason>> {
    text.split_ascii_whitespace().map(Reason::parse).collect()
}
