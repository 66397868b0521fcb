-- Work that starts from pictures, and films. An output is worth so many units: one for a picture, seconds for a film.
ALTER TABLE generation ADD COLUMN "units" INTEGER NOT NULL DEFAULT 1 CHECK ("units" > 0);
