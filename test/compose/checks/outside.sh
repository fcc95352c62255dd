# shellcheck shell=bash
echo '# Responses to visitors'
check 'GET / mentions /count' grep -q /count <(request "$url/")
check 'GET /count returns the number and a newline, with no-store' is \
  "$(header Cache-Control "$url/count") $(request "$url/count" | od -An -tx1 | xargs)" 'no-store 36 0a'
check 'POST /count counts, too' is "$(request --request POST "$url/count")" 7
check 'HEAD, OPTIONS, a prefetch and /total do not count' is \
  "$(status --head "$url/count") $(status --request OPTIONS "$url/count") $(status --header 'Sec-Purpose: prefetch' "$url/count") $(total) $(total)" \
  '200 204 200 7 7'
check 'an unknown path is 404' is "$(status "$url/nothing")" 404
check 'another method is 405, with the allowed methods' is \
  "$(status --request DELETE "$url/count") $(header Allow --request DELETE "$url/count")" '405 GET, HEAD, OPTIONS, POST'
for path in livez readyz metrics livez/ %6civez //metrics x/../readyz nginx-health nginx-answer; do
  check "/$path is not served" is "$(status --path-as-is "$url/$path")" 404
done
check 'the response has the request id of the request' is "$(header X-Request-ID --header 'X-Request-ID: my-own.1' "$url/")" my-own.1
check 'a request id that is unsafe in a log is replaced' grep -qE '^[0-9a-f]{32}$' \
  <(header X-Request-ID --header 'X-Request-ID: "} {' "$url/")
check 'the header Server has no version' is "$(header Server "$url/") $(header Server "$url/livez")" 'nginx nginx'
check 'a body over 8 KiB is 413' is "$(head -c 8193 /dev/zero | status --data-binary @- "$url/count")" 413
check 'a header over 8 KiB is 431' is "$(status --header "X-Long: $(printf '%9000s' '' | tr ' ' x)" "$url/")" 431
visits "$work/many" 500
check '500 concurrent visits get consecutive numbers' contiguous "$work/many" 500
flood() {
  # nginx has the script in its cache, so that the rate does not depend on Tally.
  curl --silent --parallel --parallel-max 50 --output /dev/null --write-out '%{http_code}\n' "$url/tally.js#[1-8000]"
} 2>/dev/null
flood_until_limited() {
  for _ in {1..5}; do
    flood >>"$work/flood"
    ! grep -q 429 "$work/flood" || break
  done
  is "$(sort -u "$work/flood" | xargs)" '200 429'
}
check 'a flood from one address gets 200 or 429, and no other status' flood_until_limited
served_again() { is "$(status "$url/")$(status "$url/")$(status "$url/")" 200200200; }
check 'the same address is served again after the flood' eventually 5 served_again
