const home = '/deployments';

/** Where to go after the login: a path of this hub, never another site's. */
export function safeNext(next: string | null | undefined): string {
  if (!next?.startsWith('/') || next.length > 1000) return home;
  const base = 'http://hub.invalid';
  if (!URL.canParse(next, base)) return home;
  const url = new URL(next, base);
  // `//evil.example` and `/\evil.example` are other hosts to a browser.
  return url.origin === base && !/^\/[/\\]/.test(next) ? `${url.pathname}${url.search}` : home;
}
