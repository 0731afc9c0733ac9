-- Whoever is a member of a superuser may become one.
SELECT r.rolname AS name, r.rolsuper AS superuser,
       EXISTS (SELECT FROM pg_roles s WHERE s.rolsuper AND pg_has_role(r.oid, s.oid, 'MEMBER')) AS may_become
FROM pg_roles r
WHERE r.rolcanlogin
ORDER BY r.rolname
