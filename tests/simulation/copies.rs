//! Small copies of pictures while the pictures are deleted: whichever way the two meet, nothing of a deleted picture stays.

use crate::{files::file, sim::Sim};
use atelier::{
    domain::picture::{self, size},
    platform::{Found, Platform as _, Wanted},
    usecases::serve_media::{self, Served},
    vendors::media_url,
};
use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

const KEY: &str = "picture/0";

/// A PNG of 400 by 4 grey pixels, stored and not compressed.
fn a_picture() -> Vec<u8> {
    let rows = [[0_u8; 401]; 4].concat();
    let length = u16::try_from(rows.len()).unwrap();
    let adler = (u32::try_from(rows.len()).unwrap() << 16) | 1;
    let data = [&[0x78, 1, 1][..], &length.to_le_bytes(), &(!length).to_le_bytes(), &rows, &adler.to_be_bytes()].concat();
    let header = [&400_u32.to_be_bytes()[..], &4_u32.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    let chunk = |name: &[u8], data: &[u8]| {
        let named = [name, data].concat();
        let bit = |crc: u32| if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 };
        let sum = !named.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| bit(crc)));
        [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], &named, &sum.to_be_bytes()].concat()
    };
    [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &header), &chunk(b"IDAT", &data), &chunk(b"IEND", b"")].concat()
}

/// All that is kept, files and notes.
fn kept(sim: &Sim) -> Vec<String> {
    let world = sim.world.borrow();
    world.media.keys().chain(world.jots.keys()).cloned().collect()
}

fn world_with_a_picture() -> Sim {
    world_with(a_picture())
}

fn world_with(bytes: Vec<u8>) -> Sim {
    let sim = Sim::new(1, &[]);
    let facts = picture::tell(&bytes).unwrap();
    sim.world.borrow_mut().media.insert(KEY.to_owned(), file(bytes, facts));
    sim
}

/// Asks for a copy; the width of what was sent, or none if there is nothing.
async fn look(sim: Sim) -> Option<u32> {
    let address = media_url::sized(&sim.settings().media_keys, sim.now(), KEY, 320);
    let query = address.split_once('?').unwrap().1.to_owned();
    match serve_media::run(&sim, KEY, &query, &Wanted::default()).await.unwrap().0 {
        Served::Stored(Found::Object { body: Some(bytes), .. }) => Some(picture::tell(&bytes).unwrap().width),
        Served::Stored(Found::Missing) => None,
        other => panic!("{other:?}"),
    }
}

/// Runs both, the first at the set bits and the second at the others, each to its end.
fn interleave<A, B>(bits: u32, first: impl Future<Output = A>, second: impl Future<Output = B>) -> (A, B) {
    let (mut first, mut second): (Pin<&mut _>, Pin<&mut _>) = (pin!(first), pin!(second));
    let (mut one, mut other) = (None, None);
    let mut context = Context::from_waker(Waker::noop());
    for turn in 0.. {
        let of_first = if turn < 32 { bits >> turn & 1 == 1 } else { turn % 2 == 0 };
        if (of_first || other.is_some()) && one.is_none() {
            if let Poll::Ready(value) = first.as_mut().poll(&mut context) {
                one = Some(value);
            }
        } else if other.is_none()
            && let Poll::Ready(value) = second.as_mut().poll(&mut context)
        {
            other = Some(value);
        }
        if one.is_some() && other.is_some() {
            break;
        }
    }
    (one.unwrap(), other.unwrap())
}

/// The same, with time that passes at each turn.
async fn ticking<T>(future: impl Future<Output = T>, sim: &Sim) -> T {
    let mut future = pin!(future);
    std::future::poll_fn(|context| {
        sim.world.borrow_mut().now_ms += 10;
        future.as_mut().poll(context)
    })
    .await
}

#[test]
fn nothing_of_a_deleted_picture_stays() {
    let (mut copies, mut originals) = (0, 0);
    for bits in 0..1 << 12 {
        let sim = world_with_a_picture();
        let (deleter, keys) = (sim.clone(), [KEY.to_owned()]);
        let (sent, removed) = interleave(bits, look(sim.clone()), async move { deleter.remove(&keys).await });
        removed.unwrap();
        match sent {
            Some(320) => copies += 1,
            Some(width) => originals += usize::from(width == 400),
            None => {}
        }
        assert_eq!(kept(&sim), Vec::<String>::new(), "{bits:b}");
    }
    assert!(copies > 0, "some were faster than the deletion");
    assert_eq!(originals, 0, "nobody has to do with the original here");
}

#[test]
fn nothing_of_a_deleted_picture_that_is_damaged_stays() {
    let mut damaged = a_picture();
    damaged.truncate(damaged.len() - 100);
    for bits in 0..1 << 12 {
        let sim = world_with(damaged.clone());
        let (deleter, keys) = (sim.clone(), [KEY.to_owned()]);
        let (sent, removed) = interleave(bits, look(sim.clone()), async move { deleter.remove(&keys).await });
        removed.unwrap();
        assert!(sent.is_none_or(|width| width == 400));
        assert_eq!(kept(&sim), Vec::<String>::new(), "{bits:b}");
    }
    let sim = world_with(damaged);
    for _ in 0..2 {
        assert_eq!(interleave(0, look(sim.clone()), async {}).0, Some(400));
    }
    assert_eq!(kept(&sim), [KEY.to_owned(), size::none_key(KEY)]);
    let tries = sim.world.borrow().trace.iter().filter(|line| line.contains("copy.none")).count();
    assert_eq!(tries, 1, "nobody tries again");
}

#[test]
fn two_who_ask_at_once_get_the_same_copy() {
    for bits in 0..1 << 12 {
        let sim = world_with_a_picture();
        // One more isolate has no part in the room of the first: storage alone keeps the copy from being stored twice.
        let there = if bits % 2 == 0 { sim.clone() } else { sim.elsewhere() };
        assert_eq!(interleave(bits, ticking(look(sim.clone()), &sim), ticking(look(there), &sim)), (Some(320), Some(320)), "{bits:b}");
        assert_eq!(kept(&sim), [KEY.to_owned(), size::key(KEY, 320)]);
    }
}

#[test]
fn faults_of_storage_bring_the_original_or_a_later_try() {
    for seed in 0..300 {
        let sim = Sim::new(seed, &[]);
        let bytes = a_picture();
        let facts = picture::tell(&bytes).unwrap();
        sim.world.borrow_mut().media.insert(KEY.to_owned(), file(bytes, facts));
        sim.world.borrow_mut().fault_percent = 40;
        let (first, second) = interleave(0x5555, look(sim.clone()), look(sim.elsewhere()));
        for width in [first, second].into_iter().flatten() {
            assert!(width == 320 || width == 400, "{width}");
        }
        sim.world.borrow_mut().fault_percent = 0;
        assert_eq!(interleave(0, look(sim.clone()), async {}).0, Some(320));
    }
}
