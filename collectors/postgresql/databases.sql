-- The list of databases is open to every account.
SELECT datname AS name, datallowconn AS open
FROM pg_database
WHERE NOT datistemplate
ORDER BY datname
