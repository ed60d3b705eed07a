/**
 * Opens event streams, says when all are open, then waits until each has seen the event that standard input names, and
 * prints how many events came and how late. A process of its own, so that its work is not the hub's.
 *
 *     node streamClient.ts PORT KEY STREAMS
 */
import { get } from 'node:http';

const [port, key, wanted] = [Number(process.argv[2]), String(process.argv[3]), Number(process.argv[4])];
const sentAt = /"sent":(\d+)/g;
const lateMs: number[] = [];
let last = '\0';
let open = 0;
let finished = 0;

function finish(): void {
  lateMs.sort((a, b) => a - b);
  const p95Ms = lateMs[Math.ceil(lateMs.length * 0.95) - 1];
  process.stdout.write(`${JSON.stringify({ received: lateMs.length, p95Ms })}\n`, () => process.exit(0));
}

function follow(): void {
  const headers = { authorization: `Bearer ${key}` };
  get(
    { port, host: '127.0.0.1', path: '/api/v2/events/stream?source=/bench/streams', headers, agent: false },
    (answer) => {
      if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode}`);
      answer.setEncoding('utf8');
      let opened = false;
      let text = '';
      answer.on('data', (chunk: string) => {
        if (!opened) {
          opened = true;
          open += 1;
          if (open === wanted) process.stdout.write('open\n');
        }
        text += chunk;
        const end = text.lastIndexOf('\n\n');
        if (end < 0) return;
        const whole = text.slice(0, end);
        text = text.slice(end);
        for (const [, at] of whole.matchAll(sentAt)) lateMs.push(Date.now() - Number(at));
        if (!whole.includes(`"event_id":"${last}"`)) return;
        finished += 1;
        if (finished === wanted) finish();
      });
    },
  );
}

process.stdin.setEncoding('utf8');
process.stdin.on('data', (line: string) => {
  last = line.trim();
});
for (let stream = 0; stream < wanted; stream += 1) setTimeout(follow, stream * 2);
