import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

/** OWASP's setting of 2025 for scrypt with little memory: 32 MiB for each attempt. */
const cost = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 } as const;
const keyBytes = 32;
const mostAtOnce = 2;

export const shortestPassword = 12;
export const longestPassword = 200;

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, cost);
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/** Takes the same time for a user who does not exist (`hash` null) or has no password. */
export async function verifyPassword(password: string, hash: string | null): Promise<boolean> {
  const [, n, r, p, salt = '', key = ''] = (hash ?? nobody).split('$');
  const options = { N: Number(n), r: Number(r), p: Number(p), maxmem: cost.maxmem };
  const wanted = Buffer.from(key, 'base64url');
  const derived = await derive(password.normalize('NFKC'), Buffer.from(salt, 'base64url'), options);
  return timingSafeEqual(derived, wanted) && hash !== null;
}

const nobody = [
  'scrypt',
  cost.N,
  cost.r,
  cost.p,
  'AAAAAAAAAAAAAAAAAAAAAA',
  Buffer.alloc(keyBytes).toString('base64url'),
].join('$');

let running = 0;
const queue: (() => void)[] = [];

/** A few at a time: a flood of logins must not take the hub's memory. */
async function derive(password: string, salt: Buffer, options: ScryptOptions): Promise<Buffer> {
  if (running >= mostAtOnce) await new Promise<void>((turn) => queue.push(turn));
  running += 1;
  try {
    return await new Promise((done, failed) => {
      scrypt(password.normalize('NFKC'), salt, keyBytes, options, (error, key) => (error ? failed(error) : done(key)));
    });
  } finally {
    running -= 1;
    queue.shift()?.();
  }
}
