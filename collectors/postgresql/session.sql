-- What every session begins with: it can't write, and names mean what the server itself means by them.
SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY;
SET search_path = pg_catalog;
SET lock_timeout = 2000;
SET timezone = 'UTC'
