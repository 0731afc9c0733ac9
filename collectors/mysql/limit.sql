SET SESSION /*M!100101 max_statement_time = %(seconds)s */ /*!50708 max_execution_time = %(milliseconds)s */
