//! Planted bugs: each is a mistake that studios of this kind really make. With the feature `planted-bugs` a test can plant one, and
//! the simulation has to find it; without the feature nothing of this is in the program.

/// A mistake that can be planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// A create request without an answer is sent again: a second, billed run.
    CreateIsRetried,
    /// The prompt goes out before the row that names it is durable.
    HostBeforeRow,
    /// A create request without an answer counts as refused: the user gets the credits back, the run goes on.
    UnknownMeansRefused,
    /// The steps of a write run whether or not the one before succeeded.
    NoChain,
    /// Deleting forgets the media.
    MediaOutliveRow,
    /// A file that could not be copied now counts as lost.
    LaterMeansLost,
    /// The reconciler looks only after generations whose host id is known.
    ReconcilerIsBlind,
    /// A failed generation keeps its hold.
    FailureKeepsHold,
    /// The idempotency key is looked at but never written.
    KeyIsForgotten,
    /// The webhook is acknowledged although the database did not take it, and cron asks nobody.
    AcknowledgedUnwritten,
    /// A message is taken for a host's because it came to the address that the host was told.
    AnybodyIsTheHost,
    /// A link is its signature alone: what was taken back still opens.
    LinkIsForEver,
    /// Whoever reads a message of the queue sends the generation, whether or not somebody else has.
    TurnIsNotTaken,
    /// Nobody looks after those that wait for their turn.
    WaitsForEver,
    /// Stopping gives the credits back and leaves the run at the host.
    StopsOnlyHere,
    /// A magic link is read first and deleted afterwards: of many who open it at once, all come in.
    LinkReadThenDeleted,
    /// A magic link is sent after the reply and written down nowhere.
    MailWithoutOutbox,
    /// Every try to send a mail has a new idempotency key.
    MailKeyIsNew,
    /// Google's word is taken for the address of an account that nobody proved, and the two are linked.
    GoogleLinksUnproved,
    /// Whoever comes from Google is not made welcome.
    NoWelcomeFromGoogle,
    /// The way back from Google is taken in whatever browser it is opened.
    StateOfAnyBrowser,
    /// A link that deletes an account deletes whoever opens it.
    DeletesWhoeverOpens,
    /// A new password leaves the sessions of the old one.
    SessionsSurviveReset,
    /// The token of a reset is spent after the password was set.
    ResetSpendsLater,
    /// A magic link leaves the password of whoever made the account with somebody else's address.
    PlantedPasswordStays,
    /// Tries at a password count after it was looked at: of many at once, all are.
    TriesCountedAfter,
    /// Wrong passwords for unknown addresses are not counted.
    UnknownAreNotCounted,
    /// The session is opened for a password that may have been replaced while it was looked at.
    PasswordLookedAtOnce,
    /// Credits that come back are spent before what is owed is repaid.
    DebtIsForgiven,
    /// A refund that is heard of before the credits were granted takes nothing back.
    RefundBeforeGrantIsLost,
    /// A payment that is taken back leaves its credits.
    RefundKeepsCredits,
    /// What a dispute took is not given back when it is won.
    DisputeIsFinal,
    /// Whatever reading of a subscription arrives last overwrites the others.
    LastWordCounts,
    /// An event that came before its customer was known is never looked at again.
    ParkedForEver,
    /// Credits are granted once for each event, not once for each payment.
    GrantByEvent,
    /// A checkout that is complete counts as paid.
    UnpaidIsPaid,
    /// An event is noted first and applied afterwards: a retry finds it noted.
    NotedBeforeApplied,
    /// Every paid change of plan brings the whole allowance.
    LoopRefills,
    /// Cron never asks Stripe which messages were lost.
    NothingIsCompared,
    /// Every try at a purchase makes another customer at Stripe.
    CustomerEachTime,
    /// Credits can be spent after their end.
    EndedIsSpent,
    /// Deleting an account leaves the customer, and the subscription, at Stripe.
    CustomerOutlivesAccount,
    /// Messages of Stripe's test mode count as money.
    OtherModeCounts,
    /// A quote does not bind the price.
    QuoteIsForgotten,
    /// A reading that another one outran is never repeated: where clocks differ, the newer of the two may have lost.
    DoubtIsForgotten,
    /// Whoever opens two tabs is led to two pages that sell a plan, and has two subscriptions.
    TwoPlansAtOnce,
    /// Shares of a plan are rounded towards nothing, also those that are given back: changing back and forth gains credits.
    RoundingGains,
    /// Cron notes how far it has looked although there was more than it could make good for.
    MarkRunsAhead,
}

/// Those that the histories of generations find.
pub const OF_GENERATIONS: [Bug; 15] = [
    Bug::CreateIsRetried,
    Bug::HostBeforeRow,
    Bug::UnknownMeansRefused,
    Bug::NoChain,
    Bug::MediaOutliveRow,
    Bug::LaterMeansLost,
    Bug::ReconcilerIsBlind,
    Bug::FailureKeepsHold,
    Bug::KeyIsForgotten,
    Bug::AcknowledgedUnwritten,
    Bug::AnybodyIsTheHost,
    Bug::LinkIsForEver,
    Bug::TurnIsNotTaken,
    Bug::WaitsForEver,
    Bug::StopsOnlyHere,
];
/// Those that the histories of accounts find.
pub const OF_ACCOUNTS: [Bug; 13] = [
    Bug::LinkReadThenDeleted,
    Bug::MailWithoutOutbox,
    Bug::MailKeyIsNew,
    Bug::GoogleLinksUnproved,
    Bug::NoWelcomeFromGoogle,
    Bug::StateOfAnyBrowser,
    Bug::DeletesWhoeverOpens,
    Bug::SessionsSurviveReset,
    Bug::ResetSpendsLater,
    Bug::PlantedPasswordStays,
    Bug::TriesCountedAfter,
    Bug::UnknownAreNotCounted,
    Bug::PasswordLookedAtOnce,
];

/// Those that the histories of money find.
pub const OF_MONEY: [Bug; 20] = [
    Bug::DebtIsForgiven,
    Bug::RefundBeforeGrantIsLost,
    Bug::RefundKeepsCredits,
    Bug::DisputeIsFinal,
    Bug::LastWordCounts,
    Bug::ParkedForEver,
    Bug::GrantByEvent,
    Bug::UnpaidIsPaid,
    Bug::NotedBeforeApplied,
    Bug::LoopRefills,
    Bug::NothingIsCompared,
    Bug::CustomerEachTime,
    Bug::EndedIsSpent,
    Bug::CustomerOutlivesAccount,
    Bug::OtherModeCounts,
    Bug::QuoteIsForgotten,
    Bug::DoubtIsForgotten,
    Bug::TwoPlansAtOnce,
    Bug::RoundingGains,
    Bug::MarkRunsAhead,
];

#[cfg(feature = "planted-bugs")]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

/// Plants a bug in this thread, or takes the planted one out.
#[cfg(feature = "planted-bugs")]
pub fn plant(bug: Option<Bug>) {
    PLANTED.set(bug);
}

/// True if this bug is planted.
#[cfg(feature = "planted-bugs")]
pub(crate) fn planted(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}

/// True if this bug is planted: never.
#[cfg(not(feature = "planted-bugs"))]
pub(crate) const fn planted(_: Bug) -> bool {
    false
}
