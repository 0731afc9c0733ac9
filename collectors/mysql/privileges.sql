-- The account's own global rights: without some of them other questions are answered with nothing.
SELECT PRIVILEGE_TYPE AS privilege
FROM information_schema.USER_PRIVILEGES
WHERE GRANTEE = CONCAT('\'', SUBSTRING_INDEX(CURRENT_USER(), '@', 1), '\'@\'', SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '\'')
ORDER BY 1
