-- After a new start what was received can begin before what is replayed already.
SELECT pg_is_in_recovery() AS standby,
       extract(epoch FROM now() - pg_last_xact_replay_timestamp())::bigint AS replayed_ago,
       coalesce(pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn(), false) AS caught_up,
       greatest(0, pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()))::bigint AS unreplayed,
       CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() END AS paused,
       (SELECT count(*) FROM pg_stat_wal_receiver)::int AS receivers,
       (SELECT status FROM pg_stat_wal_receiver LIMIT 1) AS receiver,
       (SELECT extract(epoch FROM now() - last_msg_receipt_time)::bigint FROM pg_stat_wal_receiver LIMIT 1) AS heard_ago
