//! A disk that does what a test tells it: refuses the nth operation of a kind, fills up, or loses
//! its power. One disk holds the shop's file and what lies beside it; everything else in the
//! folder is on a good disk.

use std::collections::BTreeMap;
use std::ffi::c_int;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::ffi;

use crate::platter::{Files, Luck, Platter};
use crate::shop_at_work::shop::FILE;

/// What SQLite asks of a disk and of the system, as far as it can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operation {
    Access,
    Delete,
    FileSize,
    Lock,
    Open,
    Read,
    ShmLock,
    ShmMap,
    Sync,
    Truncate,
    Write,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub operation: Operation,
    /// Counted from 1, from when the fault is injected.
    pub first: u32,
    /// How many in a row; until it is lifted, at the most.
    pub times: u32,
    /// SQLite's code.
    pub answer: c_int,
    /// Half of a write is done before it fails.
    pub torn: bool,
}

pub(crate) struct Disk {
    folder: PathBuf,
    state: Mutex<State>,
}

struct State {
    platter: Platter,
    luck: Luck,
    fault: Option<Fault>,
    /// Since the fault was injected.
    seen: BTreeMap<Operation, u32>,
    struck: u32,
    /// Writes, syncs, truncations and changes of names, since the beginning.
    changes: u64,
    /// Those that move what the log holds into the file itself.
    checkpointed: u64,
    power_ends_at: u64,
    dead: bool,
    /// Says that it has synced, and has not.
    lying: bool,
}

static DISKS: Mutex<BTreeMap<PathBuf, Arc<Disk>>> = Mutex::new(BTreeMap::new());

/// A panic while it is held is a failed test, and the others should go on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Disk {
    /// Puts the shop's file of this folder on a disk, from now on and for whoever opens it. What
    /// is there already is durable.
    pub(crate) fn insert(folder: &Path, seed: u64) -> Arc<Self> {
        crate::vfs::register();
        let folder = folder.canonicalize().unwrap();
        let mut durable = files(&folder);
        durable.remove(&shared_memory());
        let state = State {
            platter: Platter::with(durable),
            luck: Luck::new(seed),
            fault: None,
            seen: BTreeMap::new(),
            struck: 0,
            changes: 0,
            checkpointed: 0,
            power_ends_at: u64::MAX,
            dead: false,
            lying: false,
        };
        let disk = Arc::new(Self {
            folder: folder.clone(),
            state: Mutex::new(state),
        });
        lock(&DISKS).insert(folder, Arc::clone(&disk));
        disk
    }

    /// The disk that holds this file, with the file's name on it.
    pub(crate) fn holding(path: &Path) -> Option<(Arc<Self>, &str)> {
        let name = path.file_name()?.to_str()?;
        if !name.starts_with(FILE) {
            return None;
        }
        let disk = lock(&DISKS).get(path.parent()?).cloned();
        disk.map(|disk| (disk, name))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub(crate) fn inject(&self, fault: Fault) {
        let mut state = self.state();
        state.fault = Some(fault);
        state.seen.clear();
        state.struck = 0;
    }

    pub(crate) fn lift(&self) {
        self.state().fault = None;
    }

    /// How often the fault was felt.
    pub(crate) fn struck(&self) -> u32 {
        self.state().struck
    }

    /// How many operations of a kind there were since then, or since the beginning.
    pub(crate) fn seen(&self, operation: Operation) -> u32 {
        self.state().seen.get(&operation).copied().unwrap_or(0)
    }

    pub(crate) fn lie(&self) {
        self.state().lying = true;
    }

    /// How many changes there were.
    pub(crate) fn changes(&self) -> u64 {
        self.state().changes
    }

    /// How many of them moved what the log holds into the file itself.
    pub(crate) fn checkpointed(&self) -> u64 {
        self.state().checkpointed
    }

    /// The power ends with this change, counted from the first one.
    pub(crate) fn end_power_at(&self, change: u64) {
        self.state().power_ends_at = change;
    }

    pub(crate) fn end_power_now(&self) {
        self.state().dead = true;
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.state().dead
    }

    /// The power is back: leaves in the folder what the disk has kept, on a good disk. Nobody may
    /// have the file open. The shared memory was in memory; its file may hold anything.
    pub(crate) fn remove(&self, seed: u64) {
        lock(&DISKS).remove(&self.folder);
        let left = self.state().platter.after_power_loss(&mut Luck::new(seed));
        for name in files(&self.folder).into_keys() {
            fs::remove_file(self.folder.join(name)).unwrap();
        }
        for (name, contents) in left {
            fs::write(self.folder.join(name), contents).unwrap();
        }
        let index = self.folder.join(shared_memory());
        match seed % 3 {
            0 => {}
            1 => fs::write(index, [0xA5; 32_768]).unwrap(),
            _ => fs::write(index, [0; 4_096]).unwrap(),
        }
    }

    /// May this be done? What changes the disk asks by the functions below instead.
    pub(crate) fn ask(&self, operation: Operation) -> Result<(), c_int> {
        self.state().ask(operation)
    }

    /// Answers the file's number.
    pub(crate) fn open(&self, name: &str, may_create: bool) -> Result<usize, c_int> {
        let mut state = self.state();
        state.ask(Operation::Open)?;
        if may_create && !state.platter.has(name) {
            state.change(Operation::Open)?;
        }
        Ok(state.platter.open(name))
    }

    pub(crate) fn delete(&self, name: &str, sync_folder: bool) -> Result<(), c_int> {
        let mut state = self.state();
        state.ask(Operation::Delete)?;
        state.platter.unlink(name);
        state.change(Operation::Delete)?;
        if sync_folder && !state.lying {
            state.platter.sync_names();
        }
        Ok(())
    }

    /// How many bytes are to be written, and what is to be said then.
    pub(crate) fn write(&self, file: usize, offset: usize, bytes: &[u8]) -> (usize, c_int) {
        let mut state = self.state();
        let torn = state.fault.is_some_and(|fault| fault.torn);
        if let Err(code) = state.ask(Operation::Write) {
            let some = if torn && !state.dead {
                bytes.len() / 2
            } else {
                0
            };
            state.platter.write(file, offset, &bytes[..some]);
            return (some, code);
        }
        state.platter.write(file, offset, bytes);
        state.checkpointed += u64::from(state.platter.is(FILE, file));
        match state.change(Operation::Write) {
            Ok(()) => (bytes.len(), ffi::SQLITE_OK),
            Err(code) => (0, code),
        }
    }

    pub(crate) fn truncate(&self, file: usize, size: usize) -> Result<(), c_int> {
        let mut state = self.state();
        state.ask(Operation::Truncate)?;
        state.platter.truncate(file, size);
        state.change(Operation::Truncate)
    }

    pub(crate) fn sync(&self, file: usize, folder_too: bool) -> Result<(), c_int> {
        let mut state = self.state();
        let state = &mut *state;
        if let Err(code) = state.ask(Operation::Sync) {
            if !state.dead {
                state.platter.fail_to_sync(file, &mut state.luck);
            }
            return Err(code);
        }
        state.change(Operation::Sync)?;
        if !state.lying {
            state.platter.sync(file);
            if folder_too {
                state.platter.sync_names();
            }
        }
        Ok(())
    }
}

impl State {
    fn ask(&mut self, operation: Operation) -> Result<(), c_int> {
        if self.dead {
            return Err(without_power(operation));
        }
        let seen = self.seen.entry(operation).or_default();
        *seen += 1;
        let fault = self.fault.filter(|fault| fault.operation == operation);
        let Some(fault) = fault else {
            return Ok(());
        };
        if *seen < fault.first || *seen - fault.first >= fault.times {
            return Ok(());
        }
        self.struck += 1;
        Err(fault.answer)
    }

    /// Counts a change. The one with which the power ends may or may not have reached the disk.
    fn change(&mut self, operation: Operation) -> Result<(), c_int> {
        self.changes += 1;
        if self.changes < self.power_ends_at {
            return Ok(());
        }
        self.dead = true;
        Err(without_power(operation))
    }
}

fn without_power(operation: Operation) -> c_int {
    match operation {
        Operation::Access => ffi::SQLITE_IOERR_ACCESS,
        Operation::Delete => ffi::SQLITE_IOERR_DELETE,
        Operation::FileSize => ffi::SQLITE_IOERR_FSTAT,
        Operation::Lock => ffi::SQLITE_IOERR_LOCK,
        Operation::Open => ffi::SQLITE_CANTOPEN,
        Operation::Read => ffi::SQLITE_IOERR_READ,
        Operation::ShmLock => ffi::SQLITE_IOERR_SHMLOCK,
        Operation::ShmMap => ffi::SQLITE_IOERR_SHMMAP,
        Operation::Sync => ffi::SQLITE_IOERR_FSYNC,
        Operation::Truncate => ffi::SQLITE_IOERR_TRUNCATE,
        Operation::Write => ffi::SQLITE_IOERR_WRITE,
    }
}

/// A file that is memory which processes share: it is never synced, and never read by a process
/// that is alone.
fn shared_memory() -> String {
    format!("{FILE}-shm")
}

/// The shop's file and what lies beside it.
fn files(folder: &Path) -> Files {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let names = entries.map(|entry| entry.file_name().into_string().unwrap());
    names
        .filter(|name| name.starts_with(FILE))
        .map(|name| {
            let contents = fs::read(folder.join(&name)).unwrap();
            (name, contents)
        })
        .collect()
}
