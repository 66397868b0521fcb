-- What was asked of a model host, what became of it, and the media that came back. Times are integer milliseconds.
CREATE TABLE generation (
  "id"            TEXT PRIMARY KEY,        -- chosen by us before anything is sent; begins with the time, so it sorts by age
  "userId"        TEXT NOT NULL REFERENCES "user" ("id"),
  "model"         TEXT NOT NULL,           -- the catalogue's id
  "prompt"        TEXT NOT NULL,
  "inputs"        TEXT NOT NULL CHECK (json_valid("inputs")),
  "status"        TEXT NOT NULL CHECK ("status" IN ('queued','starting','running','succeeded','failed','canceled','expired')),
  "price"         INTEGER NOT NULL CHECK ("price" > 0),
  "charged"       INTEGER CHECK ("charged" BETWEEN 0 AND "price"),
  "hostId"        TEXT,                    -- the host's own id, once one of its messages has told us
  "hostVersion"   TEXT,
  "hostMs"        INTEGER,                 -- compute time that the host reports
  "failureCode"   TEXT,
  "failureDetail" TEXT,
  "createdAt"     INTEGER NOT NULL,
  "startedAt"     INTEGER,
  "finishedAt"    INTEGER,
  "checkAt"       INTEGER NOT NULL,        -- when the reconciler looks at it next, while it is open
  CONSTRAINT generation_closed CHECK (("status" IN ('queued','starting','running')) = ("finishedAt" IS NULL)),
  CONSTRAINT generation_charged CHECK (("finishedAt" IS NULL) = ("charged" IS NULL)),
  CONSTRAINT generation_free CHECK ("status" = 'succeeded' OR coalesce("charged", 0) = 0),
  CONSTRAINT generation_failure CHECK (("status" IN ('failed','canceled','expired')) = ("failureCode" IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE TRIGGER generation_one_run BEFORE UPDATE OF "hostId" ON generation WHEN OLD."hostId" IS NOT NULL AND NEW."hostId" IS NOT OLD."hostId"
  BEGIN SELECT RAISE(ABORT, 'generation:other_run'); END;
CREATE INDEX generation_user ON generation ("userId", "id");
CREATE INDEX generation_open ON generation ("checkAt") WHERE "finishedAt" IS NULL;
CREATE TRIGGER generation_terminal BEFORE UPDATE OF "status" ON generation WHEN OLD."finishedAt" IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'generation:closed'); END;

CREATE TABLE generation_output (
  "generationId" TEXT NOT NULL REFERENCES generation ("id"),
  "n"            INTEGER NOT NULL,
  "userId"       TEXT NOT NULL,
  "mediaKey"     TEXT NOT NULL UNIQUE,
  "mediaType"    TEXT NOT NULL,
  "bytes"        INTEGER NOT NULL CHECK ("bytes" > 0),
  "width"        INTEGER NOT NULL CHECK ("width" > 0),
  "height"       INTEGER NOT NULL CHECK ("height" > 0),
  "etag"         TEXT NOT NULL,
  "createdAt"    INTEGER NOT NULL,
  PRIMARY KEY ("generationId", "n")
) STRICT, WITHOUT ROWID;
CREATE INDEX generation_output_user ON generation_output ("userId");

CREATE TABLE idempotency (                 -- Idempotency-Key of a request that spends, kept for a day
  "userId"       TEXT NOT NULL,
  "key"          TEXT NOT NULL,
  "digest"       TEXT NOT NULL,            -- hash of the request: same key with another request is refused
  "generationId" TEXT NOT NULL,
  "createdAt"    INTEGER NOT NULL,
  PRIMARY KEY ("userId", "key")
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_age ON idempotency ("createdAt");

CREATE TABLE media_removal (               -- media to be removed from storage: written with the deletion, worked off by cron
  "mediaKey"  TEXT PRIMARY KEY,
  "userId"    TEXT NOT NULL,
  "createdAt" INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX media_removal_age ON media_removal ("createdAt");

CREATE TABLE lease (                       -- work that only one cron run may do at a time
  "name"      TEXT PRIMARY KEY,
  "token"     TEXT NOT NULL,
  "expiresAt" INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
