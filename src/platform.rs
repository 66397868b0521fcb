//! THE PORT: everything that the program needs of the world. Two implementations: `edge::Edge` in workerd, and the simulation.

use crate::{
    domain::{
        bundle::Bundle,
        generation::GenerationId,
        live::Event,
        picture::{PictureFacts, strip::Strip},
        rate_limit::Rule,
        settings::Settings,
        time::Timestamp,
    },
    lanes::{Call, Lane, Mark, Outbound},
    store::{Batch, Outcome, mail::Mail},
    vendors::google::Jwk,
};
use std::rc::Rc;

mod wanted;
pub use wanted::{ByteRange, Sent, Wanted};

/// The world: time, randomness, database, foreign parties, media, logs.
#[expect(async_fn_in_trait, reason = "one thread per isolate: no future is ever sent to another")]
pub trait Platform {
    /// The body of a stored object, as the platform streams it: a JavaScript object at the edge, bytes in the simulation.
    type Media;

    /// The operator's configuration.
    fn settings(&self) -> &Settings;
    /// The time.
    fn now(&self) -> Timestamp;
    /// Fills a buffer from a cryptographically secure source.
    fn random(&self, into: &mut [u8]);
    /// Unicode normalisation form KC (the JavaScript engine has it; tables in the WASM would weigh 100 KB).
    fn nfkc(&self, text: &str) -> String;
    /// scrypt with better-auth's parameters, N = 2^14, r = 16, p = 1 (contract: better-auth, section 3.1): 64 bytes for a password and a salt. Synchronous: however many wait for
    /// theirs, one is computed at a time, and its 32 MiB are held once. None if the platform cannot.
    fn scrypt(&self, password: &[u8], salt: &[u8]) -> Option<[u8; 64]>;
    /// Sends one batch to the database: one HTTP request.
    async fn db(&self, batch: &Batch) -> Result<Outcome, DbError>;
    /// Sends one request to a foreign party, with the credential of the lane, following no redirect.
    async fn call(&self, request: Call) -> Result<Inbound, SendError>;
    /// The same for a request whose lane is known here.
    async fn send<L: Lane>(&self, request: Outbound<L>) -> Result<Inbound, SendError> {
        self.call(request.into()).await
    }
    /// Has [`crate::usecases::run_queued`] run for a generation, soon, at least once: it survives this isolate.
    async fn enqueue(&self, id: &GenerationId) -> Result<(), SendError>;
    /// Streams a file that a model host made, or a profile picture of the sign-in provider's, into media storage under `key`, unless something is stored there already (which
    /// then stays as it is). What it is, is told by its content alone. A picture gets the mark, if its type takes one.
    async fn keep(&self, url: &str, key: &str, mark: Option<&Mark>) -> Result<Stored, KeepError>;
    /// Stores a file that is in memory under `key`, unless something is stored there already (which then stays as it is). A picture gets the mark, if its type takes one.
    async fn store(&self, key: &str, bytes: &[u8], facts: PictureFacts, mark: Option<&Mark>) -> Result<Stored, MediaError>;
    /// Reads an object of media storage, or the part of it asked for.
    async fn media(&self, key: &str, wanted: &Wanted) -> Result<Found<Self::Media>, MediaError>;
    /// What is known of an object of media storage.
    async fn look(&self, key: &str) -> Result<Option<Stored>, MediaError>;
    /// Reads all of an object of media storage into memory: whoever does takes room for it first.
    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, MediaError>;
    /// A picture of media storage without what it says of itself, streamed; none if nothing is stored there.
    async fn plain(&self, key: &str, strip: Strip) -> Result<Option<Self::Media>, MediaError>;
    /// Takes room in this isolate's memory for making `what` of a picture, in bytes, if there is so much left and nobody else is making it. It is given back by
    /// [`Platform::leave_room`], or after two minutes.
    fn take_room(&self, what: Option<&str>, bytes: u64) -> Option<u64>;
    /// Gives room back.
    fn leave_room(&self, ticket: u64);
    /// Asks Cloudflare for a copy of the picture at an address of ours, no wider than that.
    async fn resized(&self, url: &str, width: u32) -> Result<Found<Self::Media>, MediaError>;
    /// An archive that is written while it is read: what storage does not have is named in it.
    async fn bundle(&self, bundle: Bundle) -> Result<Self::Media, MediaError>;
    /// Removes objects from media storage, and the small copies of them; those that do not exist are no error.
    async fn remove(&self, keys: &[String]) -> Result<(), MediaError>;
    /// Leafs through media storage: the objects behind `after`, in the order of their keys, at most so many.
    async fn leaf(&self, after: Option<&str>, limit: u32) -> Result<Leaf, MediaError>;
    /// Counts a request under `key`: an error says after how many seconds another is allowed. Counts of this isolate alone, exact.
    fn count(&self, key: &str, rule: Rule) -> Result<(), i64>;
    /// Counts a request under `key` where every isolate of a location sees it; false if there were too many.
    async fn allows(&self, key: &str, rule: Rule) -> bool;
    /// Writes a short note into media storage, which the database is spared.
    async fn jot(&self, key: &str, text: &str) -> Result<(), MediaError>;
    /// Reads such a note.
    async fn jotted(&self, key: &str) -> Result<Option<String>, MediaError>;
    /// True if `signature` is the key's over `message` by Ed25519.
    async fn ed25519(&self, key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool;
    /// True if `signature` is the key's over `message` by RSASSA-PKCS1-v1_5 with SHA-256.
    async fn rs256(&self, key: &Jwk, message: &[u8], signature: &[u8]) -> bool;
    /// What this isolate was told to remember.
    fn recall(&self, what: Memory) -> Option<Remembered>;
    /// Remembers what anybody may know, for this isolate's life at most.
    fn remember(&self, what: Memory, remembered: Remembered);
    /// Waits.
    async fn pause(&self, ms: i64);
    /// True if there is what [`Platform::tell`] tells: the operator has Durable Objects.
    fn is_live(&self) -> bool;
    /// Tells a user's open pages what has changed. Best effort: it may be lost, fails nobody, keeps no reply waiting and asks the database nothing.
    fn tell(&self, user: &str, event: Event);
    /// Ends a user's open connections, as well as it can: each page comes again, and is asked again who it is.
    fn hang_up(&self, user: &str);
    /// Does something after the reply has gone out. It may be lost: whatever has to happen is in the database too.
    fn later(&self, deed: Later);
    /// Writes one line to the log: an event's name, and ids. Never content.
    fn log(&self, event: &str, fields: &[(&str, &str)]);
}

/// What an isolate remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Memory {
    /// Google's keys, as they were fetched.
    GoogleKeys,
    /// fal's.
    FalKeys,
}

/// What an isolate was told to remember.
#[derive(Debug, Clone)]
pub struct Remembered {
    /// The bytes.
    pub bytes: Rc<[u8]>,
    /// When they were last fetched again because something was missing in them.
    pub asked_again_at: Timestamp,
    /// Until when they are good.
    pub until: Timestamp,
}

/// What is done after the reply.
#[derive(Debug, Clone)]
pub enum Later {
    /// Sends a mail that is in the outbox.
    Mail(Box<Mail>),
    /// Copies a profile picture.
    Avatar {
        /// Where it is.
        url: String,
        /// Where it goes.
        key: String,
    },
}

/// Why a batch has no outcome.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DbError {
    /// It was not applied, and may be sent again.
    #[error("the database did not take the batch")]
    Refused,
    /// Nobody knows whether it was applied: the request or the reply was lost. The same batch again finds its own ids.
    #[error("the database's answer was lost")]
    Unknown,
    /// The answer was not of the protocol, or of another shape than the statement asked for.
    #[error("the database answered something else: {0}")]
    Shape(&'static str),
}

/// A foreign party's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    /// HTTP status.
    pub status: u16,
    /// The body, cut off by the platform at a few megabytes.
    pub body: Vec<u8>,
    /// The `Cache-Control` header.
    pub cache_control: Option<String>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It surely never left: the lane is not configured, or the host is not the lane's.
    #[error("not sent")]
    NotSent,
    /// It may have arrived: connection lost, or no answer in time.
    #[error("no answer")]
    Unknown,
}

/// What is in media storage now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Type and pixels, told by the content.
    pub facts: PictureFacts,
    /// Size in bytes.
    pub bytes: u64,
    /// The storage's hash of the content.
    pub etag: String,
}

/// Why a file could not be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeepError {
    /// The host does not have it (any more).
    #[error("the host has lost the file")]
    Gone,
    /// It is nothing that may be kept: wrong type, too large, empty, or at an address that may not be asked.
    #[error("not a file that may be kept: {0}")]
    Unusable(&'static str),
    /// Network or storage failed; another try may succeed.
    #[error("could not be copied now")]
    Later,
}

/// An object of media storage, or what is to be said instead of it.
#[derive(Debug)]
pub enum Found<M> {
    /// Nothing is stored there.
    Missing,
    /// The client has it already.
    Unchanged {
        /// The stored hash.
        etag: String,
    },
    /// The range lies outside of the object.
    OutOfRange {
        /// The object's size in bytes.
        size: u64,
    },
    /// The object or a part of it.
    Object {
        /// The whole object's size in bytes.
        size: u64,
        /// First and last byte of the part, if it is one.
        part: Option<(u64, u64)>,
        /// The stored hash.
        etag: String,
        /// The stored type.
        media_type: String,
        /// The bytes; none for `HEAD`.
        body: Option<M>,
    },
}

/// An object of media storage, as a list names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: String,
    /// When it was stored.
    pub stored_at: Timestamp,
}

/// A page of media storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// The objects.
    pub objects: Vec<Listed>,
    /// True if there are more behind them.
    pub more: bool,
}

/// Media storage failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("media storage failed")]
pub struct MediaError;
