SELECT coalesce(datname, '(shared)') AS database, checksum_failures AS failures
FROM pg_stat_database
ORDER BY 1
