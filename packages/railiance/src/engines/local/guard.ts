/**
 * Restarts its child when that dies of anything but its own decision: exit 0 is a clean `down`, 2 to 6 are the exit
 * codes of a Failure (a taken port, say), which another start would only repeat. Everything else (a crash, SIGKILL, the
 * kernel's memory killer) is answered by a new start: at once, then after 1, 3 and 7 s, and at once again after ten
 * seconds of life.
 */
const script = `
stop=; child=; delay=0
trap 'stop=1; [ -n "$child" ] && kill -TERM "$child" 2>/dev/null' TERM INT HUP
while :; do
  began=$(date +%s)
  "$@" & child=$!
  while :; do
    wait "$child"; code=$?
    kill -0 "$child" 2>/dev/null || break
  done
  [ -n "$stop" ] && exit 0
  case $code in 0|2|3|4|5|6) exit "$code" ;; esac
  [ $(($(date +%s) - began)) -ge 10 ] && delay=0
  echo "railiance: the agent ended with code $code; starting it again in $delay s" >&2
  sleep "$delay" & child=$!
  wait "$child"
  [ -n "$stop" ] && exit 0
  [ "$delay" -lt 7 ] && delay=$((delay * 2 + 1))
done
`;

/** Arguments of the small POSIX shell that starts `agentArgv` and starts it again when it crashes. */
export function guardArgv(agentArgv: readonly [string, ...string[]]): readonly [string, ...string[]] {
  return ['/bin/sh', '-c', script, 'railiance-agent', ...agentArgv];
}
