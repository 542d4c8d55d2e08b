"""The database's own rules, broken one by one."""
