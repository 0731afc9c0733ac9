-- What the server's own clock says, in milliseconds, to hold it against the scanner's.
SELECT CAST(UNIX_TIMESTAMP(SYSDATE(3)) * 1000 AS SIGNED) AS milliseconds
