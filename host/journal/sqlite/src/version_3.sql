-- What people said so far where several have to agree, as JSON: for lists. The events tell it too, and they count.
ALTER TABLE runs ADD COLUMN agreement TEXT;
