/** The running product that a demo plays on. */
import { object, text } from "../json.ts";
import { logIn, type Realm } from "../login.ts";
import { Told } from "./story.ts";

export interface Place {
  /** Where the product answers. */
  url: string;
  /** The realm that people log in to. */
  issuer: string;
}

/** Finds the realm, or tells what to start. */
export async function realm({ issuer }: Place): Promise<Realm> {
  const address = `${issuer}/.well-known/openid-configuration`;
  const response = await fetch(address).catch((error: unknown) => {
    throw new Told(`Nothing answers at ${issuer}. Start \`cargo xtask dev\` in another terminal, or name the right address with --url.`, {
      cause: error,
    });
  });
  if (!response.ok) throw new Told(`${address} answered ${response.status}: this is not where people log in. Name the realm with --issuer.`);
  return { token_endpoint: text(object(await response.json()), "token_endpoint"), client: "web" };
}

/** Logs somebody of the demo realm in; the password is the name. */
export async function accessToken(home: Realm, user: string): Promise<string> {
  return (await logIn(home, user)).access;
}

/** The user id in an access token. */
export function userId(token: string): string {
  const payload = Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8");
  return text(object(JSON.parse(payload)), "sub");
}
