/** `framework:read` reads everything; `hub:<slug>:read|write` one hub, `hub:*:…` each of them; `admin` everything. */
export const scopePattern = /^(admin|framework:read|hub:(\*|[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?):(read|write))$/;

/** Which hubs' records a key may read: all, or those named. */
export function readableHubs(scopes: readonly string[]): 'all' | readonly string[] {
  const hubs = new Set<string>();
  for (const scope of scopes) {
    if (scope === 'admin' || scope === 'framework:read') return 'all';
    const slug = scope.split(':')[1];
    if (slug === '*') return 'all';
    if (slug !== undefined) hubs.add(slug);
  }
  return [...hubs];
}

export function canRead(scopes: readonly string[], hub: string | null): boolean {
  const readable = readableHubs(scopes);
  return readable === 'all' || (hub !== null && readable.includes(hub));
}

/** `hub` null: a record of no hub in particular, which any key that may write somewhere may add. */
export function canWrite(scopes: readonly string[], hub: string | null): boolean {
  return scopes.some((scope) => {
    if (scope === 'admin' || scope === 'hub:*:write') return true;
    return hub === null ? scope.endsWith(':write') : scope === `hub:${hub}:write`;
  });
}
