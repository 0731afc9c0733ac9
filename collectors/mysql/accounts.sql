-- Without the columns that hold hashes of passwords.
SELECT User AS name, Host AS host, plugin, ssl_type AS tls, Super_priv AS super,
       /*M!100005 is_role */ /*!80000 'N' */ AS role
FROM mysql.user
ORDER BY 1, 2
