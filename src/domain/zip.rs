//! A ZIP archive (APPNOTE 6.3.10) written as it goes: files are stored as they are, and what is only known at a file's end (its sum, its size) stands
//! behind it and in the directory at the archive's end. Nothing of a file is held here.

use super::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Timestamp};

/// An archive grew larger than the format without its 64-bit extension can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the archive is too large")]
pub struct TooLarge;

/// 4.4.3: what has to be understood to read it: 2.0, which has folders and these flags.
const VERSION: u16 = 20;
/// 4.4.4: sum and sizes stand behind the file (bit 3); names are UTF-8 (bit 11).
const FLAGS: u16 = 1 << 3 | 1 << 11;

struct Entry {
    name: String,
    stamp: (u16, u16),
    offset: u32,
    sum: u32,
    size: u32,
}

/// An archive that is being written: what its methods give is to be sent in this order.
#[derive(Default)]
pub struct Archive {
    entries: Vec<Entry>,
    open: Option<(crc32fast::Hasher, u64)>,
    at: u64,
}

impl Archive {
    /// Begins a file. Its name has to be new, and short.
    pub fn begin(&mut self, name: &str, time: Timestamp) -> Result<Vec<u8>, TooLarge> {
        let entry = Entry { name: name.to_owned(), stamp: dos(time), offset: u32::try_from(self.at).map_err(|_| TooLarge)?, sum: 0, size: 0 };
        let mut head = Vec::new();
        long(&mut head, 0x0403_4b50);
        entry.common(&mut head, (0, 0))?;
        short(&mut head, 0);
        head.extend(entry.name.as_bytes());
        self.entries.push(entry);
        self.open = Some((crc32fast::Hasher::new(), 0));
        Ok(self.sent(head))
    }

    /// Takes note of bytes of the file, which are to be sent as they are.
    pub fn add(&mut self, bytes: &[u8]) {
        if let Some((sum, size)) = &mut self.open {
            sum.update(bytes);
            *size += bytes.len() as u64;
        }
        self.at += bytes.len() as u64;
    }

    /// Ends the file.
    pub fn end(&mut self) -> Result<Vec<u8>, TooLarge> {
        let mut tail = Vec::new();
        if let (Some((sum, size)), Some(entry)) = (self.open.take(), self.entries.last_mut()) {
            (entry.sum, entry.size) = (sum.finalize(), u32::try_from(size).map_err(|_| TooLarge)?);
            for value in [0x0807_4b50, entry.sum, entry.size, entry.size] {
                long(&mut tail, value);
            }
        }
        Ok(self.sent(tail))
    }

    /// A whole file at once.
    pub fn file(&mut self, name: &str, time: Timestamp, bytes: &[u8]) -> Result<Vec<u8>, TooLarge> {
        let mut all = self.begin(name, time)?;
        self.add(bytes);
        all.extend(bytes);
        all.extend(self.end()?);
        Ok(all)
    }

    /// The directory, which ends the archive.
    pub fn close(self) -> Result<Vec<u8>, TooLarge> {
        let mut directory = Vec::new();
        for entry in &self.entries {
            long(&mut directory, 0x0201_4b50);
            short(&mut directory, VERSION);
            entry.common(&mut directory, (entry.sum, entry.size))?;
            // No extra field, no comment, disk 0, no attributes.
            directory.extend([0; 12]);
            long(&mut directory, entry.offset);
            directory.extend(entry.name.as_bytes());
        }
        let (count, length) = (u16::try_from(self.entries.len()).map_err(|_| TooLarge)?, u32::try_from(directory.len()).map_err(|_| TooLarge)?);
        let mut end = directory;
        long(&mut end, 0x0605_4b50);
        long(&mut end, 0);
        short(&mut end, count);
        short(&mut end, count);
        long(&mut end, length);
        long(&mut end, u32::try_from(self.at).map_err(|_| TooLarge)?);
        short(&mut end, 0);
        Ok(end)
    }

    fn sent(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        self.at += bytes.len() as u64;
        bytes
    }
}

impl Entry {
    /// What a file's head and its line in the directory have in common, up to the length of the name.
    fn common(&self, to: &mut Vec<u8>, (sum, size): (u32, u32)) -> Result<(), TooLarge> {
        for value in [VERSION, FLAGS, 0, self.stamp.0, self.stamp.1] {
            short(to, value);
        }
        for value in [sum, size, size] {
            long(to, value);
        }
        short(to, u16::try_from(self.name.len()).map_err(|_| TooLarge)?);
        Ok(())
    }
}

fn short(to: &mut Vec<u8>, value: u16) {
    to.extend(value.to_le_bytes());
}

fn long(to: &mut Vec<u8>, value: u32) {
    to.extend(value.to_le_bytes());
}

/// Time and date as MS-DOS has them (4.4.6): two seconds are the smallest step, and 1980 is the first year. UTC, since the format knows no zones.
fn dos(time: Timestamp) -> (u16, u16) {
    let iso = time.iso();
    let number = |from: usize, to: usize| iso.get(from..to).and_then(|digits| digits.parse::<u16>().ok()).unwrap_or(0);
    let of_day = time.ms().rem_euclid(DAY_MS);
    let part = |of: i64, most: i64| u16::try_from(of_day / of % most).unwrap_or(0);
    let clock = part(HOUR_MS, 24) << 11 | part(MINUTE_MS, 60) << 5 | part(2 * SECOND_MS, 30);
    (clock, number(0, 4).clamp(1980, 2107).saturating_sub(1980) << 9 | number(5, 7) << 5 | number(8, 10))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AT: Timestamp = Timestamp::from_ms(1_767_225_600_000);

    fn little(bytes: &[u8], at: usize, len: usize) -> usize {
        bytes[at..at + len].iter().rev().fold(0, |value, byte| value << 8 | usize::from(*byte))
    }

    /// Reads an archive by its directory, as programs do, and checks what is said twice.
    fn read(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
        let end = archive.len() - 22;
        assert_eq!(little(archive, end, 4), 0x0605_4b50);
        let (count, mut at) = (little(archive, end + 10, 2), little(archive, end + 16, 4));
        assert_eq!(at + little(archive, end + 12, 4), end);
        let mut files = Vec::new();
        for _ in 0..count {
            assert_eq!(little(archive, at, 4), 0x0201_4b50);
            let (sum, size, name_len, offset) =
                (little(archive, at + 16, 4), little(archive, at + 20, 4), little(archive, at + 28, 2), little(archive, at + 42, 4));
            let name = &archive[at + 46..at + 46 + name_len];
            at += 46 + name_len;
            assert_eq!((little(archive, offset, 4), &archive[offset + 30..offset + 30 + name_len]), (0x0403_4b50, name));
            let start = offset + 30 + name_len;
            let bytes = &archive[start..start + size];
            assert_eq!(u32::try_from(sum).unwrap(), crc32fast::hash(bytes));
            let tail = [0x0807_4b50, sum, size, size];
            assert_eq!([0, 4, 8, 12].map(|n| little(archive, start + size + n, 4)), tail);
            files.push((String::from_utf8(name.to_vec()).unwrap(), bytes.to_vec()));
        }
        files
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(files in prop::collection::vec(("[a-zé0-9.-]{1,20}", prop::collection::vec(prop::collection::vec(0_u8.., 0..300), 0..4)), 0..6)) {
            let (mut archive, mut written) = (Archive::default(), Vec::new());
            for (name, pieces) in &files {
                written.extend(archive.begin(name, AT).unwrap());
                for piece in pieces {
                    archive.add(piece);
                    written.extend(piece);
                }
                written.extend(archive.end().unwrap());
            }
            written.extend(archive.close().unwrap());
            let expected: Vec<_> = files.into_iter().map(|(name, pieces)| (name, pieces.concat())).collect();
            prop_assert_eq!(read(&written), expected);
        }
    }

    #[test]
    fn bytes_of_an_archive() {
        let mut archive = Archive::default();
        let file = archive.file("a.txt", AT.plus_ms(13 * HOUR_MS + 37 * MINUTE_MS + 59 * SECOND_MS), b"fox").unwrap();
        assert_eq!(file[..30], *b"PK\x03\x04\x14\0\x08\x08\0\0\xbd\x6c\x21\x5c\0\0\0\0\0\0\0\0\0\0\0\0\x05\0\0\0");
        assert_eq!(&file[30..38], b"a.txtfox");
        assert_eq!(read(&[file, archive.close().unwrap()].concat()), [("a.txt".to_owned(), b"fox".to_vec())]);
        assert_eq!(read(&Archive::default().close().unwrap()), []);
    }

    #[test]
    fn what_is_too_large_is_said() {
        let mut archive = Archive { at: u64::from(u32::MAX) + 1, ..Archive::default() };
        assert_eq!(archive.begin("a", AT), Err(TooLarge));
        let mut archive = Archive::default();
        archive.begin("a", AT).unwrap();
        archive.open = Some((crc32fast::Hasher::new(), u64::from(u32::MAX) + 1));
        assert_eq!(archive.end(), Err(TooLarge));
        assert_eq!(Archive { at: u64::from(u32::MAX) + 1, ..Archive::default() }.close().err(), Some(TooLarge));
    }
}
