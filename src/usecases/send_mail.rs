//! Sends the mail of the outbox: right after the reply, and by cron until it is known to be sent.

use crate::{
    bugs::{Bug, planted},
    error::Error,
    platform::{Later, Platform},
    store::{
        Batch,
        mail::{self, Mail},
        submit,
    },
    vendors::mail::{self as vendor, Verdict},
};

/// Does what was put off until after the reply. Whether it comes to a good end is found out by cron.
pub async fn after_reply(p: &impl Platform, deed: Later) {
    match deed {
        Later::Mail(mail) => {
            send(p, &mail).await;
        }
        Later::Avatar { url, key } => {
            if let Err(error) = p.keep(&url, &key, None).await {
                p.log("avatar.lost", &[("error", &error.to_string())]);
            }
        }
    }
}

/// One run of cron: sends what is due, and forgets what was sent.
pub async fn run(p: &impl Platform) -> Result<(), Error> {
    let outcome = submit(p, &mail::claim(p.now())).await?;
    let due = mail::read(outcome.rows(0)?)?;
    let mut done = Vec::new();
    for mail in due {
        match send(p, &mail).await {
            Verdict::Accepted => done.push(mail.new.id),
            Verdict::Refused => {
                p.log("mail.refused", &[("mail", &mail.new.id)]);
                done.push(mail.new.id);
            }
            Verdict::Later => p.log("mail.later", &[("mail", &mail.new.id)]),
        }
    }
    submit(p, &Batch::read(vec![mail::forget(&done, p.now())])).await?.rows(0)?;
    Ok(())
}

/// Sends one mail. Its id is the vendor's idempotency key, so it does no harm to send it again.
async fn send(p: &impl Platform, mail: &Mail) -> Verdict {
    let settings = p.settings();
    let Some(from) = &settings.mail_from else { return Verdict::Later };
    let studio = settings.public_origin.split_once("://").map_or(settings.public_origin.as_str(), |(_, host)| host);
    let message = vendor::render(mail.new.message, mail.new.language, &mail.new.link, mail.name.as_ref(), studio);
    let key = if planted(Bug::MailKeyIsNew) { format!("{}-{}", mail.new.id, p.now().ms()) } else { mail.new.id.clone() };
    match p.send(vendor::send(from, &mail.to, message, &key)).await {
        Ok(answer) => vendor::judge(answer.status, &answer.body),
        Err(_) => Verdict::Later,
    }
}
