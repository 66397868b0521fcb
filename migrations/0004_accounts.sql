-- What the studio knows of an account beyond better-auth's tables, which stay as they are. Times are integer milliseconds.
CREATE TABLE person (
  "userId"         TEXT PRIMARY KEY,
  "ageConfirmedAt" INTEGER,                -- when the person said to be old enough
  "ageConfirmed"   INTEGER,                -- and how old that was, in years
  "avatarKey"      TEXT                    -- our copy of the profile picture, in media storage
) STRICT, WITHOUT ROWID;

CREATE TABLE session_place (               -- where a session was opened, as the edge's address book has it
  "sessionId" TEXT PRIMARY KEY,
  "userId"    TEXT NOT NULL,
  "country"   TEXT,                        -- ISO 3166-1, two letters
  "city"      TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX session_place_user ON session_place ("userId");

CREATE TABLE mail_outbox (                 -- mail that was asked for and is not known to have been sent
  "id"        TEXT PRIMARY KEY,            -- also the vendor's idempotency key: sending twice sends once
  "userId"    TEXT,                        -- NULL: a link to make an account with
  "address"   TEXT NOT NULL,
  "name"      TEXT,
  "message"   TEXT NOT NULL,               -- which one; its words are in the program
  "language"  TEXT NOT NULL,
  "link"      TEXT NOT NULL,
  "createdAt" INTEGER NOT NULL,
  "nextAt"    INTEGER NOT NULL,            -- when it is sent (again)
  "expiresAt" INTEGER NOT NULL,            -- the link is of no use after this
  "tries"     INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_outbox_due ON mail_outbox ("nextAt");
CREATE INDEX mail_outbox_user ON mail_outbox ("userId");

CREATE TABLE password_tries (              -- tries at one account's password, whoever makes them and whether or not there is such an account
  "key"   TEXT PRIMARY KEY,                -- a MAC of the address, or of the user's id: says nothing to others
  "tries" INTEGER NOT NULL,                -- begun since the last right one, counted before the password is looked at
  "wrong" INTEGER NOT NULL,                -- of these, known to be wrong
  "locks" INTEGER NOT NULL,                -- how often it was locked: each lock is twice as long as the one before
  "until" INTEGER NOT NULL,                -- locked until then
  "at"    INTEGER NOT NULL                 -- the last counted try
) STRICT, WITHOUT ROWID;
CREATE INDEX password_tries_age ON password_tries ("at");

-- What belongs to a session or a user goes with it, also where better-auth itself deletes the row. The ledger stays: it names nobody.
CREATE TRIGGER session_gone AFTER DELETE ON session BEGIN
  DELETE FROM session_place WHERE "sessionId" = OLD."id";
END;
CREATE TRIGGER user_gone BEFORE DELETE ON "user" BEGIN
  INSERT INTO media_removal ("mediaKey", "userId", "createdAt")
    SELECT g."id" || '/' || n.value, g."userId", CAST(unixepoch('subsec') * 1000 AS INTEGER)
    FROM generation g, json_each('[0,1,2,3]') n WHERE g."userId" = OLD."id" ON CONFLICT DO NOTHING;
  INSERT INTO media_removal ("mediaKey", "userId", "createdAt")
    SELECT p."avatarKey", p."userId", CAST(unixepoch('subsec') * 1000 AS INTEGER)
    FROM person p WHERE p."userId" = OLD."id" AND p."avatarKey" IS NOT NULL ON CONFLICT DO NOTHING;
  INSERT INTO ledger_op ("id", "kind", "userId", "ref", "digest", "at")
    SELECT 'void:' || h."id", 'void', h."userId", h."id", 'user_gone', CAST(unixepoch('subsec') * 1000 AS INTEGER)
    FROM credit_hold h WHERE h."userId" = OLD."id" AND h."state" = 'open';
  INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at")
    SELECT 'void:' || h."id", p."userId", 'u:' || p."userId" || ':held', 'g:' || p."grantId", p."amount", CAST(unixepoch('subsec') * 1000 AS INTEGER)
    FROM credit_hold h JOIN credit_hold_part p ON p."holdId" = h."id" WHERE h."userId" = OLD."id" AND h."state" = 'open';
  UPDATE credit_hold SET "state" = 'void', "closedAt" = CAST(unixepoch('subsec') * 1000 AS INTEGER) WHERE "userId" = OLD."id" AND "state" = 'open';
  DELETE FROM generation_output WHERE "userId" = OLD."id";
  DELETE FROM generation WHERE "userId" = OLD."id";
  DELETE FROM idempotency WHERE "userId" = OLD."id";
  DELETE FROM mail_outbox WHERE "userId" = OLD."id";
  DELETE FROM person WHERE "userId" = OLD."id";
  DELETE FROM session_place WHERE "userId" = OLD."id";
END;
