-- Pictures that people bring: what a generation starts from. Times are integer milliseconds.
CREATE TABLE upload (
  "id"        TEXT PRIMARY KEY,            -- chosen by us; begins with the time; the file is kept as 'upload/' and the id
  "userId"    TEXT NOT NULL REFERENCES "user" ("id"),
  "createdAt" INTEGER NOT NULL,
  "storedAt"  INTEGER,                     -- when the file came; until then there is none
  "mediaType" TEXT,
  "width"     INTEGER CHECK ("width" > 0),
  "height"    INTEGER CHECK ("height" > 0),
  "bytes"     INTEGER CHECK ("bytes" > 0),
  CONSTRAINT upload_stored CHECK (("storedAt" IS NULL) = ("mediaType" IS NULL) AND ("storedAt" IS NULL) = ("width" IS NULL)
    AND ("storedAt" IS NULL) = ("height" IS NULL) AND ("storedAt" IS NULL) = ("bytes" IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX upload_user ON upload ("userId", "id");
CREATE INDEX upload_age ON upload ("createdAt");

CREATE TABLE generation_source (           -- the pictures that a generation starts from: brought by somebody, or made here before
  "generationId" TEXT NOT NULL REFERENCES generation ("id"),
  "slot"         TEXT NOT NULL,            -- the name of the input
  "n"            INTEGER NOT NULL,
  "userId"       TEXT NOT NULL,
  "uploadId"     TEXT,
  "parentId"     TEXT,                     -- a generation, and which of its outputs
  "parentN"      INTEGER,
  "mediaKey"     TEXT NOT NULL,
  "width"        INTEGER NOT NULL,
  "height"       INTEGER NOT NULL,
  PRIMARY KEY ("generationId", "slot", "n"),
  CONSTRAINT generation_source_one CHECK (("uploadId" IS NULL) <> ("parentId" IS NULL) AND ("parentId" IS NULL) = ("parentN" IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX generation_source_user ON generation_source ("userId");
CREATE INDEX generation_source_upload ON generation_source ("uploadId") WHERE "uploadId" IS NOT NULL;
CREATE INDEX generation_source_parent ON generation_source ("parentId") WHERE "parentId" IS NOT NULL;

CREATE TRIGGER generation_gone_sources BEFORE DELETE ON generation BEGIN
  DELETE FROM generation_source WHERE "generationId" = OLD."id";
END;
CREATE TRIGGER user_gone_uploads BEFORE DELETE ON "user" BEGIN
  INSERT INTO media_removal ("mediaKey", "userId", "createdAt")
    SELECT 'upload/' || u."id", u."userId", CAST(unixepoch('subsec') * 1000 AS INTEGER) FROM upload u WHERE u."userId" = OLD."id" ON CONFLICT DO NOTHING;
  DELETE FROM generation_source WHERE "userId" = OLD."id";
  DELETE FROM upload WHERE "userId" = OLD."id";
END;
