import { writeFileSync } from 'node:fs';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';

/** Loaded before the command line: counts its requests, and writes down what it took at its end. */
const { request } = https;
let requests = 0;
https.request = ((...given: Parameters<typeof request>) => {
  requests += 1;
  return request(...given);
}) as typeof request;
syncBuiltinESMExports();

process.on('exit', () => {
  const file = process.env.BENCH_METER;
  const { maxRSS } = process.resourceUsage();
  if (file !== undefined) writeFileSync(file, JSON.stringify({ requests, memoryMiB: maxRSS / 1024 }));
});
