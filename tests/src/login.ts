/** Tokens as Keycloak's token endpoint gives them, by the password grant. */
import { object, text } from "./json.ts";
import { secrets } from "./secrets.ts";

/** What a log-in gives; empty where the issuer gives none. */
export interface Tokens {
  access: string;
  refresh: string;
  id: string;
}

/** What a person's log-in needs to know of the realm. */
export interface Realm {
  token_endpoint: string;
  client: string;
}

/** Logs in anew. Fails with what the issuer said. */
export async function logIn(realm: Realm, user: string, password = user): Promise<Tokens> {
  const response = await fetch(realm.token_endpoint, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "password",
      client_id: realm.client,
      username: user,
      password,
      scope: "openid",
    }),
  });
  const body = await response.text();
  if (!response.ok) throw new Error(`${user} cannot log in at ${realm.token_endpoint}: ${response.status} ${body}`);
  const answer = object(JSON.parse(body));
  const given = (key: string) => (key in answer ? text(answer, key) : "");
  const tokens = { access: text(answer, "access_token"), refresh: given("refresh_token"), id: given("id_token") };
  secrets.remember(tokens.access, tokens.refresh, tokens.id);
  return tokens;
}

/** Access tokens, kept while they are good for another minute: a log-in costs Keycloak a password hash. */
export class Wallet {
  private readonly kept = new Map<string, { token: Promise<string>; until: number }>();

  constructor(private readonly realm: Realm) {}

  of(user: string): Promise<string> {
    const now = Date.now();
    const known = this.kept.get(user);
    if (known !== undefined && known.until > now) return known.token;
    const token = logIn(this.realm, user).then((tokens) => tokens.access);
    this.kept.set(user, { token, until: now + 240_000 });
    return token;
  }

  /** After the realm changed its keys or its mind. */
  forget(): void {
    this.kept.clear();
  }
}
