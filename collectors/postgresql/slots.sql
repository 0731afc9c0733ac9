SELECT slot_name AS name, active, coalesce(wal_status, 'unknown') AS status,
       pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,
         restart_lsn)::bigint AS retained
FROM pg_replication_slots
ORDER BY slot_name
