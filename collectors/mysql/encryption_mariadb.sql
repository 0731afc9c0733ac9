-- The first table is empty without a key plugin and keeps rows after decryption: the second says how many there are.
SELECT (SELECT count(*) FROM information_schema.INNODB_TABLESPACES_ENCRYPTION
        WHERE ENCRYPTION_SCHEME > 0 AND NAME LIKE '%/%') AS encrypted,
       (SELECT count(*) FROM information_schema.INNODB_SYS_TABLESPACES WHERE NAME LIKE '%/%') AS total
