//! What the messages say, in English.

use super::{Frame, Message, Words};

pub(super) const FRAME: Frame = Frame {
    hello: "Hello",
    hello_end: ",",
    copy: "If the button does nothing, copy this address into your browser:",
    colon: ":",
    sent_by: "Sent by {studio} because this address was given there. Nobody reads answers to this message.",
};

const HOUR: &str = "The link works for one hour.";

pub(super) const fn words(message: Message) -> Words {
    match message {
        Message::ResetPassword => Words {
            subject: "Choose a new password",
            why: "Somebody asked for a new password for your account at {studio}.",
            action: "Choose a new password",
            holds: "The link works once, for one hour.",
            unasked: "If that was not you, do nothing: your password stays as it is, and nobody has seen it.",
        },
        Message::VerifyEmail => Words {
            subject: "Confirm your e-mail address",
            why: "One step is left for your account at {studio}: confirm that this address is yours.",
            action: "Confirm this address",
            holds: HOUR,
            unasked: "If you have no account there, do nothing: somebody probably mistyped their own address.",
        },
        Message::ChangeEmailConfirm => Words {
            subject: "Do you want to change your e-mail address?",
            why: "Somebody who is signed in to your account at {studio} asked to give it another e-mail address. If you agree, we write to the \
                  new address next.",
            action: "Agree to the change",
            holds: HOUR,
            unasked: "If that was not you, do not open the link: the address stays as it is. But somebody can use your account: change your \
                      password and sign out everywhere.",
        },
        Message::ChangeEmailVerify => Words {
            subject: "Confirm your new e-mail address",
            why: "An account at {studio} is to have this e-mail address. Confirm that it is yours.",
            action: "Use this address",
            holds: HOUR,
            unasked: "If that was not you, do nothing: without the link this address is not used.",
        },
        Message::MagicLink => Words {
            subject: "Your sign-in link",
            why: "Here is the link that signs you in to {studio}.",
            action: "Sign in",
            holds: "The link works once, for 5\u{a0}minutes. Do not pass it on: whoever opens it is you.",
            unasked: "If you did not ask for it, do nothing: nobody gets in without this message.",
        },
        Message::DeleteAccount => Words {
            subject: "Do you want to delete your account?",
            why: "Somebody who is signed in to your account at {studio} asked to delete it, with everything made in it. This cannot be undone.",
            action: "Delete my account",
            holds: "The link works once, for 24\u{a0}hours, in a browser in which you are signed in.",
            unasked: "If that was not you, do not open the link: the account stays. But somebody can use it: change your password and sign out \
                      everywhere.",
        },
        Message::PaymentFailed => Words {
            subject: "Your payment did not go through",
            why: "The payment for your plan at {studio} was declined. We try again by ourselves; your work and your credits stay as they are.",
            action: "Look after the payment",
            holds: "If no payment succeeds, the plan ends. Nothing is deleted.",
            unasked: "If you have paid meanwhile, there is nothing to do.",
        },
        Message::SpendingAlert => Words {
            subject: "You have spent 80\u{a0}% of today's limit",
            why: "Your account at {studio} has spent four fifths of the limit that you set for a day. At the limit nothing more is ordered until midnight\u{a0}UTC.",
            action: "See what was spent",
            holds: "You can change the limit there.",
            unasked: "If that was not you, change your password and end the API keys that you do not know.",
        },
    }
}
