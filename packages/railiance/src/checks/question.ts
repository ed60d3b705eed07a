import type { SmokeSpec } from '../domain/app.ts';
import type { CheckContext } from './check.ts';
import type { HttpQuestion } from './httpRequest.ts';

/** What a smoke test asks, its references to secrets (`${NAME}`) filled in; or the first secret that there is not. */
export function questionOf(spec: SmokeSpec, context: CheckContext): HttpQuestion | { readonly missing: string } {
  let missing: string | undefined;
  const fill = (values: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [
        name,
        value.replace(/\$\{([A-Za-z_]\w*)\}/g, (_, secret: string) => {
          const found = context.secret(secret);
          if (found === undefined) missing ??= secret;
          return found ?? '';
        }),
      ]),
    );
  const headers = fill(spec.headers);
  const body = spec.form === undefined ? spec.body : new URLSearchParams(fill(spec.form)).toString();
  if (missing !== undefined) return { missing };
  return {
    ...context.route,
    method: spec.method,
    path: spec.path,
    // Apps refuse a form that does not say which page sent it.
    headers: spec.form === undefined ? headers : { ...formHeaders(context.route.url), ...headers },
    ...(body === undefined ? {} : { body }),
    timeoutMs: spec.expect.withinMs,
    signal: context.signal,
  };
}

function formHeaders(url: string): Readonly<Record<string, string>> {
  return { origin: new URL(url).origin, 'content-type': 'application/x-www-form-urlencoded' };
}
