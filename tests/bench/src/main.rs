//! `coinpay-bench`: measures and prints a table; run by `cargo xtask bench`.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Parser;
use coinpay_bench::measure::{GROUPS, command, memory, store};

/// Measures the hot calls, each beside its limit or its peer.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench")]
struct Options {
    #[command(flatten)]
    common: command::Choices,
    /// Only write down what the flows are answered, for counting their instructions.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    if let [serve, file, list] = &arguments[..]
        && serve == memory::SERVE
    {
        return memory::serve(Path::new(file), Path::new(list));
    }
    let options = Options::parse();
    if let Some(file) = &options.record {
        let recording = serde_json::to_string(&store::record_sample()?)?;
        return command::write(file, &recording);
    }
    command::run(&options.common, GROUPS)
}
