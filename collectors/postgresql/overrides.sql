-- Settings that one database or one account has of its own.
SELECT coalesce(d.datname, '') AS database, coalesce(r.rolname, '') AS account,
       split_part(one, '=', 1) AS name, substr(one, strpos(one, '=') + 1) AS setting
FROM pg_db_role_setting s
CROSS JOIN LATERAL unnest(s.setconfig) AS one
LEFT JOIN pg_database d ON d.oid = s.setdatabase
LEFT JOIN pg_roles r ON r.oid = s.setrole
WHERE split_part(one, '=', 1) IN ('synchronous_commit', 'log_statement', 'ignore_checksum_failure',
  'zero_damaged_pages', 'password_encryption', 'pgaudit.log')
ORDER BY 1, 2, 3
