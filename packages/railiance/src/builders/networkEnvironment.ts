/** How this machine reaches the network, where it is not directly: proxies, and authorities of its own. */
const networkVariable = /^(?:https?_proxy|no_proxy|all_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_(?:FILE|DIR))$/i;

/** Of an environment, what `also` names, and what programs need that fetch something. */
export function networkEnvironment(
  own: Readonly<Record<string, string | undefined>>,
  also: RegExp,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(own).flatMap(([name, value]) =>
      value && (networkVariable.test(name) || also.test(name)) ? [[name, value]] : [],
    ),
  );
}
