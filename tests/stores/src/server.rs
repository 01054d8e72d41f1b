//! Starts PostgreSQL and MariaDB as a test wants them: a fresh folder, a free port on loopback,
//! durable commits, and nothing left behind, however the process ends.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use coinpay_core::store::{Executor, Statement};
use coinpay_core::{MysqlExecutor, PostgresExecutor};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Postgres,
    Mariadb,
}

/// How long a server may take to answer for the first time.
const START: Duration = Duration::from_secs(300);

/// Runs a command until its own input ends, which it does when the process that holds the other
/// end is gone, however that came about; then the command, and last its folder. Another command
/// replaces the first whenever a line says so: `restart`.
const KEEPER: &str = r#"
folder=$1; shift
"$@" </dev/null & child=$!
while read -r line; do
  case $line in
    kill) kill -KILL $child; wait $child 2>/dev/null;;
    start) "$@" </dev/null & child=$!;;
  esac
done
kill -INT $child 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do
  kill -0 $child 2>/dev/null || break
  sleep 0.2
done
kill -KILL $child 2>/dev/null
wait
rm -rf "$folder"
"#;

pub struct Server {
    kind: Kind,
    port: u16,
    folder: PathBuf,
    keeper: Mutex<Child>,
    databases: AtomicU32,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("kind", &self.kind)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

/// The one server of its kind for all tests of this process.
///
/// # Panics
/// Where it cannot be started: a test that skips itself shows nothing.
#[must_use]
pub fn server(kind: Kind) -> &'static Server {
    static POSTGRES: OnceLock<Server> = OnceLock::new();
    static MARIADB: OnceLock<Server> = OnceLock::new();
    let slot = match kind {
        Kind::Postgres => &POSTGRES,
        Kind::Mariadb => &MARIADB,
    };
    slot.get_or_init(|| Server::start(kind).expect("the server starts"))
}

impl Server {
    /// # Errors
    /// Where its programs are missing, or it does not answer in time.
    pub fn start(kind: Kind) -> Result<Self> {
        Self::start_in(kind, &new_folder(kind)?, &[])
    }

    /// The same with encryption, and the path of the authority that vouches for it. The
    /// certificate is for `localhost`.
    ///
    /// # Errors
    /// As `start`; where there is no `openssl`.
    pub fn start_encrypted(kind: Kind) -> Result<(Self, PathBuf)> {
        let folder = new_folder(kind)?;
        let certificate = folder.join("server.pem").display().to_string();
        let key = folder.join("server.key").display().to_string();
        let mut openssl = Command::new("openssl");
        openssl.args([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
        ]);
        openssl.args([
            "-subj",
            "/CN=localhost",
            "-keyout",
            &key,
            "-out",
            &certificate,
        ]);
        openssl.args(["-addext", "subjectAltName=DNS:localhost"]);
        openssl.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
        as_owner(&mut openssl, kind)?;
        run(&mut openssl)?;
        let settings = match kind {
            Kind::Postgres => vec![
                "-c".to_owned(),
                "ssl=on".to_owned(),
                "-c".to_owned(),
                format!("ssl_cert_file={certificate}"),
                "-c".to_owned(),
                format!("ssl_key_file={key}"),
            ],
            Kind::Mariadb => vec![
                format!("--ssl-cert={certificate}"),
                format!("--ssl-key={key}"),
            ],
        };
        let server = Self::start_in(kind, &folder, &settings)?;
        Ok((server, PathBuf::from(certificate)))
    }

    fn start_in(kind: Kind, folder: &Path, settings: &[String]) -> Result<Self> {
        let folder = folder.to_owned();
        let port = free_port()?;
        let mut command = match kind {
            Kind::Postgres => postgres(&folder, port)?,
            Kind::Mariadb => mariadb(&folder, port)?,
        };
        command.extend_from_slice(settings);
        let log = fs::File::create(folder.join("log"))?;
        let mut keeper = Command::new("sh");
        keeper
            .args(["-c", KEEPER, "keeper"])
            .arg(&folder)
            .args(command);
        keeper.stdin(Stdio::piped());
        keeper.stdout(log.try_clone()?).stderr(log);
        // Ctrl-C at the terminal is for the tests; the keeper notices when they are gone.
        keeper.process_group(0);
        as_owner(&mut keeper, kind)?;
        let server = Self {
            kind,
            port,
            folder,
            keeper: Mutex::new(keeper.spawn().context("a shell")?),
            databases: AtomicU32::new(0),
        };
        server.wait_until_it_answers()?;
        Ok(server)
    }

    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The address of a database of this server, reached by `port`.
    #[must_use]
    pub fn url_by(&self, database: &str, port: u16) -> String {
        match self.kind {
            Kind::Postgres => format!("postgres://postgres@127.0.0.1:{port}/{database}"),
            Kind::Mariadb => format!("mysql://root@127.0.0.1:{port}/{database}"),
        }
    }

    /// The address of a new and empty database.
    ///
    /// # Panics
    /// Where the server refuses to make it.
    #[must_use]
    pub fn new_database(&self) -> String {
        let number = self.databases.fetch_add(1, Ordering::SeqCst);
        let name = format!("test_{number}");
        self.admin(&format!("CREATE DATABASE {name}"))
            .expect("a database is made");
        self.url_by(&name, self.port)
    }

    /// An executor for an address of this server.
    ///
    /// # Panics
    /// For an address that cannot be read.
    #[must_use]
    pub fn executor(&self, url: &str) -> Box<dyn Executor> {
        match self.kind {
            Kind::Postgres => Box::new(PostgresExecutor::open(url).expect("an address")),
            Kind::Mariadb => Box::new(MysqlExecutor::open(url).expect("an address")),
        }
    }

    /// Runs a statement by the server's own client, outside of any transaction.
    ///
    /// # Errors
    /// What the client says.
    pub fn admin(&self, sql: &str) -> Result<String> {
        self.ask(self.admin_database(), sql)
    }

    const fn admin_database(&self) -> &'static str {
        match self.kind {
            Kind::Postgres => "postgres",
            Kind::Mariadb => "mysql",
        }
    }

    /// The same in a database of its own.
    ///
    /// # Errors
    /// What the client says.
    pub fn ask(&self, database: &str, sql: &str) -> Result<String> {
        let port = self.port.to_string();
        let mut client = match self.kind {
            Kind::Postgres => {
                let mut psql = Command::new("psql");
                psql.args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1"]);
                psql.args([
                    "-h",
                    "127.0.0.1",
                    "-U",
                    "postgres",
                    "-p",
                    &port,
                    "-d",
                    database,
                ]);
                psql.args(["-c", sql]);
                psql
            }
            Kind::Mariadb => {
                let mut mysql = Command::new("mariadb");
                mysql.args(["--no-defaults", "-N", "-B", "-h", "127.0.0.1", "-u", "root"]);
                mysql.args(["-P", &port, database, "-e", sql]);
                mysql
            }
        };
        let said = client.output().context("the server's client")?;
        ensure!(
            said.status.success(),
            "{}",
            String::from_utf8_lossy(&said.stderr)
        );
        Ok(String::from_utf8_lossy(&said.stdout).trim().to_owned())
    }

    /// Kills the server as a power cut would, and starts it again.
    ///
    /// # Errors
    /// Where it does not come back.
    pub fn crash_and_restart(&self) -> Result<()> {
        self.tell("kill")?;
        std::thread::sleep(Duration::from_millis(300));
        if self.kind == Kind::Postgres {
            // The processes of its connections outlive a killed postmaster for a moment.
            std::thread::sleep(Duration::from_millis(700));
        }
        self.tell("start")?;
        self.wait_until_it_answers()
    }

    fn tell(&self, line: &str) -> Result<()> {
        use std::io::Write;
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        let input = keeper.stdin.as_mut().context("the keeper listens")?;
        writeln!(input, "{line}")?;
        input.flush()?;
        Ok(())
    }

    fn wait_until_it_answers(&self) -> Result<()> {
        let until = Instant::now() + START;
        loop {
            let open = TcpStream::connect(("127.0.0.1", self.port)).is_ok();
            if open && self.admin("SELECT 1").is_ok() {
                return Ok(());
            }
            if Instant::now() > until {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                let lines: Vec<_> = log.lines().collect();
                let end = lines.len().saturating_sub(40);
                bail!("{:?} did not start: {}", self.kind, lines[end..].join("\n"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        drop(keeper.stdin.take());
        drop(keeper.wait());
    }
}

/// A statement without parameters.
pub fn statement(sql: &str) -> Statement {
    Statement {
        sql: sql.into(),
        params: Vec::new(),
    }
}

fn new_folder(kind: Kind) -> Result<PathBuf> {
    static STARTED: AtomicU32 = AtomicU32::new(0);
    let number = STARTED.fetch_add(1, Ordering::SeqCst);
    let name = format!("coinpay-{kind:?}-{}-{number}", std::process::id()).to_lowercase();
    let folder = std::env::temp_dir().join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    if let Some((user, group)) = owner(kind)? {
        chown(&folder, Some(user), Some(group)).context("a folder for the server's user")?;
    }
    Ok(folder)
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn postgres(folder: &Path, port: u16) -> Result<Vec<String>> {
    let programs = postgres_programs()?;
    let data = folder.join("data").display().to_string();
    let mut initdb = Command::new(programs.join("initdb"));
    initdb.args([
        "-A",
        "trust",
        "-U",
        "postgres",
        "-E",
        "UTF8",
        "--locale=C",
        "-D",
        &data,
    ]);
    as_owner(&mut initdb, Kind::Postgres)?;
    run(&mut initdb)?;
    let mut command = vec![programs.join("postgres").display().to_string()];
    let port = port.to_string();
    command.extend(["-D", &data, "-p", &port].map(str::to_owned));
    for setting in [
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "max_connections=200",
        "shared_buffers=64MB",
    ] {
        command.extend(["-c".to_owned(), setting.to_owned()]);
    }
    Ok(command)
}

fn postgres_programs() -> Result<PathBuf> {
    let all = fs::read_dir("/usr/lib/postgresql").context("PostgreSQL is not installed")?;
    let newest = all.flatten().map(|entry| entry.path().join("bin"));
    let newest = newest.filter(|path| path.join("initdb").exists()).max();
    newest.context("PostgreSQL's server is not installed")
}

fn mariadb(folder: &Path, port: u16) -> Result<Vec<String>> {
    let data = folder.join("data").display().to_string();
    let mut install = Command::new("mariadb-install-db");
    install.args(["--no-defaults", "--auth-root-authentication-method=normal"]);
    install.args(["--skip-test-db", &format!("--datadir={data}")]);
    // A server that starts deletes what it takes for its own leavings.
    let temporary = format!("--tmpdir={}", folder.display());
    install.arg(&temporary);
    as_owner(&mut install, Kind::Mariadb)?;
    run(&mut install)?;
    let server = ["/usr/sbin/mariadbd", "mariadbd"];
    let server = server.iter().find(|path| Path::new(path).exists());
    let socket = folder.join("socket").display().to_string();
    let command = [
        (*server.unwrap_or(&"mariadbd")).to_owned(),
        "--no-defaults".to_owned(),
        format!("--datadir={data}"),
        format!("--port={port}"),
        format!("--socket={socket}"),
        temporary,
        "--bind-address=127.0.0.1".to_owned(),
        "--max-connections=300".to_owned(),
        "--innodb-buffer-pool-size=128M".to_owned(),
        "--innodb-flush-log-at-trx-commit=1".to_owned(),
    ];
    Ok(command.to_vec())
}

fn run(command: &mut Command) -> Result<()> {
    let said = command.output().with_context(|| format!("{command:?}"))?;
    let words = String::from_utf8_lossy(&said.stderr);
    ensure!(said.status.success(), "{command:?}: {words}");
    Ok(())
}

/// A server refuses to run as root.
fn as_owner(command: &mut Command, kind: Kind) -> Result<()> {
    if let Some((user, group)) = owner(kind)? {
        command.uid(user).gid(group);
    }
    command.current_dir("/");
    Ok(())
}

/// The user and group that a server of this kind runs as; `None` for whoever runs the tests.
fn owner(kind: Kind) -> Result<Option<(u32, u32)>> {
    if id(&["-u"])? != 0 {
        return Ok(None);
    }
    let name = match kind {
        Kind::Postgres => "postgres",
        Kind::Mariadb => "mysql",
    };
    Ok(Some((id(&["-u", name])?, id(&["-g", name])?)))
}

fn id(arguments: &[&str]) -> Result<u32> {
    let said = Command::new("id").args(arguments).output()?;
    let number = String::from_utf8_lossy(&said.stdout).trim().parse();
    number.with_context(|| format!("id {}", arguments.join(" ")))
}
