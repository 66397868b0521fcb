-- More than one model host. Until now there was Replicate alone.
ALTER TABLE generation ADD COLUMN "host" TEXT NOT NULL DEFAULT 'replicate';
