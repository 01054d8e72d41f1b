//! Executors as they are written in a hurry: one commits each statement by itself, the others
//! open a new connection when theirs is lost and go on where they were.

use std::sync::Mutex;

use coinpay_core::store::{Dialect, Executor, FaultClass, Rows, Statement, StoreFault, Value};
use mysql::prelude::Queryable;
use postgres::types::ToSql;

/// Commits each statement by itself.
pub(crate) struct Autocommitting(pub(crate) Box<dyn Executor>);

impl Executor for Autocommitting {
    fn dialect(&self) -> Dialect {
        self.0.dialect()
    }

    fn load(&self, statements: &[Statement]) -> Result<Vec<Rows>, StoreFault> {
        self.0.load(statements)
    }

    fn commit(&self, statements: &[Statement]) -> Result<(), StoreFault> {
        let mut each = statements.iter().map(std::slice::from_ref);
        each.try_for_each(|one| self.0.commit(one))
    }
}

/// Opens another connection by itself in the middle of a commit. Reads as it should.
pub(crate) struct Reconnecting<C> {
    pub(crate) reader: Box<dyn Executor>,
    pub(crate) url: String,
    pub(crate) connection: Mutex<C>,
}

pub(crate) trait Connection: Send + Sized {
    fn open(url: &str) -> Self;
    /// `Err(None)` where the connection is lost, otherwise the fault.
    fn run(&mut self, statement: &Statement) -> Result<(), Option<StoreFault>>;
}

impl<C: Connection> Reconnecting<C> {
    pub(crate) fn new(reader: Box<dyn Executor>, url: String) -> Self {
        let connection = Mutex::new(C::open(&url));
        Self {
            reader,
            url,
            connection,
        }
    }
}

impl<C: Connection> Executor for Reconnecting<C> {
    fn dialect(&self) -> Dialect {
        self.reader.dialect()
    }

    fn load(&self, statements: &[Statement]) -> Result<Vec<Rows>, StoreFault> {
        self.reader.load(statements)
    }

    fn commit(&self, statements: &[Statement]) -> Result<(), StoreFault> {
        let mut connection = self.connection.lock().expect("no test panics in here");
        let plain = |sql: &str| coinpay_stores::statement(sql);
        let mut all = vec![plain("BEGIN")];
        all.extend(statements.iter().cloned());
        all.push(plain("COMMIT"));
        for statement in &all {
            match connection.run(statement) {
                Ok(()) => {}
                Err(Some(fault)) => {
                    let _ = connection.run(&plain("ROLLBACK"));
                    return Err(fault);
                }
                Err(None) => *connection = C::open(&self.url),
            }
        }
        Ok(())
    }
}

impl Connection for postgres::Client {
    fn open(url: &str) -> Self {
        Self::connect(url, postgres::NoTls).expect("a connection")
    }

    fn run(&mut self, statement: &Statement) -> Result<(), Option<StoreFault>> {
        let params: Vec<Box<dyn ToSql + Sync>> = statement
            .params
            .iter()
            .map(|value| -> Box<dyn ToSql + Sync> {
                match value {
                    Value::Null => Box::new(None::<String>),
                    Value::Integer(number) => Box::new(*number),
                    Value::Text(text) => Box::new(text.clone()),
                }
            })
            .collect();
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(AsRef::as_ref).collect();
        let done = if params.is_empty() {
            self.batch_execute(&statement.sql)
        } else {
            self.execute(statement.sql.as_ref(), &params).map(|_| ())
        };
        done.map_err(|error| {
            let code = error.code().map(|code| code.code().to_owned());
            let code = code.filter(|code| code != "57P01")?;
            let conflict = code == "23505" || code == "23514";
            Some(StoreFault::new(class(conflict), code))
        })
    }
}

impl Connection for mysql::Conn {
    fn open(url: &str) -> Self {
        let opts = mysql::Opts::from_url(url).expect("an address");
        Self::new(mysql::OptsBuilder::from_opts(opts).prefer_socket(false)).expect("a connection")
    }

    fn run(&mut self, statement: &Statement) -> Result<(), Option<StoreFault>> {
        let params: Vec<mysql::Value> = statement
            .params
            .iter()
            .map(|value| match value {
                Value::Null => mysql::Value::NULL,
                Value::Integer(number) => (*number).into(),
                Value::Text(text) => text.clone().into(),
            })
            .collect();
        let done = if params.is_empty() {
            self.query_drop(statement.sql.as_ref())
        } else {
            self.exec_drop(statement.sql.as_ref(), params)
        };
        done.map_err(|error| match error {
            mysql::Error::MySqlError(server) if ![1317, 1927].contains(&server.code) => {
                let conflict = [1062, 3819, 4025].contains(&server.code);
                Some(StoreFault::new(class(conflict), server.code.to_string()))
            }
            _ => None,
        })
    }
}

fn class(conflict: bool) -> FaultClass {
    if conflict {
        FaultClass::Conflict
    } else {
        FaultClass::Fatal
    }
}
