#!/bin/bash
# One database and one role per service: no service can reach another's tables.
set -euo pipefail
for service in contacts deals notifications reporting; do
  password="${service^^}_DATABASE_PASSWORD"
  psql -v ON_ERROR_STOP=1 --quiet --host /var/run/postgresql \
    --username "${POSTGRES_USER:-postgres}" --dbname postgres \
    -v name="$service" -v password="${!password}" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE CONNECT ON DATABASE :"name" FROM PUBLIC;
SQL
done
