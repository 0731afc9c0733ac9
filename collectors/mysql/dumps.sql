-- Who is being sent the binary log at this moment; without the right only one's own connections are shown.
SELECT ID AS id, HOST AS host, COMMAND AS command
FROM information_schema.PROCESSLIST
WHERE COMMAND LIKE 'Binlog Dump%'
ORDER BY 1
