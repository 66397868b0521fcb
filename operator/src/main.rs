//! `atelier-operator`: see `--help`.

mod commands;

use std::process::ExitCode;

const HELP: &str = "\
The operator's tool of Atelier.

  atelier-operator migrate [--dir FOLDER] [--status]
      brings a database to the schema of this checkout
      --dir FOLDER    the migrations, NNNN_name.sql                     (else ./migrations)
      --status        only show which are applied and which are not

  atelier-operator ledger audit [--rebuild]
      asks every invariant of the ledger; exit code 1 if one is broken, 2 if it could not be asked
      --rebuild       first set every balance to what its entries add up to

  atelier-operator margin [--days N] [--json]
      what models earned and cost in the last N days (30), by model and by day

  atelier-operator models check [--api URL]
      compares the catalogue with what model hosts publish; exit code 1 if an entry differs
      --api URL       Replicate's API                                 (else REPLICATE_API_URL, else https://api.replicate.com/v1)
      the key is in REPLICATE_API_TOKEN

  atelier-operator credits grant --user ID | --email ADDRESS --credits N --kind goodwill | promo --key KEY [--days N]
      gives credits, once for each key; they end after N days (365)
  atelier-operator credits refund --generation ID --credits N --key KEY
      gives back credits that were charged for a generation, once for each key

  atelier-operator stripe setup [--dry-run] [--live]
      makes what is sold known to Stripe: products, prices, the portal, the webhook endpoint; repeating it changes nothing
      --dry-run       only show what would be done
      --live          this is meant for a live key; without it such a key is refused

  atelier-operator stripe replay [--event ID]… [--since 3d] [--undelivered]
      fetches events from Stripe, signs them and posts them to the studio; exit code 1 if it did not take one
      --event ID      this one
      --since AGE     those of the last days, hours or minutes: 3d, 12h, 30m
      --undelivered   those that Stripe could not deliver

The database (migrate, ledger, margin, credits):
  --url URL       libsql://…, https://… or http://…                 (else TURSO_DATABASE_URL)
  --token TOKEN   its token, unless it is open                      (else TURSO_AUTH_TOKEN)
Stripe:
  --studio URL    the studio's public origin                        (else BETTER_AUTH_URL)
  --api URL       Stripe's API                                      (else STRIPE_API_URL, else https://api.stripe.com/v1)
  the key is in STRIPE_SECRET_KEY, the webhook secret in STRIPE_WEBHOOK_SECRET; a key has no flag, since others could read it there
What is sold (setup, margin):
  --plans FILE    like plans.json                                   (else PLANS, else the checkout's plans.json)
";

fn main() -> ExitCode {
    let done = commands::run(std::env::args_os().skip(1).collect());
    match done {
        Ok(Some(code)) => code,
        Ok(None) => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("atelier-operator: {}.", failure.error);
            ExitCode::from(failure.code)
        }
    }
}
