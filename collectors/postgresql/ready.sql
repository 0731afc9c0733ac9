SELECT count(*)::int AS ready, extract(epoch FROM now() - min(modification))::bigint AS oldest
FROM pg_ls_archive_statusdir()
WHERE name LIKE '%.ready'
