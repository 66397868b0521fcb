//! scrypt as `src/vendors/password.rs` calls it, for a module without any glue: the caller writes password and salt, one after the
//! other, where `buffer` says, calls `derive`, and reads the key from the same place.

use core::sync::atomic::{AtomicU8, Ordering::Relaxed};
use scrypt::{Params, scrypt};

static BUFFER: [AtomicU8; 256] = [const { AtomicU8::new(0) }; 256];

/// Where password, salt and key lie.
#[unsafe(no_mangle)]
pub extern "C" fn buffer() -> *const AtomicU8 {
    BUFFER.as_ptr()
}

/// N = 2^14, r = 16, p = 1, 64 bytes.
#[unsafe(no_mangle)]
pub extern "C" fn derive(password: usize, salt: usize) {
    let given: Vec<u8> = BUFFER.iter().take(password + salt).map(|byte| byte.load(Relaxed)).collect();
    let (password, salt) = given.split_at(password);
    let params = Params::new(14, 16, 1).expect("the parameters are within scrypt's limits");
    let mut key = [0; 64];
    scrypt(password, salt, &params, &mut key).expect("64 bytes is a length that scrypt gives");
    for (place, byte) in BUFFER.iter().zip(key) {
        place.store(byte, Relaxed);
    }
}
