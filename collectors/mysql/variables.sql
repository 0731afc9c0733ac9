SHOW GLOBAL VARIABLES WHERE Variable_name IN ('datadir', 'innodb_checksum_algorithm', 'innodb_force_recovery',
  'innodb_doublewrite', 'innodb_flush_log_at_trx_commit', 'sync_binlog', 'log_bin', 'binlog_expire_logs_seconds',
  'expire_logs_days', 'binlog_checksum', 'foreign_key_checks', 'general_log', 'server_audit_logging',
  'server_audit_events', 'audit_log_policy', 'require_secure_transport')
