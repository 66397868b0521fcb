-- What has never been tried comes before what is tried again: a heap of removals that are repeated keeps none from being done.
ALTER TABLE media_removal ADD COLUMN "triedAt" INTEGER;
CREATE INDEX media_removal_turn ON media_removal ("triedAt", "createdAt", "mediaKey");
DROP INDEX media_removal_age;

-- A host that answers with the result is claimed before it is asked. If it was too busy to begin, the claim is given back.
DROP TRIGGER generation_one_run;
CREATE TRIGGER generation_one_run BEFORE UPDATE OF "hostId" ON generation WHEN OLD."hostId" IS NOT NULL AND NEW."hostId" <> OLD."hostId"
  BEGIN SELECT RAISE(ABORT, 'generation:other_run'); END;

-- The index knows the beginnings of words up to six letters: a beginning that it does not know it looks for among everybody's words.
DROP TABLE generation_search;
CREATE VIRTUAL TABLE generation_search USING fts5("userId", "prompt", tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3 4 5 6');
INSERT INTO generation_search (generation_search, "rank") VALUES ('secure-delete', 1);
INSERT INTO generation_search ("rowid", "userId", "prompt")
  SELECT w."n", g."userId", g."prompt" FROM generation_word w JOIN generation g ON g."id" = w."generationId";
