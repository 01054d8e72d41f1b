//! `include/coinpay.h`, from the C ABI's crate by cbindgen. Refuses what PHP's FFI could not read,
//! because it loads the same bytes.

use anyhow::{Context, Result, ensure};
use cbindgen::{Builder, Config};

use super::Output;
use crate::workspace::Workspace;

const PATH: &str = "include/coinpay.h";

/// The most exports, so that the boundary stays one that a person can read.
const MOST_EXPORTS: usize = 24;

pub(super) fn generate(workspace: &Workspace) -> Result<Vec<Output>> {
    let config = Config::from_file(workspace.path("ffi/cbindgen.toml"));
    let config = config.map_err(|why| anyhow::anyhow!("ffi/cbindgen.toml: {why}"))?;
    let mut text = Vec::new();
    // It reads the modules that this file names too.
    let builder = Builder::new()
        .with_config(config)
        .with_src(workspace.path("ffi/src/lib.rs"));
    let bindings = builder.generate().context("cbindgen cannot read ffi/src")?;
    bindings.write(&mut text);
    let text = String::from_utf8(text).context("cbindgen writes UTF-8")?;
    check(&text)?;
    Ok(vec![Output {
        path: PATH.to_owned(),
        text,
    }])
}

fn check(header: &str) -> Result<()> {
    let directives = header.lines().filter(|line| line.starts_with('#'));
    for line in directives {
        let plain = ["#ifndef COINPAY_H", "#define ", "#include <", "#endif"];
        let known = plain.iter().any(|start| line.starts_with(start));
        ensure!(known && !line.ends_with('\\'), "PHP cannot read `{line}`");
    }
    let code = header
        .lines()
        .filter(|line| !line.trim_start().starts_with('*'));
    let code: Vec<_> = code.filter(|line| !line.starts_with("/*")).collect();
    ensure!(
        !code.iter().any(|line| line.contains("extern")),
        "PHP cannot read `extern`"
    );
    let exports = code.iter().filter(|line| is_export(line)).count();
    ensure!(
        exports <= MOST_EXPORTS,
        "{exports} exports; {MOST_EXPORTS} are the most"
    );
    Ok(())
}

/// The first line of a function's declaration.
pub(crate) fn is_export(line: &str) -> bool {
    !line.starts_with(char::is_whitespace) && line.contains(" coinpay_") && line.contains('(')
        || line.contains(" *coinpay_") && line.contains('(')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_declares_every_export_and_none_that_is_for_tests() {
        let outputs = generate(&Workspace::of_this_crate()).expect("generates");
        let text = &outputs[0].text;
        for name in [
            "coinpay_engine_call",
            "coinpay_flow_answer",
            "coinpay_webhook_verify",
        ] {
            assert!(text.contains(&format!("{name}(")), "{name}");
        }
        assert!(!text.contains("provoke"));
        assert!(text.lines().filter(|line| is_export(line)).count() > 15);
    }

    #[test]
    fn what_php_cannot_read_is_refused() {
        for line in [
            "#if defined(X)",
            "#ifdef __cplusplus",
            "#define A \\",
            "extern \"C\" {",
        ] {
            check(line).expect_err(line);
        }
        check("#define COINPAY_ABI_VERSION 1\n").expect("plain");
        let many = "void coinpay_x(void);\n".repeat(MOST_EXPORTS + 1);
        check(&many).expect_err("too many");
    }
}
