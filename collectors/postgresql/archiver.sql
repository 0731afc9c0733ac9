SELECT archived_count AS archived, failed_count AS failed,
       extract(epoch FROM now() - last_archived_time)::bigint AS archived_ago,
       extract(epoch FROM now() - last_failed_time)::bigint AS failed_ago,
       coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false) AS failing
FROM pg_stat_archiver
