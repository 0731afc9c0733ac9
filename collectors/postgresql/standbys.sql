-- An account without the right sees the rows, with nothing in them. What only receives has no place that it replayed to.
SELECT pid, application_name AS name, state, replay_lsn IS NOT NULL AS replays,
       extract(epoch FROM replay_lag)::float8 AS lag,
       CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint END AS behind
FROM pg_stat_replication
ORDER BY pid
