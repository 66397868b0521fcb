-- The credit ledger: append-only double entry. One row of ledger_entry is both sides of a movement; balances are moved by its
-- trigger and by nothing else. `issued` and `debt` are at most 0, every other balance at least 0, and a user's sum is 0.
-- Triggers only refuse; which grant pays for what stays visible in the statements of src/store/ledger.rs.
CREATE TABLE ledger_op (                  -- one row per applied command: its id makes the command idempotent
  "id"     TEXT PRIMARY KEY,              -- 'grant:<source>', 'hold:<generation>', 'settle:<generation>', 'void:<generation>'
  "kind"   TEXT NOT NULL CHECK ("kind" IN ('grant','hold','settle','void','refund','claw','expire')),
  "userId" TEXT NOT NULL,
  "ref"    TEXT,                          -- the hold (settle, void, refund) or the grant (claw) that it acts on
  "digest" TEXT NOT NULL,                 -- the command's arguments: same id with other arguments is misuse
  "at"     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE ledger_account (
  "id"      TEXT PRIMARY KEY,             -- 'u:<user>:<kind>' or 'g:<grant>'
  "userId"  TEXT NOT NULL,
  "kind"    TEXT NOT NULL CHECK ("kind" IN ('issued','debt','grant','held','spent','expired','revoked')),
  "balance" INTEGER NOT NULL DEFAULT 0,
  CONSTRAINT ledger_sign CHECK (CASE WHEN "kind" IN ('issued','debt') THEN "balance" <= 0 ELSE "balance" >= 0 END)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_account_user ON ledger_account ("userId", "kind");
CREATE TABLE credit_grant (               -- what was given, why, and until when
  "id"        TEXT PRIMARY KEY,
  "userId"    TEXT NOT NULL,
  "kind"      TEXT NOT NULL CHECK ("kind" IN ('plan','topup','promo','goodwill')),
  "source"    TEXT NOT NULL UNIQUE,       -- the cause in the world ('signup:<user>', an invoice), never an event's id
  "chargeRef" TEXT,                       -- the payment behind it, for a later claw-back
  "amount"    INTEGER NOT NULL CHECK ("amount" > 0),
  "priority"  INTEGER NOT NULL,           -- lower is spent first, then what expires sooner
  "expiresAt" INTEGER NOT NULL,
  "clawed"    INTEGER NOT NULL DEFAULT 0 CHECK ("clawed" BETWEEN 0 AND "amount"),
  "clawSeen"  INTEGER NOT NULL DEFAULT 0, -- when the payment state behind `clawed` was read
  "createdAt" INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX credit_grant_live ON credit_grant ("userId", "priority", "expiresAt", "id");
CREATE INDEX credit_grant_expiry ON credit_grant ("expiresAt");
CREATE INDEX credit_grant_charge ON credit_grant ("chargeRef") WHERE "chargeRef" IS NOT NULL;
CREATE TABLE credit_hold (
  "id"        TEXT PRIMARY KEY,           -- the generation's id
  "userId"    TEXT NOT NULL,
  "amount"    INTEGER NOT NULL CHECK ("amount" > 0),
  "state"     TEXT NOT NULL DEFAULT 'open' CHECK ("state" IN ('open','settled','void')),
  "captured"  INTEGER NOT NULL DEFAULT 0,
  "refunded"  INTEGER NOT NULL DEFAULT 0,
  "expiresAt" INTEGER NOT NULL,
  "createdAt" INTEGER NOT NULL,
  "closedAt"  INTEGER,
  CHECK ("captured" BETWEEN 0 AND "amount"),
  CHECK ("refunded" BETWEEN 0 AND "captured"),
  CHECK (("state" = 'open') = ("closedAt" IS NULL)),
  CHECK ("state" = 'settled' OR "captured" = 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX credit_hold_open ON credit_hold ("expiresAt") WHERE "state" = 'open';
CREATE INDEX credit_hold_user ON credit_hold ("userId");
CREATE TABLE credit_hold_part (           -- which grant each held credit came from
  "holdId"   TEXT NOT NULL REFERENCES credit_hold ("id") DEFERRABLE INITIALLY DEFERRED,
  "seq"      INTEGER NOT NULL,
  "userId"   TEXT NOT NULL,
  "grantId"  TEXT NOT NULL REFERENCES credit_grant ("id"),
  "amount"   INTEGER NOT NULL CHECK ("amount" > 0),
  "captured" INTEGER NOT NULL DEFAULT 0,
  "refunded" INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY ("holdId", "seq"),
  CHECK ("captured" BETWEEN 0 AND "amount"),
  CHECK ("refunded" BETWEEN 0 AND "captured")
) STRICT, WITHOUT ROWID;
CREATE INDEX credit_hold_part_grant ON credit_hold_part ("grantId");
CREATE TABLE ledger_entry (               -- append-only
  "n"      INTEGER PRIMARY KEY,
  "opId"   TEXT NOT NULL REFERENCES ledger_op ("id"),
  "userId" TEXT NOT NULL,
  "src"    TEXT NOT NULL REFERENCES ledger_account ("id"),
  "dst"    TEXT NOT NULL REFERENCES ledger_account ("id"),
  "amount" INTEGER NOT NULL CHECK ("amount" > 0),
  "at"     INTEGER NOT NULL,
  CHECK ("src" <> "dst")
) STRICT;
CREATE INDEX ledger_entry_user ON ledger_entry ("userId", "n");
CREATE INDEX ledger_entry_op ON ledger_entry ("opId");

CREATE TRIGGER ledger_entry_apply AFTER INSERT ON ledger_entry BEGIN
  UPDATE ledger_account SET "balance" = "balance" - NEW."amount" WHERE "id" = NEW."src" AND "userId" = NEW."userId";
  SELECT CASE WHEN changes() <> 1 THEN RAISE(ABORT, 'ledger:bad_src') END;
  UPDATE ledger_account SET "balance" = "balance" + NEW."amount" WHERE "id" = NEW."dst" AND "userId" = NEW."userId";
  SELECT CASE WHEN changes() <> 1 THEN RAISE(ABORT, 'ledger:bad_dst') END;
END;
CREATE TRIGGER ledger_entry_no_update BEFORE UPDATE ON ledger_entry BEGIN SELECT RAISE(ABORT, 'ledger:append_only'); END;
CREATE TRIGGER ledger_entry_no_delete BEFORE DELETE ON ledger_entry BEGIN SELECT RAISE(ABORT, 'ledger:append_only'); END;
CREATE TRIGGER ledger_op_no_update BEFORE UPDATE ON ledger_op BEGIN SELECT RAISE(ABORT, 'ledger:append_only'); END;
CREATE TRIGGER ledger_op_no_delete BEFORE DELETE ON ledger_op BEGIN SELECT RAISE(ABORT, 'ledger:append_only'); END;
CREATE TRIGGER credit_hold_closed BEFORE UPDATE OF "state" ON credit_hold WHEN OLD."state" <> 'open'
  BEGIN SELECT RAISE(ABORT, 'ledger:hold_not_open'); END;
CREATE TRIGGER credit_grant_fixed BEFORE UPDATE OF "amount", "userId", "source", "kind" ON credit_grant
  BEGIN SELECT RAISE(ABORT, 'ledger:append_only'); END;
CREATE TRIGGER credit_hold_funded AFTER INSERT ON credit_hold BEGIN
  SELECT CASE WHEN NEW."state" <> 'open'
      OR (SELECT coalesce(sum("amount"), 0) FROM credit_hold_part WHERE "holdId" = NEW."id" AND "userId" = NEW."userId") <> NEW."amount"
    THEN RAISE(ABORT, 'ledger:insufficient_credits') END;
END;
CREATE TRIGGER ledger_op_ref AFTER INSERT ON ledger_op WHEN NEW."kind" IN ('settle','void','refund','claw') BEGIN
  SELECT CASE
    WHEN NEW."kind" IN ('settle','void','refund') AND NOT EXISTS
      (SELECT 1 FROM credit_hold WHERE "id" = NEW."ref" AND "userId" = NEW."userId") THEN RAISE(ABORT, 'ledger:no_such_hold')
    WHEN NEW."kind" IN ('settle','void') AND NOT EXISTS
      (SELECT 1 FROM credit_hold WHERE "id" = NEW."ref" AND "state" = 'open') THEN RAISE(ABORT, 'ledger:hold_not_open')
    WHEN NEW."kind" = 'refund' AND NOT EXISTS
      (SELECT 1 FROM credit_hold WHERE "id" = NEW."ref" AND "state" = 'settled') THEN RAISE(ABORT, 'ledger:hold_not_settled')
    WHEN NEW."kind" = 'claw' AND NOT EXISTS
      (SELECT 1 FROM credit_grant WHERE "id" = NEW."ref" AND "userId" = NEW."userId") THEN RAISE(ABORT, 'ledger:no_such_grant')
  END;
END;
