import type { ArrivalError, NewcomerBy, NoticeCode } from "../src/arrivals";

const s = (count: number) => (count === 1 ? "" : "s");

/** The ways into the studio. */
export const auth = {
  google: "Continue with Google",
  magicLink: "E-mail me a link instead",
  or: "or",
  age: (years: number) => `I am at least ${years} years old`,
  ageMissing: (years: number) => `Please confirm that you are at least ${years}. The studio is not for younger people.`,
  remember: "Keep me signed in",
  forgot: "Forgotten password?",
  newPassword: "New password",
  newPasswordMissing: "Choose a password.",
  againNote: "Sign in again to go on: what you asked for needs to be sure that it is you.",
  back: "Back to signing in",
  toStudio: "Back to the studio",
  forgotTitle: "Forgotten password",
  forgotLead: "Tell us your address. We send you a link to choose a new password.",
  forgotSubmit: "Send the link",
  expiredTitle: "This link has expired",
  expiredLead: "A link for a new password works once, and for one hour. Tell us your address, and we send you another one.",
  resetTitle: "Choose a new password",
  resetLead: "From then on you sign in with it.",
  resetSubmit: "Set the password",
  inboxTitle: "Look in your inbox",
  inbox: {
    verify: (email: string) => `We have written to ${email}. Open the link in that e-mail to confirm your address, then sign in.`,
    reset: (email: string) => `If there is an account for ${email}, a link to choose a new password is on its way. It is good for one hour.`,
    link: (email: string) => `A link to sign in is on its way to ${email}. It works once, within five minutes.`,
    join: (email: string) => `A link that opens your studio is on its way to ${email}. It works once, within five minutes.`,
  },
  inboxSpam: "Nothing there? It can take a minute, or be in the spam folder.",
  sendAgain: "Send it again",
  sentAgain: "Sent again.",
  retryIn: (seconds: number) => `Too many attempts. Try again in ${seconds} second${s(seconds)}.`,
  retryAt: (clock: string | number) => `Too many attempts. Try again at\u00a0${clock}.`,
};

/** The request to confirm the address. */
export const verify = {
  title: "Confirm your address",
  why: (email: string) => `Confirm that ${email} is yours, so that you can get back in if you forget your password.`,
  send: "Send the e-mail",
  sent: (email: string) => `We have written to ${email}. Open the link in that e-mail.`,
  again: "Send it again",
};

/** The question for the age, to accounts that were made elsewhere. */
export const age = {
  title: (years: number) => `Are you at least ${years}?`,
  why: (years: number) => `The studio is for people of ${years} and over. We ask once, and keep only that you said so.`,
  yes: (years: number) => `I am at least ${years}`,
  no: "I am not",
  refusedTitle: "Then not yet",
  refused: (years: number) =>
    `The studio is not open to people under ${years}. You can sign out and come back when you are old enough, or delete this account now.`,
  back: "That was a mistake",
};

const notices: Record<NoticeCode, string> = {
  "email-verified": "Your address is confirmed. Thank you.",
  "email-changed": "Confirmed. If your new address is not shown here yet, there is one more step: open the e-mail that we have just sent to it.",
  linked: "Your Google account is linked: you can sign in with it.",
  "account-deleted": "Your account is deleted. Goodbye, and thank you for the pictures.",
  "password-set": "Your new password is set: you can sign in with it.",
};

const errors: Record<ArrivalError, string> = {
  cancelled: "Google did not sign you in, because the request was cancelled.",
  state: "That sign-in took too long, or was begun in another window. Please try again.",
  notLinked: "There is an account with this address already. Sign in as you usually do, then link Google on your account page.",
  unableToLink: "Google could not be linked: it has not confirmed your address there, or your session here has ended.",
  otherEmail: "That Google account has another address than this account. Choose the one with the same address.",
  linkedElsewhere: "That Google account belongs to another account of this studio.",
  noEmail: "Google gave us no address for you, so there is nothing to make an account with.",
  unverified: "Google has not confirmed that address. Confirm it there first, or sign in another way.",
  provider: "Google could not tell us who you are. Please try again in a moment.",
  badLink: "This link no longer works: it was used before, or is incomplete. Ask for another one.",
  oldLink: "This link has expired. Ask for another one.",
  otherUser: "This link belongs to another account. Sign out, then open it again.",
  noUser: "The account of this link no longer exists.",
  unknown: "That did not work. Please try again.",
};

const newcomers: Record<NewcomerBy, string> = {
  google: "There is no account for that Google address yet. To create it, confirm your age below and choose Google again.",
  link: "There is no account for that address yet. To create it, enter it below, confirm your age and ask for the link again.",
};

/** What the address of the page brings. */
export const arrivals = { notices, errors, newcomers };

/** The account page. */
export const account = {
  title: "Your account",
  skip: "Skip to your account",
  back: "Back to the studio",
  loading: "Loading",
  failed: "This could not be loaded.",
  retry: "Try again",
  again: "Sign in again",
  done: {
    saved: "Saved.",
    pictureRemoved: "The picture is removed.",
    passwordChanged: "Your password is changed.",
    sessionEnded: "Signed out there.",
    sessionsEnded: "Signed out everywhere else.",
    methodRemoved: "Removed.",
  },
  profile: {
    title: "Profile",
    save: "Save",
    picture: "Your picture came with your Google account.",
    removePicture: "Remove the picture",
    noPicture: "Your initials stand for you.",
    since: (date: string) => `Your account dates from ${date}.`,
  },
  email: {
    title: "E-mail",
    confirmed: "Confirmed",
    unconfirmed: "Not confirmed",
    label: "New address",
    missing: "Enter the new address.",
    hint: "We write to the new address. It takes effect once you open the link in that e-mail.",
    hintConfirmed: "We first write to your current address, then to the new one. It takes effect once you have opened both links.",
    save: "Change the address",
    asked: (to: string) => `We have written to ${to}. Open the link in that e-mail to change the address.`,
    askedConfirmed: (from: string, to: string) =>
      `We have written to ${from}. Open the link in that e-mail; then another one goes to ${to}, to be opened as well.`,
    noMail: "This studio sends no e-mail, so the address cannot be changed here.",
  },
  password: {
    title: "Password",
    none: "You have no password yet: you sign in another way. With one you can sign in by your address too.",
    current: "Current password",
    endOthers: "Sign out everywhere else",
    save: "Change the password",
    send: "E-mail me a link to set one",
    sent: (email: string) => `We have written to ${email}. The link in that e-mail is good for one hour.`,
    noMail: "This studio sends no e-mail, so a password cannot be set here.",
  },
  methods: {
    title: "Ways to sign in",
    lead: "Each of these opens your account.",
    password: "E-mail and password",
    since: (date: string) => `Since ${date}`,
    remove: "Remove",
    removeLabel: (name: string) => `Remove: ${name}`,
    sure: (name: string) => `No longer sign in this way (${name})?`,
    keep: "Keep",
    last: "This is your only way in, so it cannot be removed. Add another one first.",
    linkGoogle: "Link a Google account",
  },
  sessions: {
    title: "Where you are signed in",
    lead: "If you do not know one of these, end it and change your password.",
    current: "This one",
    now: "Active now",
    lately: "Active in the last 24 hours",
    active: (ago: string) => `Active ${ago}`,
    since: (date: string) => `Signed in on ${date}`,
    end: "Sign out",
    endLabel: (what: string) => `Sign out: ${what}`,
    endOthers: "Sign out everywhere else",
    device: (browser: string, system: string) => `${browser} on ${system}`,
    browser: "A browser",
    unknown: "Unknown device",
  },
  remove: {
    title: "Delete the account",
    lead: "You can leave at any time, by yourself.",
    open: "Delete the account…",
    goes: [
      "All your pictures and prompts, also those still being made.",
      "Your credits. What is left of them is lost.",
      "Your name, your address, and every way to sign in.",
      "All your sessions, here and elsewhere.",
    ],
    forGood: "It cannot be undone. Download the pictures that you want to keep first.",
    password: "Your password",
    sure: "I understand that all of this goes for good",
    sureMissing: "Tick this to go on.",
    now: "Delete for good",
    mail: "E-mail me the last step",
    mailed: (email: string) => `We have written to ${email}. Your account is deleted once you open the link in that e-mail, in this browser.`,
    cancel: "Keep the account",
  },
};
