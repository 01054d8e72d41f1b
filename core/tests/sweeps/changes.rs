//! Small changes of bytes: what a broken proxy, or somebody who tries, makes of a message.

/// Signs that mean something to one of the parsers.
const TELLING: &[u8] = b"\n \"',-0:=[{\xa0\xff";

pub(crate) fn truncations(whole: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..whole.len()).map(|length| whole[..length].to_vec())
}

/// Every byte replaced by every other.
pub(crate) fn replacements(whole: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..whole.len()).flat_map(move |place| {
        let others = (0..=u8::MAX).filter(move |byte| *byte != whole[place]);
        others.map(move |byte| replaced(whole, place, byte))
    })
}

/// Every byte with each of its bits flipped, and replaced by each of the telling signs.
pub(crate) fn few_replacements(whole: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..whole.len()).flat_map(move |place| {
        let flipped = (0..8).map(move |bit| whole[place] ^ (1 << bit));
        let telling = TELLING.iter().copied();
        let others = flipped.chain(telling.filter(move |byte| *byte != whole[place]));
        others.map(move |byte| replaced(whole, place, byte))
    })
}

/// Each of the telling signs put in, everywhere.
pub(crate) fn insertions(whole: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..=whole.len()).flat_map(move |place| {
        TELLING.iter().map(move |byte| {
            let mut longer = whole.to_vec();
            longer.insert(place, *byte);
            longer
        })
    })
}

/// Every byte left out.
pub(crate) fn omissions(whole: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..whole.len()).map(|place| {
        let mut shorter = whole.to_vec();
        shorter.remove(place);
        shorter
    })
}

fn replaced(whole: &[u8], place: usize, byte: u8) -> Vec<u8> {
    let mut other = whole.to_vec();
    other[place] = byte;
    other
}

/// A header's bytes as the text that a host makes of them: one character for each.
pub(crate) fn header_text(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}
