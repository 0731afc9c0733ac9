SELECT coalesce(sum(ENCRYPTION = 'Y'), 0) AS encrypted, count(*) AS total
FROM information_schema.INNODB_TABLESPACES
WHERE SPACE_TYPE = 'Single'
