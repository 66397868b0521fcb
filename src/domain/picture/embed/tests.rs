use super::*;
use crate::domain::picture::{clean, tell};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use image_webp::{ColorType, WebPDecoder, WebPEncoder};
use std::io::Cursor;

/// A lossy WebP of 15 by 9 pixels with a colour profile, as Chromium writes it.
const LOSSY: &str = "UklGRkgCAABXRUJQVlA4WAoAAAAgAAAADgAACAAASUNDUMgBAAAAAAHIAAAAAAQwAABtbnRyUkdCIFhZWiAH4AABAAEAAAAAAABhY3NwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAA9tYAAQAAAADTLQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAlkZXNjAAAA8AAAACRyWFlaAAABFAAAABRnWFlaAAABKAAAABRiWFlaAAABPAAAABR3dHB0AAABUAAAABRyVFJDAAABZAAAAChnVFJDAAABZAAAAChiVFJDAAABZAAAAChjcHJ0AAABjAAAADxtbHVjAAAAAAAAAAEAAAAMZW5VUwAAAAgAAAAcAHMAUgBHAEJYWVogAAAAAAAAb6IAADj1AAADkFhZWiAAAAAAAABimQAAt4UAABjaWFlaIAAAAAAAACSgAAAPhAAAts9YWVogAAAAAAAA9tYAAQAAAADTLXBhcmEAAAAAAAQAAAACZmYAAPKnAAANWQAAE9AAAApbAAAAAAAAAABtbHVjAAAAAAAAAAEAAAAMZW5VUwAAACAAAAAcAEcAbwBvAGcAbABlACAASQBuAGMALgAgADIAMAAxADZWUDggWgAAAPABAJ0BKg8ACQACwEwlmAJ0ARDlY3puoAD+7Sfn+euDEmScgtyvlhOkk1+JjtLNl0Z786+6AsCOwWhr5lvS0lmaXjkVpAfOmh/zAe58Ye+qZEdTU/1NdgAAAA==";
const PACKET: &[u8] = b"<x:xmpmeta>odd</x:xmpmeta>!";
const OTHER: &[u8] = b"<x:xmpmeta>what a host says</x:xmpmeta>";

fn pixels(width: u32, height: u32, channels: u32) -> Vec<u8> {
    (0..width * height * channels).map(|at| (at * 7 % 251).to_le_bytes()[0]).collect()
}
fn a_png(width: u32, height: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut file, width, height);
    encoder.set_color(::png::ColorType::Rgb);
    encoder.add_text_chunk("Software".to_owned(), "x".to_owned()).unwrap();
    encoder.write_header().unwrap().write_image_data(&pixels(width, height, 3)).unwrap();
    file
}
fn a_jpeg(progressive: bool) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 90);
    encoder.set_progressive(progressive);
    encoder.add_app_segment(1, b"Exif\0\0MM\0*\0\0\0\x08\0\0".to_vec()).unwrap();
    encoder.add_icc_profile(b"a profile").unwrap();
    encoder.encode(&pixels(40, 30, 3), 40, 30, jpeg_encoder::ColorType::Rgb).unwrap();
    file
}
fn lossless(color: ColorType, with: impl FnOnce(&mut WebPEncoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = WebPEncoder::new(&mut file);
    with(&mut encoder);
    encoder.encode(&pixels(21, 13, if color == ColorType::Rgba8 { 4 } else { 3 }), 21, 13, color).unwrap();
    file
}
/// The same picture without an extended header.
fn simple(extended: &[u8]) -> Vec<u8> {
    let at = extended.windows(4).position(|name| name == b"VP8 ").unwrap();
    let chunk = &extended[at..];
    [b"RIFF", &u32::try_from(4 + chunk.len()).unwrap().to_le_bytes()[..], b"WEBP", chunk].concat()
}
/// The file with another's packet that its header says nothing of.
fn unannounced(file: &[u8]) -> Vec<u8> {
    let mut with =
        [file, b"XMP ", &u32::try_from(OTHER.len()).unwrap().to_le_bytes(), OTHER, if OTHER.len() % 2 == 1 { b"\0" } else { b"" }].concat();
    let size = u32::try_from(with.len() - 8).unwrap();
    with[4..8].copy_from_slice(&size.to_le_bytes());
    with
}
/// Every kind of file that takes a packet.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let lossy = STANDARD.decode(LOSSY).unwrap();
    vec![
        ("png", a_png(33, 9)),
        ("jpeg", a_jpeg(false)),
        ("jpeg in passes", a_jpeg(true)),
        ("webp, lossy, simple", simple(&lossy)),
        ("webp, lossy, extended", lossy),
        ("webp, lossless", lossless(ColorType::Rgb8, |_| {})),
        ("webp, lossless, alpha", lossless(ColorType::Rgba8, |_| {})),
        ("webp, with another's packet", lossless(ColorType::Rgb8, |encoder| encoder.set_xmp_metadata(OTHER.to_vec()))),
    ]
}
/// The pixels, by the decoders.
fn shown(bytes: &[u8]) -> Vec<u8> {
    let cursor = Cursor::new(bytes);
    match bytes[0] {
        0x89 => {
            let mut reader = ::png::Decoder::new(cursor).read_info().unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            reader.next_frame(&mut pixels).unwrap();
            reader.finish().unwrap();
            pixels
        }
        0xFF => zune_jpeg::JpegDecoder::new(zune_core::bytestream::ZCursor::new(bytes)).decode().unwrap(),
        _ => {
            let mut decoder = WebPDecoder::new(cursor).unwrap();
            let mut pixels = vec![0; decoder.output_buffer_size().unwrap()];
            decoder.read_image(&mut pixels).unwrap();
            pixels
        }
    }
}
/// The packet, by the decoders' own reading of it.
fn said(bytes: &[u8]) -> Vec<u8> {
    match bytes[0] {
        0x89 => {
            let reader = ::png::Decoder::new(Cursor::new(bytes)).read_info().unwrap();
            let texts = &reader.info().utf8_text;
            assert_eq!((texts.len(), texts[0].keyword.as_str()), (1, "XML:com.adobe.xmp"));
            texts[0].get_text().unwrap().into_bytes()
        }
        0xFF => {
            let mut decoder = zune_jpeg::JpegDecoder::new(zune_core::bytestream::ZCursor::new(bytes));
            decoder.decode_headers().unwrap();
            decoder.xmp().unwrap().clone()
        }
        _ => WebPDecoder::new(Cursor::new(bytes)).unwrap().xmp_metadata().unwrap().unwrap(),
    }
}
fn count(bytes: &[u8], what: &[u8]) -> usize {
    bytes.windows(what.len()).filter(|window| *window == what).count()
}

#[test]
fn every_kind_takes_a_packet_and_shows_the_same() {
    for (name, file) in files() {
        let marked = whole(&file, PACKET).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(said(&marked), PACKET, "{name}");
        assert_eq!(shown(&marked), shown(&file), "{name}");
        assert_eq!(tell(&marked), tell(&file), "{name}");
        assert_eq!(whole(&marked, PACKET).unwrap(), marked, "{name}: once more is the same");
        let again = whole(&marked, OTHER).unwrap();
        assert_eq!((said(&again), count(&again, PACKET)), (OTHER.to_vec(), 0), "{name}: another's makes room");
        let cleaned = clean(&marked).unwrap().1;
        assert_eq!((count(&cleaned, PACKET), shown(&cleaned)), (0, shown(&file)), "{name}: and it can be taken out");
    }
}

#[test]
fn a_beginning_is_enough_where_no_packet_stands_at_the_end() {
    for (name, file) in files() {
        let whole = whole(&file, PACKET).unwrap();
        for first in [file.len() / 2, file.len() - 1, file.len()] {
            match plan(&file[..first], file.len() as u64, PACKET) {
                Plan::Splice(splice) => {
                    let spliced = splice.apply(&file).unwrap();
                    assert_eq!(splice.length(file.len() as u64), spliced.len() as u64, "{name}");
                    assert_eq!((said(&spliced), shown(&spliced)), (PACKET.to_vec(), shown(&file)), "{name}");
                    if first == file.len() {
                        assert_eq!(spliced, whole, "{name}");
                    }
                }
                Plan::Whole => assert!(name.contains("another's"), "{name}"),
                Plan::AsItIs => panic!("{name}"),
            }
        }
    }
}

#[test]
fn the_longest_packet_fits_everywhere() {
    let long = vec![b'x'; crate::domain::picture::xmp::PACKET_BYTES_MAX];
    for (name, file) in files() {
        assert_eq!(said(&whole(&file, &long).unwrap()), long, "{name}");
        assert_eq!(plan(&file, file.len() as u64, &[long.clone(), vec![b'x']].concat()), Plan::AsItIs, "{name}");
    }
}

#[test]
fn readers_that_want_jfif_and_exif_first_find_them_there() {
    let marked = whole(&a_jpeg(false), PACKET).unwrap();
    let at = |what: &[u8]| marked.windows(what.len()).position(|window| window == what).unwrap();
    assert!(at(b"JFIF\0") < at(b"Exif\0\0") && at(b"Exif\0\0") < at(b"http://ns.adobe.com/xap/1.0/\0"));
    assert!(at(b"http://ns.adobe.com/xap/1.0/\0") < at(b"ICC_PROFILE\0"));
}

#[test]
fn what_is_not_understood_stays_as_it_is() {
    let mut behind = lossless(ColorType::Rgb8, |_| {});
    behind.extend(b"something behind the end");
    for file in [b"GIF89a".to_vec(), vec![], b"\x89PNG\r\n\x1a\n".to_vec(), b"RIFF\x04\0\0\0WEBP".to_vec(), behind, vec![0; 99]] {
        assert_eq!(plan(&file, file.len() as u64, PACKET), Plan::AsItIs);
        assert_eq!(whole(&file, PACKET), None);
    }
}

#[test]
fn a_webp_that_is_not_chunks_to_its_end_stays_as_it_is_and_a_packet_without_its_flag_is_found() {
    let lossy = STANDARD.decode(LOSSY).unwrap();
    let room = lossy.len() - 400;
    let rubbish = [&lossy[..400], &vec![0xE7; room]].concat();
    assert_eq!(whole(&rubbish, PACKET), None);
    for mut file in [lossless(ColorType::Rgb8, |encoder| encoder.set_xmp_metadata(OTHER.to_vec())), unannounced(&simple(&lossy)), unannounced(&lossy)]
    {
        if &file[12..16] == b"VP8X" {
            file[20] &= !0x04;
        }
        let marked = whole(&file, PACKET).unwrap();
        assert_eq!((said(&marked), count(&marked, OTHER)), (PACKET.to_vec(), 0));
        assert_eq!(whole(&marked, PACKET), Some(marked));
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic_and_nothing_is_lost(bytes in proptest::collection::vec(0_u8.., 0..400), prefix in 0_usize..8, cut in 0_usize..400) {
        let (_, file) = files().swap_remove(prefix);
        let bytes = [&file[..cut.min(file.len())], &bytes].concat();
        if let Some(marked) = whole(&bytes, PACKET) {
            proptest::prop_assert_eq!(count(&marked, PACKET), 1);
            proptest::prop_assert_eq!(whole(&marked, PACKET), Some(marked));
        }
        for first in [bytes.len(), bytes.len() / 2] {
            if let Plan::Splice(splice) = plan(&bytes[..first], bytes.len() as u64, PACKET) {
                proptest::prop_assert!(splice.taken <= first);
                proptest::prop_assert_eq!(splice.apply(&bytes).map(|spliced| spliced.len() as u64), Some(splice.length(bytes.len() as u64)));
            }
        }
    }
}
