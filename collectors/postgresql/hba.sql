SELECT row_number() OVER () AS rule, line_number AS line, type, database, user_name AS accounts, address, netmask,
       auth_method AS method, error
FROM pg_hba_file_rules
