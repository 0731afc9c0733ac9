-- What the server's own clock says, in milliseconds, to hold it against the scanner's.
SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS milliseconds
