//! `atelier-sandbox`: the local vendors over HTTP. Prints one JSON line when it is ready; ends on SIGTERM and Ctrl-C.

use std::{io, process::ExitCode};

use atelier_sandbox::{
    replicate::Pictures,
    server::{Options, serve, wall_ms},
};
use serde_json::json;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

const USAGE: &str = "\
atelier-sandbox: the foreign parties of Atelier, on this machine

  --listen ADDRESS:PORT            where to listen (127.0.0.1:8788; port 0 takes a free one)
  --public-url URL                 how others reach it (http://ADDRESS:PORT)
  --replicate-token TOKEN          the token of the model host (r8_sandbox)
  --replicate-webhook-secret TEXT  its webhook secret (whsec_c2FuZGJveC1zYW5kYm94LXNhbmRib3g=)
  --fal-key ID:SECRET              the key of fal.ai (fal-sandbox:fal-sandbox-secret)
  --fal-user ID                    the user that its webhooks are for (github|sandbox)
  --openai-key KEY                 the key of OpenAI's images (sk-sandbox)
  --google-client-id ID            Google's one client (atelier-dev.apps.googleusercontent.com)
  --google-client-secret TEXT      its secret (GOCSPX-sandbox)
  --google-redirect-uri URL,…      where Google may send people back to; can be repeated
                                   (http://127.0.0.1:8787/api/auth/callback/google)
  --stripe-secret-key KEY,…        Stripe's keys (sk_test_sandbox); sk_live_… makes everything live
  --stripe-webhook-secret TEXT,…   secrets of its webhook endpoint, each signs (whsec_sandbox)
  --stripe-webhook-url URL         where its events go (nowhere)
  --seed NUMBER                    ids and pictures by default (the time)
  --speed NUMBER                   how many times as fast as the vendor (1)
  --pictures full|small            a megapixel, or 64 pixels (full)
";

struct Arguments {
    listen: String,
    public_url: Option<String>,
    options: Options,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match arguments(std::env::args().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(fault) => {
            eprintln!("{fault} Try --help.");
            return ExitCode::from(2);
        }
    };
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), String> {
    let listener = TcpListener::bind(&arguments.listen).await.map_err(|error| cannot_listen(&arguments.listen, &error))?;
    let address = listener.local_addr().map_err(|error| format!("The sandbox has no address: {error}."))?;
    let url = arguments.public_url.unwrap_or_else(|| format!("http://{address}"));
    let options = Options { public_url: url.trim_end_matches('/').to_owned(), ..arguments.options };
    let mut terminated = signal(SignalKind::terminate()).map_err(|error| format!("SIGTERM cannot be heard: {error}."))?;
    println!("{}", json!({"url": options.public_url, "listen": address.to_string()}));
    tokio::select! {
        served = serve(listener, options) => served.map_err(|error| format!("The sandbox stopped listening: {error}.")),
        _ = terminated.recv() => Ok(()),
        _ = tokio::signal::ctrl_c() => Ok(()),
    }
}

fn cannot_listen(address: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => format!("{address} is taken: stop what listens there, or choose another port with --listen."),
        _ => format!("The sandbox cannot listen on {address}: {error}."),
    }
}

fn arguments(mut given: impl Iterator<Item = String>) -> Result<Option<Arguments>, String> {
    let mut arguments = Arguments {
        listen: "127.0.0.1:8788".into(),
        public_url: None,
        options: Options {
            public_url: String::new(),
            replicate_token: "r8_sandbox".into(),
            replicate_webhook_secret: "whsec_c2FuZGJveC1zYW5kYm94LXNhbmRib3g=".into(),
            fal_key: "fal-sandbox:fal-sandbox-secret".into(),
            fal_user: "github|sandbox".into(),
            openai_key: "sk-sandbox".into(),
            google_client_id: "atelier-dev.apps.googleusercontent.com".into(),
            google_client_secret: "GOCSPX-sandbox".into(),
            google_redirect_uris: Vec::new(),
            stripe_secret_keys: vec!["sk_test_sandbox".into()],
            stripe_webhook_secrets: vec!["whsec_sandbox".into()],
            stripe_webhook_url: None,
            // Not a constant: a studio that outlives the sandbox must not see ids come back.
            seed: wall_ms().unsigned_abs(),
            speed: 1,
            pictures: Pictures::Full,
        },
    };
    while let Some(name) = given.next() {
        if name == "--help" || name == "-h" {
            return Ok(None);
        }
        let value = given.next().ok_or_else(|| format!("{name} needs a value, or is not an option."))?;
        let options = &mut arguments.options;
        match name.as_str() {
            "--listen" => arguments.listen = value,
            "--public-url" => arguments.public_url = Some(value),
            "--replicate-token" => options.replicate_token = value,
            "--replicate-webhook-secret" => options.replicate_webhook_secret = value,
            "--fal-key" => options.fal_key = value,
            "--fal-user" => options.fal_user = value,
            "--openai-key" => options.openai_key = value,
            "--google-client-id" => options.google_client_id = value,
            "--google-client-secret" => options.google_client_secret = value,
            "--google-redirect-uri" => options.google_redirect_uris.extend(list(&value)),
            "--stripe-secret-key" => options.stripe_secret_keys = list(&value),
            "--stripe-webhook-secret" => options.stripe_webhook_secrets = list(&value),
            "--stripe-webhook-url" => options.stripe_webhook_url = Some(value).filter(|url| !url.is_empty()),
            "--seed" => options.seed = number(&name, &value)?,
            "--speed" => options.speed = number(&name, &value)?,
            "--pictures" if value == "full" => options.pictures = Pictures::Full,
            "--pictures" if value == "small" => options.pictures = Pictures::Small,
            "--pictures" => return Err("--pictures takes full or small.".into()),
            _ => return Err(format!("{name} is not an option.")),
        }
    }
    if arguments.options.google_redirect_uris.is_empty() {
        arguments.options.google_redirect_uris.push("http://127.0.0.1:8787/api/auth/callback/google".into());
    }
    Ok(Some(arguments))
}

fn list(value: &str) -> Vec<String> {
    value.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}

fn number<N: std::str::FromStr>(name: &str, value: &str) -> Result<N, String> {
    value.parse().map_err(|_| format!("{name} takes a whole number, not {value}."))
}
