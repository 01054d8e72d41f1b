//! How the tests and the example in C are compiled: strictly, as C and as C++, against a library
//! that lies where cargo put it, or against an unpacked archive by pkg-config.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::workspace::Workspace;

const STRICT: &[&str] = &["-Wall", "-Wextra", "-Werror", "-pedantic", "-O1", "-g"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    C,
    Cpp,
}

impl Dialect {
    const fn compiler(self) -> (&'static str, &'static [&'static str], &'static str) {
        match self {
            Self::C => ("gcc", &["-std=c11", "-D_POSIX_C_SOURCE=200809L"], ""),
            Self::Cpp => ("g++", &["-std=c++17", "-x", "c++"], "-cpp"),
        }
    }
}

/// Where the library lies.
#[derive(Debug)]
pub(super) enum Library {
    Shared(PathBuf),
    Static(PathBuf),
}

impl Library {
    fn arguments(&self) -> Vec<String> {
        match self {
            Self::Shared(folder) => {
                let folder = folder.display();
                vec![
                    format!("-L{folder}"),
                    "-lcoinpay".to_owned(),
                    // Before LD_LIBRARY_PATH, which cargo sets for this process.
                    format!("-Wl,--disable-new-dtags,-rpath,{folder}"),
                ]
            }
            Self::Static(folder) => {
                let archive = folder.join("libcoinpay.a").display().to_string();
                let needs = ["-lpthread", "-ldl", "-lm"].map(str::to_owned);
                [vec![archive], needs.to_vec()].concat()
            }
        }
    }
}

#[derive(Debug)]
pub(super) struct Compiler<'a> {
    workspace: &'a Workspace,
    folder: PathBuf,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(workspace: &'a Workspace, folder: PathBuf) -> Self {
        Self { workspace, folder }
    }

    pub(super) fn program(&self, test: &str, dialect: Dialect) -> PathBuf {
        self.folder.join(format!("{test}{}", dialect.compiler().2))
    }

    pub(super) fn build(
        &self,
        test: &str,
        library: &Library,
        dialect: Dialect,
        more: &[&str],
    ) -> Result<PathBuf> {
        let (compiler, standard, _) = dialect.compiler();
        let program = self.program(test, dialect);
        let source = format!("tests/c/{test}.c");
        let mut words: Vec<String> = [standard, STRICT, more, &["-Iinclude", &source, "-o"]]
            .concat()
            .iter()
            .map(|word| (*word).to_owned())
            .collect();
        words.push(program.display().to_string());
        // What follows "-x c++" would be read as a source otherwise.
        words.extend(["-x", "none"].map(str::to_owned));
        words.extend(library.arguments());
        words.extend(["-ljansson", "-lpthread"].map(str::to_owned));
        self.workspace.run(compiler, &words)?;
        Ok(program)
    }

    /// Builds with what pkg-config says of an unpacked archive, in both languages; gives the one
    /// in C.
    pub(super) fn build_example(&self, source: &str, root: &Path) -> Result<PathBuf> {
        let pkg_config = root.join("lib/pkgconfig/coinpay.pc").display().to_string();
        let told = self
            .workspace
            .output("pkg-config", &["--cflags", "--libs", &pkg_config])?;
        let flags: Vec<&str> = told.split_whitespace().collect();
        let rpath = format!(
            "-Wl,--disable-new-dtags,-rpath,{}",
            root.join("lib").display()
        );
        for dialect in [Dialect::Cpp, Dialect::C] {
            let (compiler, standard, _) = dialect.compiler();
            let program = self.program("shop", dialect).display().to_string();
            let ours = [source, "-x", "none", "-o", &program, &rpath];
            let words = [standard, STRICT, &ours, &flags].concat();
            self.workspace.run(compiler, &words)?;
        }
        Ok(self.program("shop", Dialect::C))
    }
}
