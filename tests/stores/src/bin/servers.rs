//! Both servers for tests in other languages: prints one line of JSON with a new database on each,
//! and keeps them until its own input ends.

use std::io::{self, Write};

use coinpay_stores::{Kind, server};
use serde_json::json;

fn main() -> io::Result<()> {
    let places = json!({
        "postgres": server(Kind::Postgres).new_database(),
        "mariadb": server(Kind::Mariadb).new_database(),
    });
    writeln!(io::stdout(), "{places}")?;
    io::stdout().flush()?;
    io::copy(&mut io::stdin(), &mut io::sink())?;
    // A static is never dropped; the keeper of each server notices that this process is gone.
    Ok(())
}
