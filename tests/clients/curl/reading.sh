#!/bin/sh
# A reading with curl: ./reading.sh "Will it go well?"; it comes back where the line was cut.
set -eu
server=${SERVER:-http://127.0.0.1:8000}/api/v1/agent
uuid() { python3 -c 'import uuid; print(uuid.uuid4())'; }
thread=$(uuid) run=$(uuid) log=$(mktemp)
trap 'rm -f "$log"' EXIT
call() { curl -sN --max-time 900 -H "Authorization: Bearer $TOKEN" -H 'Accept: text/event-stream' "$@"; }

question=$(python3 -c 'import json, sys; print(json.dumps(sys.argv[1]))' "$1")
body='{"threadId": "'$thread'", "runId": "'$run'",
  "messages": [{"id": "'$(uuid)'", "role": "user", "content": '$question'}],
  "forwardedProps": {"runtime_mode": "divination", "divinationPayload": {
    "question": '$question', "category": "general", "method": "manual", "lines": [7, 8, 9, 7, 7, 6],
    "castAt": "'$(date -u +%Y-%m-%dT%H:%M:%SZ)'", "timezone": "UTC", "locale": "en"}}}'

call "$server/runs" -H 'Content-Type: application/json' -d "$body" > "$log" || true
tries=0
# The end of the run is the end of its stream: without it, the line was cut and the rest is asked for.
until grep -qE '^data: \{"type":"(RUN_FINISHED|RUN_ERROR)"' "$log" || [ $((tries += 1)) -gt 8 ]; do
    sleep 0.$tries
    # A frame is whole once its blank line came: what is torn goes, and comes again.
    python3 - "$log" <<'PYTHON'
import pathlib, sys
path = pathlib.Path(sys.argv[1])
path.write_text(path.read_text(errors="ignore").rpartition("\n\n")[0] + "\n\n")
PYTHON
    last=$(grep '^id: ' "$log" | tail -n 1 | cut -c 5-)
    if [ -n "$last" ]; then
        call "$server/sessions/$thread/events?runId=$run" -H "Last-Event-ID: $last" >> "$log" || true
    else # not one event came: the same runId is the same run, charged once
        call "$server/runs" -H 'Content-Type: application/json' -d "$body" >> "$log" || true
    fi
done
python3 - "$log" <<'PYTHON'
import json, sys
for line in open(sys.argv[1]):
    if line.startswith("data: "):
        event = json.loads(line[6:])
        print(event.get("delta", "") if event["type"] == "TEXT_MESSAGE_CONTENT" else "", end="")
PYTHON
