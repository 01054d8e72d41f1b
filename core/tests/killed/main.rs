//! Processes that work on one SQLite file are killed with SIGKILL at random moments, again and
//! again. What they had acknowledged has to be there, and nothing may have happened twice.
//! `COINPAY_KILLS` says how often; `docs/crashes.md` says more.
#![cfg(all(feature = "engine", feature = "sqlite", unix))]
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "these tests start processes, kill them and look at what is left"
)]

#[path = "../pairs/mod.rs"]
mod pairs;
#[path = "../shop_at_work/mod.rs"]
mod shop_at_work;
mod together;

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use coinpay_core::ErrorCode;

use shop_at_work::acknowledged::Acknowledged;
use shop_at_work::gateway::Pace;
use shop_at_work::shop::{Dice, Folder};
use shop_at_work::worker::Worker;
use shop_at_work::{checks, healing, shop};

/// Set in the processes that are killed.
const FOLDER: &str = "COINPAY_KILLED_FOLDER";
const SEED: &str = "COINPAY_KILLED_SEED";
const NOW: &str = "COINPAY_KILLED_NOW";

const AT_WORK: &str = "what_was_acknowledged_before_a_kill_is_there_and_nothing_happened_twice";

const KILLS: u32 = 60;
const SIGKILL: i32 = 9;
/// How far the shop's clock goes on between two rounds: a lease is over after the next one.
const ROUND_MS: i64 = 100_000;
const FIRST_MS: i64 = 1_750_000_000_000;
/// Longer than anybody waits before killing a process.
const LONGEST: Duration = Duration::from_secs(90);

/// A process at work, and what it has said so far.
struct Victim {
    process: Child,
    lines: Receiver<String>,
    reader: JoinHandle<()>,
}

impl Victim {
    /// Starts this test anew, as a process of its own.
    fn start(test: &str, folder: &Folder, seed: u64, now_ms: i64) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", test, "--nocapture"]);
        command.env(FOLDER, folder.path());
        command.env(SEED, seed.to_string());
        command.env(NOW, now_ms.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let (sender, lines) = channel();
        let reader = std::thread::spawn(move || {
            let mut line = String::new();
            while output.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
                // A line without its end was cut off: that is no acknowledgement.
                if let Some((_, said)) = line.split_once("ack: ")
                    && let Some(said) = said.strip_suffix('\n')
                {
                    let _ = sender.send(said.to_owned());
                }
                line.clear();
            }
        });
        Self {
            process,
            lines,
            reader,
        }
    }

    /// Waits until it has said so many lines.
    fn heard(&self, count: u64) -> Vec<String> {
        let next = || self.lines.recv_timeout(Duration::from_secs(60));
        (0..count)
            .map(|_| next().expect("a process at work says what it did"))
            .collect()
    }

    /// Kills it and answers what it said until then.
    fn kill(mut self) -> Vec<String> {
        self.process.kill().unwrap();
        let status = self.process.wait().unwrap();
        assert_eq!(
            status.signal(),
            Some(SIGKILL),
            "it ended by itself: {status}"
        );
        self.reader.join().unwrap();
        self.lines.try_iter().collect()
    }
}

/// One round: one process or two, killed a little after an acknowledgement. Answers the kills.
fn round(folder: &Folder, number: u32, dice: &mut Dice, acknowledged: &mut Acknowledged) -> u32 {
    let now_ms = FIRST_MS + i64::from(number) * ROUND_MS;
    let count = if dice.below(3) == 0 { 2 } else { 1 };
    let victims: Vec<Victim> = (0..count)
        .map(|_| Victim::start(AT_WORK, folder, dice.draw(), now_ms))
        .collect();
    for victim in victims {
        let mut said = victim.heard(1 + dice.below(12));
        std::thread::sleep(Duration::from_millis(1 + dice.below(60)));
        said.extend(victim.kill());
        acknowledged.take(&said);
    }
    count
}

/// One line in one piece: the pipe takes it whole or not at all.
fn acknowledge(line: &str) {
    let mut output = std::io::stdout().lock();
    output
        .write_all(format!("ack: {line}\n").as_bytes())
        .unwrap();
    output.flush().unwrap();
}

/// What a process does until it is killed.
fn work(folder: &Path, seed: u64, now_ms: i64) {
    let listener = Box::new(acknowledge);
    let mut worker = Worker::start(folder, seed, now_ms, Pace::Natural, listener).unwrap();
    let start = Instant::now();
    while start.elapsed() < LONGEST {
        match worker.act() {
            Ok(()) => {}
            Err(error) if error.code == ErrorCode::StoreBusy => {}
            Err(error) => acknowledge(&format!("bad error: {error}")),
        }
    }
}

#[test]
fn what_was_acknowledged_before_a_kill_is_there_and_nothing_happened_twice() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse().unwrap());
    if let Some(path) = std::env::var_os(FOLDER) {
        let seed: i64 = number(SEED).unwrap();
        work(path.as_ref(), seed.unsigned_abs(), number(NOW).unwrap());
        return;
    }
    let wanted = number("COINPAY_KILLS").map_or(KILLS, |kills| u32::try_from(kills).unwrap());
    let folder = Folder::new("killed");
    shop::prepare(folder.path(), FIRST_MS);
    let mut dice = Dice::new(0x00C0_FFEE);
    let mut acknowledged = Acknowledged::default();
    let (mut kills, mut rounds) = (0, 0);
    while kills < wanted {
        rounds += 1;
        let before = acknowledged.clone();
        kills += round(&folder, rounds, &mut dice, &mut acknowledged);
        checks::after_a_kill(folder.path(), &acknowledged.since(&before));
    }
    checks::everything(folder.path(), &acknowledged);
    let over_ms = FIRST_MS + i64::from(rounds + 1) * ROUND_MS;
    healing::heal(folder.path(), over_ms);
    checks::everything(folder.path(), &acknowledged);
    checks::healed(folder.path(), &acknowledged);
    let story = checks::story(folder.path());
    println!("{kills} kills in {rounds} rounds: {acknowledged}; {story}");
    acknowledged.assert_worth_something();
}
