//! Plays schedules on all cores and prints what it found: `--replay SEED` tells one in full.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Parser;
use coinpay_simulator::{Failure, Stages, shrink};

/// A schedule is mostly small allocations.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Seeds that failed once, and have to pass for ever.
const REGRESSIONS: &str = include_str!("../regressions.txt");

#[derive(Debug, Parser)]
#[command(about = "Simulates shops and audits every promise")]
struct Options {
    /// How many schedules to play.
    #[arg(long, default_value_t = 100_000)]
    schedules: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Play this seed alone and print all that happens.
    #[arg(long)]
    replay: Option<u64>,
    /// Stop after so many minutes, however many schedules were played.
    #[arg(long)]
    minutes: Option<u64>,
    /// How many threads; by default one for each core.
    #[arg(long)]
    threads: Option<usize>,
    /// A failure is what is wanted: print it and succeed.
    #[arg(long)]
    expect_failure: bool,
    /// Do not look for a smaller schedule that fails alike.
    #[arg(long)]
    no_shrink: bool,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    if let Some(seed) = options.replay {
        return replay(options, seed);
    }
    let regressions: Vec<u64> = REGRESSIONS
        .lines()
        .filter_map(|line| line.split('#').next()?.trim().parse().ok())
        .collect();
    let mut stages = Stages::new("regressions")?;
    for seed in &regressions {
        if let Some(failure) = stages.play(*seed, false)? {
            return report(options, &failure);
        }
    }
    let cores = thread::available_parallelism().map_or(1, Into::into);
    let threads = options.threads.unwrap_or(cores);
    let began = Instant::now();
    let until = options
        .minutes
        .map(|minutes| began + Duration::from_secs(minutes * 60));
    let next = AtomicU64::new(options.from);
    let end = options.from.saturating_add(options.schedules);
    let stop = AtomicBool::new(false);
    let (played, steps) = (AtomicU64::new(0), AtomicU64::new(0));
    let failures = Mutex::new(Vec::new());
    let work = |number: usize| -> Result<()> {
        let mut stages = Stages::new(&format!("thread-{number}"))?;
        while !stop.load(Ordering::Relaxed) && until.is_none_or(|until| Instant::now() < until) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                break;
            }
            if let Some(failure) = stages.play(seed, false)? {
                failures.lock().expect("no thread panics").push(failure);
                stop.store(true, Ordering::Relaxed);
            }
            played.fetch_add(1, Ordering::Relaxed);
        }
        steps.fetch_add(stages.steps, Ordering::Relaxed);
        Ok(())
    };
    thread::scope(|scope| -> Result<()> {
        let work = &work;
        let handles: Vec<_> = (0..threads)
            .map(|number| scope.spawn(move || work(number)))
            .collect();
        for handle in handles {
            handle
                .join()
                .map_err(|_| anyhow::anyhow!("a schedule panicked"))??;
        }
        Ok(())
    })?;
    let seconds = began.elapsed().as_secs_f64();
    let (played, steps) = (played.into_inner(), steps.into_inner());
    println!(
        "{played} schedules from seed {} and {} regressions, {steps} steps, {seconds:.1} s \
         ({:.0} schedules a second on {threads} threads)",
        options.from,
        regressions.len(),
        count(played) / seconds,
    );
    let failures = failures.into_inner().expect("no thread panics");
    match failures.iter().min_by_key(|failure| failure.seed) {
        Some(failure) => report(options, failure),
        None => Ok(()),
    }
}

fn count(number: u64) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}

fn replay(options: &Options, seed: u64) -> Result<()> {
    let mut stages = Stages::new("replay")?;
    let Some(failure) = stages.play(seed, true)? else {
        println!("seed {seed} keeps every promise");
        return Ok(());
    };
    for line in &failure.trace {
        println!("{line}");
    }
    report(options, &failure)
}

fn report(options: &Options, failure: &Failure) -> Result<()> {
    println!("\nseed {} breaks {}", failure.seed, failure.what);
    if !options.no_shrink {
        let smallest = shrink(&mut Stages::new("shrink")?, failure)?;
        println!(
            "\nshrunk from {} choices to {}:",
            failure.choices.len(),
            smallest.choices.len()
        );
        for line in &smallest.trace {
            println!("{line}");
        }
        println!("breaks {}", smallest.what);
    }
    if options.expect_failure {
        return Ok(());
    }
    bail!(
        "seed {} fails; see it with: cargo xtask simulate --replay {}",
        failure.seed,
        failure.seed
    )
}
