//! A disk that is really full: a small file system in memory, mounted for one process alone. What
//! SQLite says then comes from the system and not from a test.

use std::cell::RefCell;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::rc::Rc;

use crate::shop_at_work::acknowledged::Acknowledged;
use crate::shop_at_work::checks;
use crate::shop_at_work::gateway::Pace;
use crate::shop_at_work::shop::{Dice, FILE, Folder, open_the_world};
use crate::shop_at_work::worker::Worker;
use crate::trial::{FIRST_MS, assert_typed};

/// Set in the process that sees the small file system.
const SMALL: &str = "COINPAY_SMALL_DISK";
const NAME: &str = "full::a_shop_on_a_full_disk_says_so_and_goes_on_when_there_is_room_again";
/// What the shell answers where nothing may be mounted.
const MAY_NOT: i32 = 77;

#[test]
fn a_shop_on_a_full_disk_says_so_and_goes_on_when_there_is_room_again() {
    if let Some(small) = std::env::var_os(SMALL) {
        fill_and_empty(small.as_ref());
        return;
    }
    let folder = Folder::new("small");
    let mount = format!(
        "mount -t tmpfs -o size=16m,mode=700 tmpfs \"$1\" || exit {MAY_NOT}
         exec \"$2\" --exact {NAME} --nocapture"
    );
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", &mount]);
    command.arg("sh").arg(folder.path());
    command.arg(std::env::current_exe().unwrap());
    command.env(SMALL, folder.path());
    match command.status().ok().and_then(|status| status.code()) {
        Some(0) => {}
        // Without `unshare`, or without the right to use it.
        None | Some(1 | MAY_NOT) if !may_mount() => {
            println!("SKIPPED: this system lets nobody mount a small file system");
        }
        other => panic!("the shop on the small disk ended with {other:?}"),
    }
}

fn may_mount() -> bool {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
    command.arg("mount -t tmpfs tmpfs /mnt");
    command.status().is_ok_and(|status| status.success())
}

/// The shop's file on the small disk; the world and its books beside it, on a large one.
fn fill_and_empty(small: &Path) {
    let folder = Folder::new("large");
    open_the_world(folder.path());
    File::create(small.join(FILE)).unwrap();
    symlink(small.join(FILE), folder.path().join(FILE)).unwrap();
    let said = Rc::new(RefCell::new(Vec::new()));
    let listener = Rc::clone(&said);
    let listener = Box::new(move |line: &str| listener.borrow_mut().push(line.to_owned()));
    let mut worker = Worker::start(folder.path(), 3, FIRST_MS, Pace::Instant, listener).unwrap();
    worker.stock_the_shelf().unwrap();
    worker.check_out("first", "book").unwrap();
    let mut dice = Dice::new(4);
    let mut refused = 0;
    for _ in 0..6 {
        (0..10).for_each(|_| worker.act().unwrap());
        let ballast = small.join("ballast");
        fill(&ballast, dice.below(60));
        for _ in 0..20 {
            if let Err(error) = worker.act() {
                assert_typed(&error);
                refused += 1;
            }
            worker.look(0).expect("a full disk can be read");
        }
        fs::remove_file(ballast).unwrap();
    }
    (0..10).for_each(|_| worker.act().unwrap());
    drop(worker);
    let mut acknowledged = Acknowledged::default();
    acknowledged.take(&said.borrow());
    checks::everything(folder.path(), &acknowledged);
    println!("{refused} calls refused on a full disk: {acknowledged}");
    assert!(refused > 10);
}

/// Takes all the room there is but so many KiB.
fn fill(ballast: &Path, left_kib: u64) {
    let mut file = File::create(ballast).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    let size = file.metadata().unwrap().len();
    file.set_len(size.saturating_sub(left_kib * 1024)).unwrap();
}
