/** A text that prints itself only when asked to; `reveal` is called where it is sent. */
export interface Concealed {
  reveal(): string;
}

export interface Credentials {
  readonly username: string;
  /** Password or access token. */
  readonly password: Concealed;
  /** The password is an identity token, which the realm gives access tokens for; registries themselves do not take it. */
  readonly isIdentityToken?: boolean;
}

/** Asked once, when the registry wants to know who is there; undefined: nobody. */
export type CredentialSource = () => Promise<Credentials | undefined>;

/** Wraps a text so that it is not printed by accident. */
export function conceal(text: string): Concealed {
  return Object.freeze({ reveal: () => text, toString: () => '[secret]', toJSON: () => '[secret]' });
}

export function basicAuthorization({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`;
}
