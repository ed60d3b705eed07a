/**
 * Whether a form was sent by a page of this hub: browsers say where a POST comes from, and one that does not say is
 * refused. The Host header counts beside the configured address, for a hub reached by another name of its machine; by
 * its own name it must be the configured address whole, TLS included.
 */
export function isSameOrigin(headers: Headers, baseUrl: URL): boolean {
  const origin = headers.get('origin');
  if (origin === null || !URL.canParse(origin)) return false;
  const { host, origin: normal } = new URL(origin);
  return normal === baseUrl.origin || (host === headers.get('host') && host !== baseUrl.host);
}
