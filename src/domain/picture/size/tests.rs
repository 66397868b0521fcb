use super::*;
use std::io::Cursor;

fn png(width: u32, height: u32, color: ::png::ColorType, pixel: impl Fn(u32, u32) -> Vec<u8>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut file, width, height);
    encoder.set_color(color);
    let pixels: Vec<u8> = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).flat_map(|(x, y)| pixel(x, y)).collect();
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    file
}
/// Red on the left, blue on the right.
fn halves(width: u32) -> impl Fn(u32, u32) -> Vec<u8> {
    move |x, _| if x < width / 2 { vec![200, 10, 10] } else { vec![10, 10, 200] }
}
fn jpeg(width: u16, height: u16, set_up: impl FnOnce(&mut jpeg_encoder::Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 95);
    set_up(&mut encoder);
    let pixel = halves(width.into());
    let pixels: Vec<u8> = (0..height).flat_map(|_| 0..width).flat_map(|x| pixel(x.into(), 0)).collect();
    encoder.encode(&pixels, width, height, jpeg_encoder::ColorType::Rgb).unwrap();
    file
}
fn of_jpeg(bytes: &[u8]) -> (usize, usize, Vec<u8>) {
    let mut decoder = zune_jpeg::JpegDecoder::new(zune_core::bytestream::ZCursor::new(bytes));
    let pixels = decoder.decode().unwrap();
    let info = decoder.info().unwrap();
    (info.width.into(), info.height.into(), pixels)
}
fn near(pixel: &[u8], expected: [u8; 3]) -> bool {
    pixel.iter().zip(expected).all(|(a, b)| a.abs_diff(b) < 12)
}
fn facts(media_type: MediaType, width: u32, height: u32) -> PictureFacts {
    PictureFacts { media_type, width, height }
}

#[test]
fn opaque_pictures_become_jpegs_of_that_width() {
    let webp = {
        let mut file = Vec::new();
        let pixel = halves(800);
        let pixels: Vec<u8> = (0..400).flat_map(|_| 0..800).flat_map(|x| pixel(x, 0)).collect();
        image_webp::WebPEncoder::new(&mut file).encode(&pixels, 800, 400, image_webp::ColorType::Rgb8).unwrap();
        file
    };
    let opaque = |x: u32, y: u32| [halves(800)(x, y), vec![255]].concat();
    let files = [
        png(800, 400, ::png::ColorType::Rgb, halves(800)),
        png(800, 400, ::png::ColorType::Rgba, opaque),
        jpeg(800, 400, |_| {}),
        jpeg(800, 400, |encoder| encoder.set_progressive(true)),
        webp,
    ];
    for file in files {
        let (facts, small) = make(&file, 320).unwrap();
        assert_eq!(facts, self::facts(MediaType::Jpeg, 320, 160));
        assert_eq!(tell(&small), Ok(facts));
        let (width, height, pixels) = of_jpeg(&small);
        assert_eq!((width, height), (320, 160));
        assert!(near(&pixels[..3], [200, 10, 10]) && near(&pixels[319 * 3..][..3], [10, 10, 200]), "{:?}", &pixels[..3]);
        assert!(small.len() < 8000, "{}", small.len());
        assert_eq!(make(&small, 320).unwrap_err(), "no wider than the copy");
    }
}

#[test]
fn what_can_be_seen_through_stays_so() {
    let file = png(1000, 500, ::png::ColorType::Rgba, |x, _| if x < 500 { vec![0, 0, 0, 0] } else { vec![30, 200, 90, 255] });
    let (facts, small) = make(&file, 640).unwrap();
    assert_eq!(facts, self::facts(MediaType::Webp, 640, 320));
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(&small)).unwrap();
    let mut pixels = vec![0; decoder.output_buffer_size().unwrap()];
    decoder.read_image(&mut pixels).unwrap();
    assert_eq!((&pixels[..4], &pixels[639 * 4..][..4]), (&[0, 0, 0, 0][..], &[30, 200, 90, 255][..]));
}

#[test]
fn the_look_and_the_origin_are_carried_over() {
    let turned = jpeg(800, 400, |encoder| {
        encoder.add_app_segment(1, clean_exif(6)).unwrap();
        encoder.add_icc_profile(b"a profile of colours").unwrap();
    });
    let packet = xmp::brief(xmp::Origin::MadeFromBrought);
    let (facts, small) = make(&embed::whole(&turned, packet.as_bytes()).unwrap(), 320).unwrap();
    // Shown upright: 400 wide and 800 high.
    assert_eq!(facts, self::facts(MediaType::Jpeg, 320, 640));
    let (width, height, _) = of_jpeg(&small);
    assert_eq!((width, height), (640, 320));
    let mut decoder = zune_jpeg::JpegDecoder::new(zune_core::bytestream::ZCursor::new(&small));
    decoder.decode_headers().unwrap();
    assert_eq!(decoder.icc_profile().unwrap(), b"a profile of colours");
    assert_eq!(decoder.xmp().unwrap(), packet.as_bytes());
    assert!(small.windows(6).any(|window| window == b"Exif\0\0"));
}
fn clean_exif(orientation: u8) -> Vec<u8> {
    crate::domain::picture::clean::exif_with(orientation)[4..].to_vec()
}

#[test]
fn what_is_too_large_or_damaged_is_left_to_the_original() {
    assert!(work(facts(MediaType::Png, 5000, 5000), 40 << 20).is_some(), "an enlarged picture");
    assert!(work(facts(MediaType::Jpeg, 4096, 4096), 8 << 20).is_some());
    assert_eq!(work(facts(MediaType::Jpeg, 7000, 5000), 1 << 20), None);
    assert_eq!(work(facts(MediaType::Webp, 4096, 4096), 1 << 20), None);
    assert_eq!(work(facts(MediaType::Png, 8000, 8000), 1 << 20), None);
    assert_eq!(work(facts(MediaType::Png, 100, 100), 90 << 20), None);
    assert_eq!(work(facts(MediaType::Gif, 1000, 1000), 1000), None);
    assert_eq!(work(facts(MediaType::Mp4, 1000, 1000), 1000), None);
    // A header that promises much, and nothing behind it.
    let mut bomb = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x13\x88\0\0\x13\x88\x08\x06\0\0\0".to_vec();
    bomb.extend([0; 200]);
    assert!(make(&bomb, 320).is_err());
    let whole = png(900, 900, ::png::ColorType::Rgb, |x, y| vec![x.to_le_bytes()[0], y.to_le_bytes()[0], (x * y).to_le_bytes()[0]]);
    assert!(make(&whole, 320).is_ok());
    assert_eq!(make(&whole[..whole.len() / 2], 320).unwrap_err(), "damaged picture");
    assert!(make(b"GIF89a\x90\x01\x90\x01\0\0\0", 320).is_err());
    // As wide as a copy and very tall: the copy would be no smaller.
    assert!(offered(facts(MediaType::Png, 330, 15_000), 1000).next().is_none());
    // A row that would fill the memory.
    assert_eq!(work(facts(MediaType::Png, 3_125_000, 16), 194_466), None);
    assert!(offered(facts(MediaType::Png, 3_125_000, 16), 194_466).next().is_none());
    assert_eq!(work(facts(MediaType::Png, 16_384, 16), 1000), Some(1000 + 16_384 * 44), "its rows are counted");
}

#[test]
fn passes_take_more_memory() {
    let facts = facts(MediaType::Jpeg, 800, 400);
    let more = |file: &[u8]| read::open(file, facts).unwrap().more;
    assert_eq!(more(&jpeg(800, 400, |_| {})), 0);
    assert_eq!(more(&jpeg(800, 400, |encoder| encoder.set_progressive(true))), 6 * 800 * 400);
}

#[test]
fn keys_of_copies_follow_from_the_key() {
    let all: Vec<_> = keys_of("01J/0").collect();
    assert_eq!(all, ["01J/0", "size/none/01J/0", "size/320/01J/0", "size/640/01J/0", "size/1280/01J/0"]);
    assert_eq!(all.len(), KEYS);
    assert!(all.iter().all(|key| original(key) == "01J/0"));
    assert_eq!(original("size/321/x"), "size/321/x");
    assert_eq!(["320", "0320", "321", ""].map(width), [Some(320), None, None, None]);
    let widths = |width| offered(facts(MediaType::Webp, width, 500), 1000).collect::<Vec<_>>();
    assert_eq!((widths(320), widths(1024), widths(2000)), (vec![], vec![320, 640], vec![320, 640, 1280]));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn no_bytes_make_it_panic(kind in 0_usize..3, at in 0_usize..4000, bytes in proptest::collection::vec(0_u8.., 1..40)) {
        let mut file = match kind {
            0 => png(400, 60, ::png::ColorType::Rgb, |x, y| vec![x.to_le_bytes()[0], y.to_le_bytes()[0], 7]),
            1 => jpeg(400, 60, |encoder| encoder.set_progressive(at % 2 == 0)),
            _ => {
                let mut file = Vec::new();
                let pixels: Vec<u8> = (0..400 * 60 * 3_u32).map(|at| (at % 253).to_le_bytes()[0]).collect();
                image_webp::WebPEncoder::new(&mut file).encode(&pixels, 400, 60, image_webp::ColorType::Rgb8).unwrap();
                file
            }
        };
        let at = at % file.len();
        let end = (at + bytes.len()).min(file.len());
        file.splice(at..end, bytes);
        if let Ok((facts, small)) = make(&file, 320) {
            proptest::prop_assert_eq!(tell(&small), Ok(facts));
        }
    }
}
