/** What tests change in Keycloak, by its admin interface. */
import { object, text, type Json, type JsonObject } from "./json.ts";
import type { Addresses } from "./stack.ts";

export class KeycloakAdmin {
  constructor(private readonly at: Addresses["keycloak"]) {}

  /** Access tokens that our client gets while `work` runs live this long. */
  async withLifespan<T>(seconds: number, work: () => Promise<T>): Promise<T> {
    const found = (await this.call("GET", `/clients?clientId=${this.at.client}`)) as Json[];
    const client = object(found[0]);
    const path = `/clients/${text(client, "id")}`;
    const attributes = object(client["attributes"] ?? {});
    const put = (lifespan: string) =>
      this.call("PUT", path, { ...client, attributes: { ...attributes, "access.token.lifespan": lifespan } });
    await put(String(seconds));
    try {
      return await work();
    } finally {
      await put("");
    }
  }

  /** Removes every signing key but the one in use, so that the realm no longer publishes what older tokens were signed with. */
  async removeOldKeys(): Promise<void> {
    const { active } = object(await this.call("GET", "/keys"));
    const inUse = text(object(active), "RS256");
    const { keys } = object(await this.call("GET", "/keys"));
    for (const key of keys as JsonObject[]) {
      if (key["algorithm"] !== "RS256" || key["kid"] === inUse) continue;
      await this.call("DELETE", `/components/${text(key, "providerId")}`);
    }
  }

  private async call(method: string, path: string, body?: Json): Promise<Json> {
    const response = await fetch(`${this.at.url}/admin/realms/${this.at.realm}${path}`, {
      method,
      headers: { authorization: `Bearer ${await this.token()}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer}`);
    return answer === "" ? null : (JSON.parse(answer) as Json);
  }

  private async token(): Promise<string> {
    const { username, password } = this.at.administrator;
    const response = await fetch(`${this.at.url}/realms/master/protocol/openid-connect/token`, {
      method: "POST",
      body: new URLSearchParams({ grant_type: "password", client_id: "admin-cli", username, password }),
    });
    return text(object(await response.json()), "access_token");
  }
}
