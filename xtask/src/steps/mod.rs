//! `cargo xtask test`: the table of steps, in the order in which they run. The cheap ones come
//! first. A new step is one row here, and a file beside this one if it is more than a command.

mod c;
mod demo;
mod node;
mod node_shop;
mod pages;
mod php;
mod run;
mod sdk_agreement;
mod servers;
mod stores;
mod wasm;
mod woocommerce;

use anyhow::{Result, ensure};

use crate::tools::{self, Tool};
use crate::workspace::Workspace;
use crate::{bench, codegen, edge, simulator, tidy, vectors};

pub(crate) use php::fpm as php_fpm;
pub(crate) use run::{list, run};
pub(crate) use sdk_agreement::sdk;
pub(crate) use servers::Servers;

/// One named test of the repository.
#[derive(Debug)]
struct Step {
    name: &'static str,
    about: &'static str,
    needs: &'static [Tool],
    run: fn(&Workspace) -> Result<()>,
}

const STEPS: &[Step] = &[
    Step {
        name: "fmt",
        about: "rustfmt would change nothing",
        needs: &[tools::RUSTFMT],
        run: |workspace| workspace.run("cargo", &["fmt", "--all", "--check"]),
    },
    Step {
        name: "tidy",
        about: "the house rules that no compiler knows",
        needs: &[],
        run: tidy::check,
    },
    Step {
        name: "codegen",
        about: "every generated file is what would be generated",
        needs: &[],
        run: codegen::check,
    },
    Step {
        name: "vectors",
        about: "the vectors explain themselves and are counted",
        needs: &[],
        run: check_vectors,
    },
    Step {
        name: "clippy",
        about: "no warning in any target with any feature",
        needs: &[tools::CLIPPY],
        run: clippy,
    },
    Step {
        name: "xtask",
        about: "the tests of these commands",
        needs: &[],
        run: |workspace| workspace.run("cargo", &["test", "--package", "xtask"]),
    },
    Step {
        name: "core",
        about: "the tests of coinpay-core, with all features",
        needs: &[],
        run: test_core,
    },
    Step {
        name: "wasm",
        about: "the core as WebAssembly asks nothing of its host",
        needs: &[tools::WASM],
        run: wasm::run,
    },
    Step {
        name: "cli",
        about: "the tests of the coinpay command, and of the C library in Rust",
        needs: &[],
        run: test_cli,
    },
    Step {
        name: "simulator",
        about: "100,000 schedules, or as many as eight minutes allow, keep every promise",
        needs: &[],
        run: |workspace| {
            let options = ["--schedules", "100000", "--minutes", "8"].map(str::to_owned);
            simulator::simulate(workspace, &options)
        },
    },
    Step {
        name: "bench",
        about: "every measurement runs; what it measures is not judged here",
        needs: &[],
        run: bench::try_out,
    },
    Step {
        name: "counts",
        about: "no hot call takes 5 % more instructions than was written down",
        needs: &[Tool::Valgrind],
        run: bench::check_counts,
    },
    Step {
        name: "stores",
        about: "PostgreSQL and MariaDB keep the contract, the flows and the promises",
        needs: &[Tool::Databases],
        run: stores::run,
    },
    Step {
        name: "sdk-agreement",
        about: "the published SDK accepts what we sign, and we what it signs",
        needs: &[Tool::Node],
        run: sdk_agreement::run,
    },
    Step {
        name: "c",
        about: "the C library, its header, its archive, under sanitizer and valgrind",
        needs: &[tools::C, Tool::Valgrind],
        run: c::run,
    },
    Step {
        name: "php",
        about: "the PHP package as it is packed: php, php -S, php-fpm, PostgreSQL, MariaDB",
        needs: &[tools::PHP, Tool::Databases],
        run: php::run,
    },
    Step {
        name: "woocommerce",
        about: "the plugin in a real WordPress, and in a real WooCommerce where one is named",
        needs: &[
            tools::PHP,
            tools::NGINX,
            Tool::Databases,
            Tool::Node,
            Tool::Chromium,
        ],
        run: woocommerce::run,
    },
    Step {
        name: "pages",
        about: "Chromium sees the pages of shopper and operator as they should be",
        needs: &[Tool::Node, Tool::Chromium],
        run: pages::run,
    },
    Step {
        name: "edge",
        about: "the npm package keeps its promises in Node, Deno, Bun, workerd and Chromium",
        needs: &[tools::WASM, Tool::Node, Tool::Chromium],
        run: edge::test,
    },
    Step {
        name: "node",
        about: "the npm packages as npm installs them, on both backends, in Node 20 and 22",
        needs: &[tools::WASM, Tool::Node, Tool::Databases],
        run: node::run,
    },
    Step {
        name: "node-shop",
        about: "Express, Fastify, Hono, pg and mysql2 take the npm package as it is packed",
        needs: &[tools::WASM, Tool::Node, Tool::Databases],
        run: node_shop::run,
    },
    Step {
        name: "demo",
        about: "the demo plays every scene to a good end",
        needs: &[],
        run: demo::run,
    },
];

fn clippy(workspace: &Workspace) -> Result<()> {
    let what = ["--workspace", "--all-targets", "--all-features"];
    workspace.run(
        "cargo",
        &[&["clippy"], &what[..], &["--", "-D", "warnings"]].concat(),
    )
}

fn test_core(workspace: &Workspace) -> Result<()> {
    let what = ["test", "--package", "coinpay-core", "--all-features"];
    workspace.run("cargo", &what)
}

fn test_cli(workspace: &Workspace) -> Result<()> {
    // Together, so that what both depend on is built once.
    let packages = ["--package", "coinpay-cli", "--package", "coinpay-ffi"];
    workspace.run("cargo", &[&["test"], &packages[..]].concat())
}

fn check_vectors(workspace: &Workspace) -> Result<()> {
    let counts = vectors::count(workspace)?;
    ensure!(!counts.is_empty(), "there are no vectors in tests/vectors");
    vectors::compare(&workspace.read(vectors::MANIFEST)?, &counts)?;
    let total: usize = counts.values().sum();
    println!("{total} cases in {} files", counts.len());
    Ok(())
}
