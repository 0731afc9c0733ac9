-- Rows that an account may not see are left out without a word: what is missing here is told apart by name.
SELECT name, setting, source
FROM pg_settings
WHERE name IN ('data_checksums', 'ignore_checksum_failure', 'zero_damaged_pages', 'fsync', 'full_page_writes',
  'synchronous_commit', 'log_connections', 'log_disconnections', 'log_statement', 'shared_preload_libraries',
  'pgaudit.log', 'password_encryption', 'data_directory', 'data_directory_mode', 'archive_mode', 'archive_timeout',
  'ssl', 'hot_standby', 'max_connections', 'max_worker_processes', 'max_wal_senders', 'max_prepared_transactions',
  'max_locks_per_transaction')
ORDER BY name
