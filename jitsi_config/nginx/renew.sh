#!/bin/sh
# In the certbot container: one certificate for all names, asked for at the start and renewed when it is due.
set -u
place() {
    for file in fullchain privkey; do
        cp "/etc/letsencrypt/live/darasa/$file.pem" "/certificates/.$file.new" || return 1
        chmod 600 "/certificates/.$file.new"
    done
    mv /certificates/.privkey.new /certificates/privkey.pem
    mv /certificates/.fullchain.new /certificates/fullchain.pem
}

while :; do
    if certbot certonly --non-interactive --agree-tos --keep-until-expiring --webroot --webroot-path /acme \
        --cert-name darasa --email "$ACME_EMAIL" --domains "$ACME_NAMES"; then
        place && pause=43200
    else
        pause=3600 # the authority counts failures
    fi
    sleep "$pause" & wait $!
done
