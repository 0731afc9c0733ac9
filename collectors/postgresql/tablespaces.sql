SELECT spcname AS name, pg_tablespace_location(oid) AS location
FROM pg_tablespace
WHERE pg_tablespace_location(oid) <> ''
ORDER BY spcname
