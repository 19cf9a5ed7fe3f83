#!/bin/sh
# How does curl send a file?  send.sh URL FILE LABEL
#
# The key is the hash of what is sent, so that the same file with the same label is stored once,
# however often this runs. curl tries again what may pass, and waits as long as Retry-After says;
# of the statuses that may pass it does not know 507, so that one ends the script with its answer.
set -eu
url=$1 file=$2 label=$3

key=$({ printf '%s\n' "$url" "$label"; cat "$file"; } | sha256sum | cut -d ' ' -f 1)
exec curl --silent --show-error --fail-with-body --retry 5 --retry-connrefused \
  --header "Idempotency-Key: $key" --form "image=@$file" --form-string "label=$label" "$url/upload"
