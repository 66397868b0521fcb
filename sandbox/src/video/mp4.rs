//! The MP4 file around a film (ISO/IEC 14496-12 and -15): one track, one chunk, the index before the pictures so that a
//! player may begin before the end has come.

/// Ticks of the film's clock for one picture, and in a second.
const TICKS: u32 = 1_000;

/// A film's parts.
#[derive(Debug)]
pub struct Track {
    /// Samples across that are shown.
    pub width: u32,
    /// Samples down that are shown.
    pub height: u32,
    /// Pictures a second.
    pub rate: u32,
    /// The sequence parameter set.
    pub sequence: Vec<u8>,
    /// The picture parameter set.
    pub parameters: Vec<u8>,
    /// In the order they are sent: the picture, and its place in the order they are shown.
    pub pictures: Vec<(Vec<u8>, u32)>,
}

/// The bytes of the file.
pub fn file(track: &Track) -> Vec<u8> {
    let brand = boxed(*b"ftyp", &[b"isom".as_slice(), &number(0x200), b"isomiso2avc1mp41"].concat());
    // The index says where the pictures are, and how long it is does not depend on that.
    let index = movie(track, 0);
    let pictures_at = u32::try_from(brand.len() + index.len() + 8).unwrap_or(u32::MAX);
    let pictures: Vec<u8> = track.pictures.iter().flat_map(|(picture, _)| sample(picture)).collect();
    [brand, movie(track, pictures_at), boxed(*b"mdat", &pictures)].concat()
}

/// A picture as a track has it: its length before it, in place of a start code.
fn sample(picture: &[u8]) -> Vec<u8> {
    [&length(picture), picture].concat()
}

fn length(bytes: &[u8]) -> [u8; 4] {
    number(u32::try_from(bytes.len()).unwrap_or(u32::MAX))
}

const fn number(value: u32) -> [u8; 4] {
    value.to_be_bytes()
}

fn numbers(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}

fn boxed(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let size = number(u32::try_from(content.len() + 8).unwrap_or(u32::MAX));
    [&size, &kind, content].concat()
}

/// A box with version 0 and flags.
fn full(kind: [u8; 4], flags: u32, content: &[u8]) -> Vec<u8> {
    boxed(kind, &[&number(flags), content].concat())
}

/// Nothing is turned or scaled.
const UNITY: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

fn movie(track: &Track, pictures_at: u32) -> Vec<u8> {
    let timescale = track.rate * TICKS;
    let duration = u32::try_from(track.pictures.len()).unwrap_or(0) * TICKS;
    let mut head = numbers(&[0, 0, timescale, duration, 0x1_0000, 0x0100_0000, 0, 0]);
    head.extend(numbers(&UNITY));
    head.extend(numbers(&[0, 0, 0, 0, 0, 0, 2]));
    let mut shown = numbers(&[0, 0, 1, 0, duration, 0, 0, 0, 0]);
    shown.extend(numbers(&UNITY));
    shown.extend(numbers(&[track.width << 16, track.height << 16]));
    // Pictures that are sent early are shown late, all the others one later than sent: the film begins there.
    let delay = u32::from(reordered(track)) * TICKS;
    let edits = boxed(*b"edts", &full(*b"elst", 0, &numbers(&[1, duration, delay, 0x1_0000])));
    // Undetermined language.
    let media_head = full(*b"mdhd", 0, &numbers(&[0, 0, timescale, duration, 0x55C4_0000]));
    let handler = full(*b"hdlr", 0, &[&numbers(&[0]), b"vide".as_slice(), &numbers(&[0, 0, 0]), b"VideoHandler\0"].concat());
    let reference = boxed(*b"dinf", &full(*b"dref", 0, &[number(1).as_slice(), &full(*b"url ", 1, &[])].concat()));
    let video_head = full(*b"vmhd", 1, &[0; 8]);
    let information = boxed(*b"minf", &[video_head, reference, table(track, pictures_at)].concat());
    let media = boxed(*b"mdia", &[media_head, handler, information].concat());
    let track_box = boxed(*b"trak", &[full(*b"tkhd", 3, &shown), edits, media].concat());
    boxed(*b"moov", &[full(*b"mvhd", 0, &head), track_box].concat())
}

fn reordered(track: &Track) -> bool {
    (0..).zip(&track.pictures).any(|(sent, (_, place))| sent != *place)
}

fn table(track: &Track, pictures_at: u32) -> Vec<u8> {
    let count = u32::try_from(track.pictures.len()).unwrap_or(0);
    let mut parts = vec![
        full(*b"stsd", 0, &[number(1).as_slice(), &entry(track)].concat()),
        full(*b"stts", 0, &numbers(&[1, count, TICKS])),
        full(*b"stsc", 0, &numbers(&[1, 1, count, 1])),
        full(*b"stco", 0, &numbers(&[1, pictures_at])),
        full(*b"stss", 0, &numbers(&[1, 1])),
    ];
    let sizes = track.pictures.iter().map(|(picture, _)| u32::try_from(picture.len() + 4).unwrap_or(u32::MAX));
    parts.push(full(*b"stsz", 0, &numbers(&[0, count].into_iter().chain(sizes).collect::<Vec<_>>())));
    if reordered(track) {
        let late = (0..).zip(&track.pictures).flat_map(|(sent, (_, place)): (u32, _)| [1, (place + 1 - sent) * TICKS]);
        parts.push(full(*b"ctts", 0, &numbers(&std::iter::once(count).chain(late).collect::<Vec<_>>())));
    }
    boxed(*b"stbl", &parts.concat())
}

/// `avc1` with the decoder's configuration.
fn entry(track: &Track) -> Vec<u8> {
    let size = (track.width << 16) | track.height;
    let mut content = numbers(&[0, 1, 0, 0, 0, 0, size, 0x0048_0000, 0x0048_0000, 0, 0x0001_0000]);
    // The rest of a compressor's name that is empty, 24 bits of depth, no table of colours.
    content.extend([0; 30]);
    content.extend([0, 24, 0xFF, 0xFF]);
    let set = |set: &[u8]| [u16::try_from(set.len()).unwrap_or(0).to_be_bytes().as_slice(), set].concat();
    let profile = track.sequence.get(1..4).unwrap_or_default();
    let configuration = [&[1], profile, &[0xFF, 0xE1], &set(&track.sequence), &[1], &set(&track.parameters)].concat();
    content.extend(boxed(*b"avcC", &configuration));
    boxed(*b"avc1", &content)
}
