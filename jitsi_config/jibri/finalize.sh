#!/bin/sh
# Jibri calls this with the session's folder when a recording has ended, and stays busy until it returns.
# So: one marker, put there whole; one word to Darasa, which may be deaf; nothing else. Darasa also looks by itself.
set -eu

folder=${1:?the folder of a session}
[ -d "$folder" ] || { echo "finalize: there is no folder $folder" >&2; exit 1; }

draft="$folder/.finalized.$$"
date -u +%Y-%m-%dT%H:%M:%SZ > "$draft"
sync "$folder"/*.ts "$draft" 2>/dev/null || sync # the pictures are on the disk before the word that they are
mv "$draft" "$folder/finalized"

session=$(basename "$folder" | tr -cd 'A-Za-z0-9_-')
[ -z "${DARASA_FINALIZED_URL:-}" ] ||
    curl --silent --output /dev/null --max-time 2 --header 'Content-Type: application/json' \
        --data "{\"session\": \"$session\"}" "$DARASA_FINALIZED_URL" ||
    echo "finalize: Darasa did not hear of $session; it will find the marker" >&2
exit 0
