-- A generation's life between order and end: its turn, the copying of what came out, a wish to stop it. Times are integer milliseconds.
ALTER TABLE generation ADD COLUMN "turns" INTEGER NOT NULL DEFAULT 1000000 CHECK ("turns" > 0);  -- so many of its owner's may be at hosts, by the plan it was ordered under
ALTER TABLE generation ADD COLUMN "sentAt" INTEGER;   -- when its turn to be sent came; until then it waits for others to end
ALTER TABLE generation ADD COLUMN "sentBy" TEXT;      -- whoever took its turn for it, if it had to wait
ALTER TABLE generation ADD COLUMN "savingAt" INTEGER; -- when the host was done and copying began
ALTER TABLE generation ADD COLUMN "cancelAt" INTEGER; -- when its owner wished it stopped
ALTER TABLE generation ADD COLUMN "seed" INTEGER;     -- the seed that the host says it used
ALTER TABLE generation ADD COLUMN "cost" INTEGER;     -- what the host takes for it, in millionths of a US dollar
UPDATE generation SET "sentAt" = "createdAt";
CREATE INDEX generation_turn ON generation ("userId", "sentAt") WHERE "finishedAt" IS NULL;
