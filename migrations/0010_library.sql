-- The library: favourites, folders, what came of what, links for others, and search over prompts. Times are integer milliseconds.
CREATE TABLE folder (
  "id"        TEXT PRIMARY KEY,            -- chosen by us; begins with the time
  "userId"    TEXT NOT NULL REFERENCES "user" ("id"),
  "name"      TEXT NOT NULL,
  "nameKey"   TEXT NOT NULL,               -- the name without what does not tell two apart: case, composition
  "createdAt" INTEGER NOT NULL,
  CONSTRAINT folder_name UNIQUE ("userId", "nameKey")
) STRICT, WITHOUT ROWID;

ALTER TABLE generation ADD COLUMN "favouriteAt" INTEGER;
ALTER TABLE generation ADD COLUMN "folderId" TEXT REFERENCES folder ("id");
-- Which generation it was made from, by its words and inputs; the pictures that it was made from are in generation_source. The parent may be gone.
ALTER TABLE generation ADD COLUMN "parentId" TEXT;
ALTER TABLE generation ADD COLUMN "relation" TEXT
  CONSTRAINT generation_parent CHECK (("relation" IS NULL) = ("parentId" IS NULL) AND coalesce("relation", 'retry') IN ('variation','remix','retry'));
CREATE INDEX generation_folder ON generation ("folderId", "id") WHERE "folderId" IS NOT NULL;
CREATE INDEX generation_favourite ON generation ("userId", "id") WHERE "favouriteAt" IS NOT NULL;
CREATE INDEX generation_parent ON generation ("parentId") WHERE "parentId" IS NOT NULL;

CREATE TRIGGER folder_gone BEFORE DELETE ON folder BEGIN
  UPDATE generation SET "folderId" = NULL WHERE "folderId" = OLD."id";
END;

CREATE TABLE share (                       -- a link by which others see a generation. The link is the id and a MAC: nothing here opens it
  "id"           TEXT PRIMARY KEY,         -- chosen by us; begins with the time
  "userId"       TEXT NOT NULL,
  "generationId" TEXT NOT NULL REFERENCES generation ("id"),
  "n"            INTEGER,                  -- which of its outputs; all of them if there is none
  "showRecipe"   INTEGER NOT NULL CHECK ("showRecipe" IN (0, 1)),
  "createdAt"    INTEGER NOT NULL,
  "expiresAt"    INTEGER NOT NULL CHECK ("expiresAt" > "createdAt")
) STRICT, WITHOUT ROWID;
CREATE INDEX share_user ON share ("userId", "id");
CREATE INDEX share_generation ON share ("generationId");
CREATE INDEX share_expiry ON share ("expiresAt");

-- Search. Triggers tell the index of every change, and what is deleted leaves it at once (secure-delete). The owner is a word too: a search looks at the
-- asker's own rows only, however common its words are.
CREATE TABLE generation_word (             -- the number under which the index knows a generation, which has none itself
  "n"            INTEGER PRIMARY KEY,
  "generationId" TEXT NOT NULL UNIQUE REFERENCES generation ("id"),
  "userId"       TEXT NOT NULL
) STRICT;
-- It keeps its own copy of the prompts: without one it has to be told what it forgets, and libSQL's secure-delete does not get that right.
CREATE VIRTUAL TABLE generation_search USING fts5("userId", "prompt", tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
INSERT INTO generation_search (generation_search, "rank") VALUES ('secure-delete', 1);
INSERT INTO generation_word ("generationId", "userId") SELECT "id", "userId" FROM generation;
INSERT INTO generation_search ("rowid", "userId", "prompt")
  SELECT w."n", g."userId", g."prompt" FROM generation_word w JOIN generation g ON g."id" = w."generationId";

CREATE TRIGGER generation_new_words AFTER INSERT ON generation BEGIN
  INSERT INTO generation_word ("generationId", "userId") VALUES (NEW."id", NEW."userId");
  INSERT INTO generation_search ("rowid", "userId", "prompt")
    SELECT w."n", NEW."userId", NEW."prompt" FROM generation_word w WHERE w."generationId" = NEW."id";
END;
CREATE TRIGGER generation_other_words AFTER UPDATE OF "prompt" ON generation WHEN NEW."prompt" IS NOT OLD."prompt" BEGIN
  UPDATE generation_search SET "prompt" = NEW."prompt" WHERE "rowid" = (SELECT w."n" FROM generation_word w WHERE w."generationId" = NEW."id");
END;
CREATE TRIGGER generation_gone_library BEFORE DELETE ON generation BEGIN
  DELETE FROM generation_search WHERE "rowid" = (SELECT w."n" FROM generation_word w WHERE w."generationId" = OLD."id");
  DELETE FROM generation_word WHERE "generationId" = OLD."id";
  DELETE FROM share WHERE "generationId" = OLD."id";
END;
CREATE TRIGGER user_gone_folders BEFORE DELETE ON "user" BEGIN
  DELETE FROM folder WHERE "userId" = OLD."id";
END;
