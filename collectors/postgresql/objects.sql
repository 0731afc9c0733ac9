-- Asked in every database that lets accounts in.
SELECT (SELECT count(*) FROM pg_constraint WHERE NOT convalidated)::int AS unchecked_constraints,
       (SELECT count(*) FROM pg_index WHERE NOT indisvalid)::int AS invalid_indexes,
       count(*)::int AS tables,
       (count(*) FILTER (WHERE NOT EXISTS (
         SELECT FROM pg_constraint p WHERE p.conrelid = c.oid AND p.contype = 'p')))::int AS without_key
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname !~ '^pg_(toast|temp)'
