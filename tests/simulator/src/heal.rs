//! After the last event everything works again: no fault, no loss, workers that keep being
//! called. What has not come to a good end by then never will.

use serde_json::json;

use crate::auditor::Finding;
use crate::world::{BEGINNING_MS, Purpose, Trouble, World};

const MINUTE_MS: i64 = 60_000;
/// Pauses between the calls of the workers: past leases, deadlines, late windows, last looks.
const PAUSES: [i64; 5] = [
    3 * MINUTE_MS,
    9 * 60 * MINUTE_MS,
    26 * 60 * MINUTE_MS,
    40 * 24 * 60 * MINUTE_MS,
    // What the last look has asked for takes its time too.
    3 * MINUTE_MS,
];
const MOST_ROUNDS: u32 = 60;

impl World<'_> {
    pub(crate) fn heal(&mut self) -> Finding {
        self.trouble = Trouble::default();
        self.say(|| "everything works again".into());
        self.finish_all()?;
        self.repeat_adjustments()?;
        for pause_ms in PAUSES {
            self.now_ms += pause_ms;
            self.start_on(0, "work", &json!({}), Vec::new(), Purpose::Other);
            self.finish_all()?;
            self.do_effects()?;
        }
        if self.now_ms - BEGINNING_MS > 85 * 24 * 60 * MINUTE_MS {
            self.auditor.forget_bodies();
        }
        self.audit_the_end()
    }

    fn finish_all(&mut self) -> Finding {
        let mut steps = 0_u32;
        while !self.running.is_empty() {
            self.advance(0)?;
            steps += 1;
            if steps > 5_000 {
                return Err(format!("{} does not end", self.running[0].name));
            }
        }
        Ok(())
    }

    fn do_effects(&mut self) -> Finding {
        self.effects.clear();
        let mut waited = false;
        for _ in 0..MOST_ROUNDS {
            self.worker_claims();
            self.finish_all()?;
            let effects = std::mem::take(&mut self.effects);
            if effects.is_empty() {
                if waited {
                    return Ok(());
                }
                // What a worker whose clock is ahead has asked for is not due for the others yet.
                self.now_ms += MINUTE_MS;
                waited = true;
                continue;
            }
            waited = false;
            // One by one and all at once come to the same end.
            if self.choices.chance(500) {
                for some in effects.chunks(32) {
                    self.report_all(some);
                    self.finish_all()?;
                }
                continue;
            }
            for effect in &effects {
                self.complete(effect);
                self.finish_all()?;
            }
        }
        Err("effects keep coming".into())
    }

    /// Whoever counts stock sends again what was not answered.
    fn repeat_adjustments(&mut self) -> Finding {
        let adjustments = self.auditor.adjustments.clone();
        for (id, one) in adjustments.iter().filter(|(_, one)| !one.done) {
            let input = json!({
                "adjustment_id": id, "sku": one.sku, "delta": one.delta, "actor": "anna",
            });
            self.start(
                "adjust_stock",
                &input,
                Vec::new(),
                Purpose::Adjust(id.clone()),
            );
        }
        self.finish_all()
    }
}
