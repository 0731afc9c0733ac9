SELECT current_setting('server_version') AS version,
       current_setting('server_version_num')::int AS number,
       pg_is_in_recovery() AS standby,
       pg_has_role(current_user, 'pg_monitor', 'USAGE') AS monitor
