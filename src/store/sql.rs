//! A named statement, and whose rows it may touch.

use super::{Step, Value, When};

/// A statement: its text begins with its name, which is unique in the program.
#[derive(Debug)]
pub struct Sql {
    /// The name.
    pub name: &'static str,
    /// The text, with named parameters.
    pub text: &'static str,
    /// Whose rows it may touch.
    pub scope: Scope,
}

/// Whose rows a statement may touch. `tests/laws/owner_scope.rs` parses every text and holds it to this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The user's own, by an owner predicate on every user-owned table.
    Owner,
    /// Rows of no user.
    Plain,
    /// More than one user's, or a user's without a session: with the reason.
    System(&'static str),
}

impl Sql {
    /// A step that runs this statement. Parameters have to be exactly those of the text.
    pub(crate) fn step(&'static self, args: &[(&'static str, Value)]) -> Step {
        Step { sql: self, args: args.to_vec(), when: When::Always }
    }
}

/// The user of the request: the owner of a session that has not ended, or of an API key. NULL without one, and no row is NULL's.
macro_rules! owner {
    () => {
        r#"(SELECT s."userId" FROM session s WHERE s."token" = :session AND s."expiresAt" > :nowText UNION ALL SELECT k."userId" FROM api_key k WHERE k."key" = :session)"#
    };
}

/// The owner of the generation that a signed message or the reconciler speaks of.
macro_rules! owner_of_generation {
    () => {
        r#"(SELECT g."userId" FROM generation g WHERE g."id" = :generation)"#
    };
}

/// Declares the statements of a file, and the list of them.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident ($scope:expr): $($text:expr),+;)*) => {
        $($(#[$doc])*
        pub static $name: $crate::store::Sql =
            $crate::store::Sql { name: stringify!($name), text: concat!("-- ", stringify!($name), "\n", $($text),+), scope: $scope };)*
        /// Every statement of this file.
        pub const ALL: &[&$crate::store::Sql] = &[$(&$name),*];
    };
}

pub(crate) use {owner, owner_of_generation, statements};
