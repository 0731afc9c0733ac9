-- MariaDB: every connection by name. MySQL from 8.0.22: every channel. Older ones answer another question, which is seen.
SHOW /*M!100000 ALL SLAVES */ /*!80022 REPLICA */ STATUS
