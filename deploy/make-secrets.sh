#!/bin/sh
# Makes the passwords and keys that docker-compose.yml hands to its containers, once:
# what is there stays. Needs python3 only. The folder is closed to other users of the host;
# the files in it are open, because the users inside the containers are not ours.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
chmod 700 secrets

word() { python3 -c 'import secrets; print(secrets.token_urlsafe(48), end="")'; }

[ -s secrets/postgres_password ] || word >secrets/postgres_password
[ -s secrets/secret_key ] || word >secrets/secret_key
[ -s secrets/database_url ] || printf 'postgresql://auditor:%s@postgres/auditor' \
    "$(cat secrets/postgres_password)" >secrets/database_url
chmod 444 secrets/postgres_password secrets/secret_key secrets/database_url
echo "deploy/secrets is ready" >&2
