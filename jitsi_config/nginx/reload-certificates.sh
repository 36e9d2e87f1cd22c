#!/bin/sh
# Started by the nginx image before nginx itself: stays behind and reloads when a new, whole pair lies there.
# Reading a key and a certificate that do not belong together, `nginx -t` fails and the old pair stays in use.
conf=${NGINX_ENVSUBST_OUTPUT_DIR:-/run/nginx}/nginx.conf
folder=${CERTIFICATES_DIR:-/certificates}

state() { cat "$folder/fullchain.pem" "$folder/privkey.pem" 2>/dev/null | cksum; }

watch() {
    known=$(state)
    while sleep "${CERTIFICATES_SECONDS:-60}"; do
        now=$(state)
        [ "$now" = "$known" ] && continue
        known=$now
        if nginx -q -t -c "$conf" && nginx -q -s reload -c "$conf"; then
            echo "reload-certificates: a new certificate is in use"
        else
            echo "reload-certificates: the new certificate is not usable, the old one stays" >&2
        fi
    done
}

watch &
