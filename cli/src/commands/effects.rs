//! `coinpay effects`: the side work that waits, failed or may have been done, and settling it.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use coinpay_core::Result;
use coinpay_core::flow::{EffectId, EffectList, ListEffects, SettleEffect, Settlement};
use coinpay_core::order::EffectKind;
use coinpay_core::time::format_rfc3339;
use serde_json::json;

use crate::operator::{ActorArguments, for_an_operator, open, table};
use crate::output::{Exit, Report, finish};
use crate::settings::ConfigArgument;

const EXAMPLES: &str = "\
Examples:
  coinpay effects
  coinpay effects --state dead --state uncertain --json | jq '.effects[].error'

  The carrier has the parcel; the mail has to be sent after all:
    coinpay effects settle $ORDER ship_order --as done
    coinpay effects settle $ORDER send_confirmation_email --as again

Exit status: 0, 1 where some are dead or uncertain or cannot be settled, 2 for a wrong command
line or configuration.";

/// Lists side work that is not over, or says what became of a piece of it.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct Effects {
    #[command(subcommand)]
    settle: Option<Act>,
    /// Only those that are due, claimed, held, dead or uncertain; may be given several times
    #[arg(long, value_name = "STATE")]
    state: Vec<String>,
    #[command(flatten)]
    shared: Shared,
}

#[derive(Args, Debug)]
struct Shared {
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArgument,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Says what became of side work that is dead or uncertain
    Settle {
        /// The order's id, or `shop`
        order: String,
        /// Such as ship_order
        #[arg(value_parser = read_kind)]
        kind: EffectKind,
        /// The subject, where there is one
        #[arg(long, default_value = "", value_name = "TEXT")]
        subject: String,
        /// It was done; do it again; or it is not to be done
        #[arg(long = "as", value_name = "HOW")]
        settlement: How,
        #[command(flatten)]
        by: ActorArguments,
        #[command(flatten)]
        shared: Shared,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum How {
    Done,
    Again,
    Void,
}

fn read_kind(text: &str) -> Result<EffectKind, String> {
    let names: Vec<_> = EffectKind::ALL.iter().map(|kind| kind.as_str()).collect();
    EffectKind::parse(text).ok_or_else(|| format!("is one of {}", names.join(", ")))
}

impl Effects {
    pub(crate) fn run(&self) -> ExitCode {
        match &self.settle {
            None => finish("effects", self.shared.json, self.list()),
            Some(act @ Act::Settle { shared, .. }) => finish(
                "effects",
                shared.json,
                act.settle().map_err(for_an_operator),
            ),
        }
    }

    fn list(&self) -> Result<Report> {
        let engine = open(&self.shared.config)?;
        let listed = engine.list_effects(ListEffects {
            states: self.state.clone(),
            limit: Some(500),
        });
        let listed = listed.map_err(for_an_operator)?;
        let stopped = |state: &str| matches!(state, "dead" | "uncertain");
        let fine = !listed.effects.iter().any(|one| stopped(&one.state));
        Ok(Report {
            text: rows(&listed),
            json: json!(listed),
            exit: Exit::of(fine),
        })
    }
}

fn rows(listed: &EffectList) -> String {
    if listed.effects.is_empty() {
        return "nothing is to be done".to_owned();
    }
    let row = |one: &coinpay_core::flow::ListedEffect| {
        vec![
            one.order_id.clone(),
            one.kind.to_string(),
            one.subject.clone(),
            one.state.clone(),
            one.tries.to_string(),
            format_rfc3339(one.next_at_ms),
            one.error.clone().unwrap_or_default(),
        ]
    };
    let rows: Vec<_> = listed.effects.iter().map(row).collect();
    let heads = [
        "order", "what", "subject", "state", "tries", "next", "error",
    ];
    table(&heads, &rows)
}

impl Act {
    fn settle(&self) -> Result<Report> {
        let Self::Settle {
            order,
            kind,
            subject,
            settlement,
            by,
            shared,
        } = self;
        let answer = open(&shared.config)?.settle_effect(SettleEffect {
            effect: EffectId {
                order_id: order.clone(),
                kind: *kind,
                subject: subject.clone(),
            },
            settlement: match settlement {
                How::Done => Settlement::Done,
                How::Again => Settlement::Again,
                How::Void => Settlement::Void,
            },
            actor: by.actor(),
            note: by.note.clone(),
        })?;
        let word = if answer.applied {
            "done"
        } else {
            "was so before"
        };
        Ok(Report {
            text: format!("{word}: {kind} is {}", answer.state),
            json: json!(answer),
            exit: Exit::Fine,
        })
    }
}
