//! What has reached the platters, and what only the system's memory has. Files have contents and
//! names, and both are durable only after their sync: that of the file, and that of its folder.

use std::collections::BTreeMap;

use crate::shop_at_work::shop::Dice;

/// Names with contents: a folder as one finds it.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

#[derive(Default)]
pub(crate) struct Platter {
    contents: Vec<Contents>,
    /// As every process sees it now.
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    unsynced_names: Vec<Named>,
}

#[derive(Default)]
struct Contents {
    durable: Vec<u8>,
    unsynced: Vec<Change>,
}

enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Truncate(usize),
}

enum Named {
    Linked(String, usize),
    Unlinked(String),
}

impl Platter {
    /// What is there at the start is durable.
    pub(crate) fn with(files: Files) -> Self {
        let mut platter = Self::default();
        for (name, durable) in files {
            let contents = Contents {
                durable,
                unsynced: Vec::new(),
            };
            platter.names.insert(name, platter.contents.len());
            platter.contents.push(contents);
        }
        platter.durable_names = platter.names.clone();
        platter
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    pub(crate) fn is(&self, name: &str, file: usize) -> bool {
        self.names.get(name) == Some(&file)
    }

    /// Finds a file or makes an empty one, whose name is not durable yet.
    pub(crate) fn open(&mut self, name: &str) -> usize {
        if let Some(file) = self.names.get(name) {
            return *file;
        }
        let file = self.contents.len();
        self.contents.push(Contents::default());
        self.names.insert(name.to_owned(), file);
        let linked = Named::Linked(name.to_owned(), file);
        self.unsynced_names.push(linked);
        file
    }

    pub(crate) fn unlink(&mut self, name: &str) {
        self.names.remove(name);
        self.unsynced_names.push(Named::Unlinked(name.to_owned()));
    }

    pub(crate) fn write(&mut self, file: usize, offset: usize, bytes: &[u8]) {
        let bytes = bytes.to_vec();
        let change = Change::Write { offset, bytes };
        self.contents[file].unsynced.push(change);
    }

    pub(crate) fn truncate(&mut self, file: usize, size: usize) {
        self.contents[file].unsynced.push(Change::Truncate(size));
    }

    pub(crate) fn sync(&mut self, file: usize) {
        let contents = &mut self.contents[file];
        for change in contents.unsynced.drain(..) {
            change.whole(&mut contents.durable);
        }
    }

    /// A sync that failed: the system may have given up on any of it, and will not try again.
    pub(crate) fn fail_to_sync(&mut self, file: usize, luck: &mut Luck) {
        let contents = &mut self.contents[file];
        for change in contents.unsynced.drain(..) {
            luck.some_of(&change, &mut contents.durable);
        }
    }

    pub(crate) fn sync_names(&mut self) {
        for named in self.unsynced_names.drain(..) {
            named.apply(&mut self.durable_names);
        }
    }

    /// What a power loss leaves: of all that is not synced, whatever luck wants.
    pub(crate) fn after_power_loss(&self, luck: &mut Luck) -> Files {
        let mut names = self.durable_names.clone();
        for named in &self.unsynced_names {
            if luck.keeps() {
                named.apply(&mut names);
            }
        }
        let left = |file: usize, luck: &mut Luck| {
            let mut bytes = self.contents[file].durable.clone();
            for change in &self.contents[file].unsynced {
                luck.some_of(change, &mut bytes);
            }
            bytes
        };
        names
            .into_iter()
            .map(|(name, file)| (name, left(file, luck)))
            .collect()
    }
}

impl Named {
    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Linked(name, file) => names.insert(name.clone(), *file),
            Self::Unlinked(name) => names.remove(name),
        };
    }
}

impl Change {
    fn whole(&self, contents: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes } => put(contents, *offset, bytes, 0),
            Self::Truncate(size) => contents.resize(*size, 0),
        }
    }
}

fn put(contents: &mut Vec<u8>, offset: usize, bytes: &[u8], filling: u8) {
    let end = offset + bytes.len();
    if contents.len() < end {
        contents.resize(end, filling);
    }
    contents[offset..end].copy_from_slice(bytes);
}

/// Decides what of the unsynced survives, sector by sector and so in any order: everything,
/// nothing, most of it, a few of it.
pub(crate) struct Luck {
    dice: Dice,
    sector: usize,
    /// Of eight sectors, about so many survive.
    survivors: u64,
    /// What stands where a file has grown over sectors that did not survive.
    filling: u8,
    /// A file may have grown without what it has grown by.
    grows: bool,
}

impl Luck {
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        Self {
            sector: [512, 4096][usize::from(dice.below(2) == 0)],
            survivors: [0, 1, 4, 7, 8][usize::try_from(dice.below(5)).unwrap()],
            filling: [0, 0xA5][usize::from(dice.below(2) == 0)],
            grows: dice.below(2) == 0,
            dice,
        }
    }

    fn keeps(&mut self) -> bool {
        self.dice.below(8) < self.survivors
    }

    fn some_of(&mut self, change: &Change, contents: &mut Vec<u8>) {
        let (offset, bytes) = match change {
            Change::Write { offset, bytes } => (*offset, bytes),
            Change::Truncate(_) => {
                if self.keeps() {
                    change.whole(contents);
                }
                return;
            }
        };
        let end = offset + bytes.len();
        if self.grows && contents.len() < end {
            contents.resize(end, self.filling);
        }
        let mut from = offset;
        while from < end {
            let to = end.min((from / self.sector + 1) * self.sector);
            if self.keeps() {
                put(
                    contents,
                    from,
                    &bytes[from - offset..to - offset],
                    self.filling,
                );
            }
            from = to;
        }
    }
}

#[test]
fn what_was_synced_survives_and_the_rest_survives_in_pieces() {
    let mut platter = Platter::with(Files::from([("a".into(), vec![1; 8192])]));
    let file = platter.open("a");
    platter.write(file, 0, &[2; 4096]);
    platter.sync(file);
    platter.write(file, 4096, &[3; 4096]);
    platter.write(file, 8192, &[4; 4096]);
    let mut seen = [false; 3];
    for seed in 0..200 {
        let left = platter.after_power_loss(&mut Luck::new(seed));
        let left = &left["a"];
        assert_eq!(left[..4096], [2; 4096], "what was synced is there");
        let pieces: Vec<u8> = left[4096..8192].chunks(512).map(|one| one[0]).collect();
        assert!(pieces.iter().all(|piece| [1, 3].contains(piece)));
        let kept = pieces.iter().filter(|piece| **piece == 3).count();
        let overtaken = kept == 0 && left.get(8192) == Some(&4);
        seen[0] |= kept == 0;
        seen[1] |= kept > 0 && kept < 8;
        seen[2] |= overtaken;
    }
    assert_eq!(seen, [true; 3], "nothing, a part, and in another order");
}

#[test]
fn a_name_is_durable_with_its_folder_and_a_lost_file_comes_back() {
    let mut platter = Platter::with(Files::from([("old".into(), vec![1])]));
    platter.unlink("old");
    let new = platter.open("new");
    platter.write(new, 0, &[2]);
    platter.sync(new);
    let mut folders = Vec::new();
    for seed in 0..200 {
        let left = platter.after_power_loss(&mut Luck::new(seed));
        folders.push(left.into_keys().collect::<Vec<_>>());
    }
    folders.sort();
    folders.dedup();
    assert_eq!(folders.len(), 4, "{folders:?}");
    platter.sync_names();
    let left = platter.after_power_loss(&mut Luck::new(0));
    assert_eq!(left, Files::from([("new".into(), vec![2])]));
}

#[test]
fn what_a_failed_sync_gave_up_no_later_sync_brings_back() {
    let lost = (0..200).any(|seed| {
        let mut platter = Platter::with(Files::from([("a".into(), vec![1; 512])]));
        let file = platter.open("a");
        platter.write(file, 0, &[2; 512]);
        platter.fail_to_sync(file, &mut Luck::new(seed));
        platter.sync(file);
        let left = platter.after_power_loss(&mut Luck::new(seed));
        left["a"] == [1; 512]
    });
    assert!(lost);
}
