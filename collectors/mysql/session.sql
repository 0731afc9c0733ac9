-- What every session begins with: it can't write.
SET SESSION TRANSACTION READ ONLY;
SET SESSION lock_wait_timeout = 2
