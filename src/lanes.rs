//! THE LAW: which datum may leave by which lane.
//!
//! Every way out of the program is a [`Lane`]: one foreign party that receives something. A sensitive datum has no `Serialize`,
//! `Display`, `Deref` or `AsRef<str>`; it can only be written as [`In<L, T>`], and `In<L, T>` can only be made where `T` crosses
//! lane `L`. The table below is the only grant there is (`law` is private, so nobody can grant a permission to himself), and
//! [`GRANTS`] is the same table as data: the processor list of the privacy page is made from it.
//!
//! What this proves and what it does not: a request body that compiles carries only data granted to its lane. It does not
//! prove that the text *inside* a datum is harmless: a user who types an e-mail address into a prompt sends it to the model host.

use crate::vendors::hosts::Host;
use core::{fmt, marker::PhantomData};
use serde::{Deserialize, Serialize, Serializer};

mod law {
    /// `T: Crosses<L>` is the permission. Private, so that the table of this file is the only place where one is given.
    pub trait Crosses<L> {}
    /// Marks the lanes of this file and no others.
    pub trait Sealed {}
    /// Access to the text of a datum, for `In` alone.
    pub trait Text {
        fn text(&self) -> &str;
    }
}

mod mark;
mod model_input;
mod outbound;
pub use mark::Mark;
pub use model_input::{ModelInput, Pictures, Told};
pub use outbound::{Call, Outbound};

/// A way out: one foreign party.
pub trait Lane: law::Sealed + 'static {
    /// The name used in logs and on the privacy page.
    const NAME: &'static str;
    /// Who receives, in words.
    const PROCESSOR: &'static str;
}

/// A sensitive datum: known to this file, and printable only as its length.
pub trait Datum: law::Text + fmt::Debug {
    /// The name used in the privacy catalogue.
    const NAME: &'static str;
}

/// A row of the table: what one lane may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// The lane's name.
    pub lane: &'static str,
    /// The processor's name.
    pub processor: &'static str,
    /// The data it may receive.
    pub data: &'static [&'static str],
}

macro_rules! data {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the datum in. There is no way out but [`In`].
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }
            /// Length in Unicode scalar values.
            #[must_use]
            pub fn chars(&self) -> usize {
                self.0.chars().count()
            }
            /// True if there is nothing in it but white space.
            #[must_use]
            pub fn is_blank(&self) -> bool {
                self.0.trim().is_empty()
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({} bytes)"), self.0.len())
            }
        }
        impl law::Text for $name {
            fn text(&self) -> &str {
                &self.0
            }
        }
        impl Datum for $name {
            const NAME: &'static str = stringify!($name);
        }
    )*};
}

data! {
    /// What the creator asks for, in the creator's words.
    Prompt,
    /// An e-mail address, lower-cased.
    Email,
    /// The name a person gave.
    PersonName,
    /// The client's address as the edge saw it (IPv6 by /64).
    IpAddress,
    /// The client's description of itself.
    UserAgent,
    /// A session's token: whoever holds it is the user. Known to the client's cookie alone.
    SessionToken,
    /// What the database holds of a session's token: the token itself, as better-auth does, or its hash.
    SessionKey,
    /// A person's id at Google.
    Subject,
    /// Google's one-time code that a callback brings.
    OAuthCode,
    /// The secret behind a PKCE challenge.
    PkceVerifier,
    /// A token that Google gave: access, refresh or id.
    OAuthToken,
    /// What a verification row holds: a user's id, or JSON that names an address.
    VerificationValue,
    /// A link that was asked for by mail. Whoever holds it may do what it says.
    MailLink,
    /// A message as it is sent: words, a name, a link.
    MailBody,
    /// Where the edge thinks a client is: a country, a city.
    Place,
    /// A salted slow hash of a password.
    PasswordHash,
    /// Address of a profile picture.
    Avatar,
    /// A customer's id at the payment provider.
    StripeCustomer,
    /// The name under which a purchase or a customer of ours is known to Stripe: says nothing of a person.
    StripeReference,
    /// The address a model host calls back: names a generation, never a person.
    CallbackUrl,
    /// A signed, short-lived address of a picture that a model is to work from.
    SourceUrl,
}

macro_rules! lane {
    ($(#[$doc:meta])* $lane:ident = $name:literal, $processor:literal: $($datum:ident),*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub enum $lane {}
        impl law::Sealed for $lane {}
        impl Lane for $lane {
            const NAME: &'static str = $name;
            const PROCESSOR: &'static str = $processor;
        }
        $(impl law::Crosses<$lane> for $datum {})*
    };
}

macro_rules! lanes {
    (
        hosts { $($(#[$host_doc:meta])* $module:ident: $host:ident = $host_name:literal, $host_processor:literal: $($host_datum:ident),*;)* }
        others { $($(#[$doc:meta])* $lane:ident = $name:literal, $processor:literal: $($datum:ident),*;)* }
    ) => {
        $(lane!($(#[$host_doc])* $host = $host_name, $host_processor: $($host_datum),*);)*
        $(lane!($(#[$doc])* $lane = $name, $processor: $($datum),*);)*
        /// The whole table as data, in its order.
        pub const GRANTS: &[Grant] = &[
            $(Grant { lane: $host_name, processor: $host_processor, data: &[$($host_datum::NAME),*] },)*
            $(Grant { lane: $name, processor: $processor, data: &[$($datum::NAME),*] },)*
        ];
        /// Every model host, each in a file of its own.
        pub const HOSTS: &[&dyn Host] = &[$(&crate::vendors::$module::HOST),*];
    };
}

// THE TABLE. Source: promises, section 2.
lanes! {
    hosts {
        /// Replicate, which runs models.
        replicate: Replicate = "replicate", "Replicate": Prompt, SourceUrl, CallbackUrl;
        /// fal, which runs models.
        fal: Fal = "fal", "fal": Prompt, SourceUrl, CallbackUrl;
        /// `OpenAI`, or a server that speaks like it.
        openai: OpenAi = "openai", "OpenAI": Prompt, SourceUrl;
    }
    others {
        /// The database.
        Database = "database", "Turso": Prompt, Email, PersonName, IpAddress, UserAgent, SessionKey, PasswordHash, Avatar, StripeCustomer,
            StripeReference, Subject, OAuthToken, VerificationValue, MailLink, Place;
        /// The reply to the person whose data it is.
        Owner = "owner", "the user": Prompt, Email, PersonName, IpAddress, UserAgent, SessionToken, SessionKey, Avatar, Subject, OAuthToken, Place,
            StripeReference;
        /// The reply to whoever holds a link that the owner made.
        Shared = "shared", "whoever has the link": Prompt;
        /// The sign-in provider.
        Google = "google", "Google": OAuthCode, PkceVerifier;
        /// The mail sender.
        Mail = "mail", "Resend": Email, MailBody;
        /// Media storage: the prompt is written into the file of the picture that it made, with how it came to be ([`Mark`]), and nowhere else.
        Storage = "storage", "Cloudflare R2": Prompt;
        /// The payment provider.
        Stripe = "stripe", "Stripe": StripeCustomer, Email, StripeReference;
    }
}

/// A datum on its way out by lane `L`. That it exists is the proof that it may.
pub struct In<L, T>(T, PhantomData<L>);

impl<L: Lane, T: Datum + law::Crosses<L>> In<L, T> {
    /// Puts the datum on the lane. Compiles only where the table grants it.
    pub fn new(datum: T) -> Self {
        Self(datum, PhantomData)
    }
    /// The text, for the codecs that write other things than JSON (headers, SQL arguments).
    pub(crate) fn text(&self) -> &str {
        self.0.text()
    }
}

impl<L, T: fmt::Debug> fmt::Debug for In<L, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<L: Lane, T: Datum + law::Crosses<L>> Serialize for In<L, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.0.text())
    }
}

/// A value of the operator's configuration: our own address, our own id at a vendor. It says nothing of a person and may go anywhere.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Configured(String);

impl Configured {
    /// Takes a value of the configuration.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// A value that may stand in a body on lane `L`: either granted, or not a datum at all. Plain `String` is not among them, and
/// `tests/tidy.rs` lists who else is.
pub trait FieldOf<L> {}
impl<L: Lane> FieldOf<L> for Configured {}
impl<L: Lane, T: Datum + law::Crosses<L>> FieldOf<L> for In<L, T> {}
impl<L: Lane, T: FieldOf<L>> FieldOf<L> for Option<T> {}
impl<L: Lane, T: FieldOf<L>> FieldOf<L> for Vec<T> {}
impl<L: Lane> FieldOf<L> for i64 {}
impl<L: Lane> FieldOf<L> for bool {}
impl<L: Lane> FieldOf<L> for &'static str {}
impl<L: Lane> FieldOf<L> for &'static [&'static str] {}

/// A request body for lane `L`. Made by [`outbound_body!`](crate::outbound_body), which checks every field.
pub trait BodyOf<L: Lane>: Serialize {}

/// Declares a request body for one lane: a struct whose every field has to be a [`FieldOf`] that lane.
#[macro_export]
macro_rules! outbound_body {
    ($lane:ty => $(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[$fmeta:meta])* $fvis:vis $field:ident: $type:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, ::serde::Serialize)]
        $vis struct $name { $($(#[$fmeta])* $fvis $field: $type),* }
        const _: () = {
            const fn may_stand_in_the_body<T: $crate::lanes::FieldOf<$lane>>() {}
            $(may_stand_in_the_body::<$type>();)*
        };
        impl $crate::lanes::BodyOf<$lane> for $name {}
    };
}

/// A password on its way in. It crosses no lane at all: it can only be hashed.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Password(String);

impl Password {
    /// Takes a password in.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
    /// Length as better-auth counts it: UTF-16 code units, before normalisation (contract, section 3.1).
    #[must_use]
    pub fn utf16_len(&self) -> usize {
        self.0.encode_utf16().count()
    }
    /// The input of the hash: NFKC, by the normaliser of the platform.
    pub(crate) fn hash_input(&self, nfkc: impl Fn(&str) -> String) -> String {
        if self.0.is_ascii() { self.0.clone() } else { nfkc(&self.0) }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(hidden)")
    }
}

impl Email {
    /// The address in the form that accounts have: JavaScript's `toLowerCase` (contract: better-auth, section 3.2).
    #[must_use]
    pub fn lower(&self) -> Self {
        Self(self.0.to_lowercase())
    }
    /// The name of the counter of tries at this address's password: a MAC, which says nothing to others.
    #[must_use]
    pub fn counter(&self, key: &crate::domain::secret::Key) -> String {
        key.sign(&[self.0.as_bytes()])
    }
}

impl SessionToken {
    /// What the database holds of it: better-auth keeps the token itself, so only an operator who gives compatibility up can have it hashed.
    #[must_use]
    pub fn key(&self, hashed: bool) -> SessionKey {
        SessionKey::new(if hashed { crate::domain::secret::sha256_text(&self.0) } else { self.0.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_only_the_length() {
        assert_eq!(format!("{:?}", Prompt::new("a red fox")), "Prompt(9 bytes)");
        assert_eq!(format!("{:?}", In::<Replicate, _>::new(Prompt::new("a red fox"))), "Prompt(9 bytes)");
        assert_eq!(format!("{:?}", Password::new("hunter2hunter2")), "Password(hidden)");
    }

    outbound_body! { Stripe => struct Form { text: &'static str, number: i64, flag: bool, nothing: Option<i64> } }

    #[test]
    fn forms_carry_texts_numbers_and_booleans() {
        let request = Outbound::post_form("/x".to_owned(), &Form { text: "a b&c", number: -1, flag: true, nothing: None });
        let body = String::from_utf8(Call::from(request).body.unwrap()).unwrap();
        let mut fields: Vec<_> = body.split('&').collect();
        fields.sort_unstable();
        assert_eq!(fields, ["flag=true", "number=-1", "text=a+b%26c"]);
    }

    #[test]
    fn the_table_keeps_the_promises() {
        let grant = |lane| GRANTS.iter().find(|g| g.lane == lane).unwrap().data;
        assert_eq!(grant("replicate"), ["Prompt", "SourceUrl", "CallbackUrl"]);
        assert!(!grant("stripe").contains(&"Prompt"));
        assert_eq!(grant("storage"), ["Prompt"]);
    }
}
