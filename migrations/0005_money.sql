-- Money: what Stripe knows of a user, what was bought, and limits to what may be spent. Amounts of money are in the currency's minor unit, times integer
-- milliseconds. Nothing here is believed because a message says so: a row holds what was read back from Stripe at "seenAt", and an older reading
-- never replaces a newer one. Every reading is repeated some minutes later ("checkAt"), since clocks differ and answers overtake each other.
ALTER TABLE credit_hold ADD COLUMN "keyId" TEXT;                                     -- the API key that ordered; NULL: a session did
ALTER TABLE person ADD COLUMN "dayLimit" INTEGER CHECK ("dayLimit" > 0);             -- credits that may be spent in a day (UTC)
CREATE INDEX credit_hold_day ON credit_hold ("userId", "createdAt");
CREATE INDEX ledger_op_user ON ledger_op ("userId", "at", "id");

CREATE TABLE api_key (                    -- lets a program order in the user's name
  "id"        TEXT PRIMARY KEY,
  "userId"    TEXT NOT NULL,
  "name"      TEXT NOT NULL,
  "key"       TEXT NOT NULL UNIQUE,       -- 'key:' and the hash of the secret
  "hint"      TEXT NOT NULL,              -- the secret's last characters
  "dayLimit"  INTEGER CHECK ("dayLimit" > 0),
  "createdAt" INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX api_key_user ON api_key ("userId");

CREATE TABLE stripe_customer (
  "customerId" TEXT PRIMARY KEY,
  "userId"     TEXT NOT NULL,
  "language"   TEXT NOT NULL,             -- in which mail about money is written
  "createdAt"  INTEGER NOT NULL,
  "removeAt"   INTEGER,                   -- the account is gone: cron deletes the customer at Stripe
  "deletedAt"  INTEGER                    -- gone at Stripe; late messages still name it
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX stripe_customer_living ON stripe_customer ("userId") WHERE "deletedAt" IS NULL;
CREATE INDEX stripe_customer_removal ON stripe_customer ("removeAt") WHERE "removeAt" IS NOT NULL AND "deletedAt" IS NULL;

CREATE TABLE checkout (                   -- a purchase that was begun here
  "id"        TEXT PRIMARY KEY,           -- chosen by us; Stripe knows the session by it
  "userId"    TEXT NOT NULL,
  "kind"      TEXT NOT NULL CHECK ("kind" IN ('plan','topup')),
  "item"      TEXT NOT NULL,              -- the plan or the pack
  "credits"   INTEGER NOT NULL,           -- what was promised
  "state"     TEXT NOT NULL DEFAULT 'open' CHECK ("state" IN ('open','pending','paid','failed','expired')),
  "sessionId" TEXT UNIQUE,
  "url"       TEXT,
  "invoiceId" TEXT,
  "createdAt" INTEGER NOT NULL,
  "expiresAt" INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX checkout_user ON checkout ("userId", "id");
CREATE TRIGGER checkout_ended BEFORE UPDATE OF "state" ON checkout WHEN OLD."state" = 'paid' AND NEW."state" <> 'paid'
  BEGIN SELECT RAISE(IGNORE); END;

CREATE TABLE subscription (               -- as last read from Stripe
  "id"          TEXT PRIMARY KEY,
  "userId"      TEXT NOT NULL,
  "customerId"  TEXT NOT NULL,
  "status"      TEXT NOT NULL,
  "plan"        TEXT,                     -- by the price's metadata; NULL: a price that is not of this studio
  "price"       TEXT,
  "periodStart" INTEGER,
  "periodEnd"   INTEGER,
  "cancelAt"    INTEGER,
  "endedAt"     INTEGER,
  "seenAt"      INTEGER NOT NULL,
  "checkAt"     INTEGER                   -- when cron reads it again
) STRICT, WITHOUT ROWID;
CREATE INDEX subscription_user ON subscription ("userId");
CREATE INDEX subscription_customer ON subscription ("customerId");
CREATE INDEX subscription_check ON subscription ("checkAt") WHERE "checkAt" IS NOT NULL;

CREATE TABLE invoice (                    -- as last read from Stripe; kept as long as tax law says
  "id"             TEXT PRIMARY KEY,
  "userId"         TEXT NOT NULL,
  "customerId"     TEXT NOT NULL,
  "subscriptionId" TEXT,
  "number"         TEXT,
  "status"         TEXT NOT NULL,
  "reason"         TEXT NOT NULL,         -- Stripe's billing_reason
  "currency"       TEXT NOT NULL,
  "total"          INTEGER NOT NULL,
  "amountDue"      INTEGER NOT NULL,
  "amountPaid"     INTEGER NOT NULL,
  "hostedUrl"      TEXT,
  "pdfUrl"         TEXT,
  "createdAt"      INTEGER NOT NULL,
  "paidAt"         INTEGER,
  "nextAttemptAt"  INTEGER,
  "seenAt"         INTEGER NOT NULL,
  "checkAt"        INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX invoice_user ON invoice ("userId", "createdAt");
CREATE INDEX invoice_age ON invoice ("createdAt");
CREATE INDEX invoice_check ON invoice ("checkAt") WHERE "checkAt" IS NOT NULL;

CREATE TABLE payment (                    -- how much of a payment went back, by refund or dispute; grants name it as their chargeRef
  "id"       TEXT PRIMARY KEY,            -- the payment intent
  "charged"  INTEGER NOT NULL CHECK ("charged" > 0),
  "reversed" INTEGER NOT NULL CHECK ("reversed" BETWEEN 0 AND "charged"),
  "chargeId" TEXT NOT NULL,
  "seenAt"   INTEGER NOT NULL,
  "checkAt"  INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_check ON payment ("checkAt") WHERE "checkAt" IS NOT NULL;

CREATE TABLE stripe_event (               -- the inbox: one row per event that was taken in
  "id"         TEXT PRIMARY KEY,
  "type"       TEXT NOT NULL,
  "objectId"   TEXT NOT NULL,
  "customerId" TEXT,
  "created"    INTEGER NOT NULL,          -- the event's own time, whole seconds
  "livemode"   INTEGER NOT NULL,
  "source"     TEXT NOT NULL CHECK ("source" IN ('webhook','comparison')),
  "outcome"    TEXT NOT NULL CHECK ("outcome" IN ('applied','ignored','parked')),
  "receivedAt" INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX stripe_event_parked ON stripe_event ("customerId") WHERE "outcome" = 'parked';
CREATE INDEX stripe_event_age ON stripe_event ("receivedAt");

CREATE TABLE mark (                       -- up to when something has been looked through
  "name" TEXT PRIMARY KEY,
  "at"   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE model_day (                  -- what a model earned and cost in a day (UTC): sums, of nobody
  "model"       TEXT NOT NULL,
  "day"         INTEGER NOT NULL,         -- days since 1970-01-01
  "generations" INTEGER NOT NULL,
  "outputs"     INTEGER NOT NULL,
  "credits"     INTEGER NOT NULL,
  "cost"        INTEGER NOT NULL,         -- what the host takes, in millionths of a US dollar
  PRIMARY KEY ("model", "day")
) STRICT, WITHOUT ROWID;

-- Limits are kept where they cannot be raced past: the hold that would break one is not written. What a hold came to is what counts: all of
-- it while it is open, what was captured and not refunded once it is closed.
CREATE TRIGGER credit_hold_limits AFTER INSERT ON credit_hold BEGIN
  SELECT CASE WHEN (SELECT sum(CASE h."state" WHEN 'open' THEN h."amount" ELSE h."captured" - h."refunded" END) FROM credit_hold h
      WHERE h."userId" = NEW."userId" AND h."createdAt" >= NEW."createdAt" - NEW."createdAt" % 86400000)
      > (SELECT p."dayLimit" FROM person p WHERE p."userId" = NEW."userId")
    THEN RAISE(ABORT, 'ledger:day_limit') END;
  SELECT CASE WHEN NEW."keyId" IS NOT NULL AND (SELECT sum(CASE h."state" WHEN 'open' THEN h."amount" ELSE h."captured" - h."refunded" END)
      FROM credit_hold h WHERE h."userId" = NEW."userId" AND h."keyId" = NEW."keyId" AND h."createdAt" >= NEW."createdAt" - NEW."createdAt" % 86400000)
      > (SELECT k."dayLimit" FROM api_key k WHERE k."id" = NEW."keyId" AND k."userId" = NEW."userId")
    THEN RAISE(ABORT, 'ledger:key_limit') END;
END;

-- What belongs to a user goes with it. The ledger, invoices and the customer's number stay: they name nobody.
CREATE TRIGGER user_gone_money BEFORE DELETE ON "user" BEGIN
  DELETE FROM api_key WHERE "userId" = OLD."id";
  DELETE FROM checkout WHERE "userId" = OLD."id";
  UPDATE stripe_customer SET "removeAt" = CAST(unixepoch('subsec') * 1000 AS INTEGER) WHERE "userId" = OLD."id" AND "deletedAt" IS NULL AND "removeAt" IS NULL;
END;
