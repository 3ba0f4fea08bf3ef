/** Everything that comes over the wire is held against the schemas; so is everything that a client sends. */
import { readFileSync } from "node:fs";

import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

import type { ClientMessage, EventsAnswer, ServerMessage } from "../../../clients/sdk/src/generated/protocol.ts";
import { list, object, text, type JsonObject } from "../json.ts";

interface Row {
  name: string;
  method: string;
  path: string;
  body?: { $ref: string };
  answer?: { $ref: string };
}

const FORMATS = {
  "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
};

export class Wire {
  private readonly ajv = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, formats: FORMATS });
  private readonly schemas: JsonObject;
  private readonly rows: Row[];

  /** @param file `docs/schemas/protocol.json`, or what a server gives at `/api/realtime/protocol.json` */
  constructor(file: string | URL) {
    this.schemas = object(JSON.parse(readFileSync(file, "utf8")));
    this.rows = list(this.schemas, "commands") as unknown as Row[];
    this.ajv.addKeyword("commands");
    this.ajv.addSchema(this.schemas);
  }

  server(message: unknown): ServerMessage {
    return this.checked<ServerMessage>("ServerMessage", message);
  }

  client(message: ClientMessage): ClientMessage {
    return this.checked<ClientMessage>("ClientMessage", message);
  }

  events(answer: unknown): EventsAnswer {
    return this.checked<EventsAnswer>("EventsAnswer", answer);
  }

  /** The answer to the command of this name: its body, or the problem. */
  answer(name: string, status: number, body: unknown): void {
    if (status >= 400) {
      this.checked("ProblemDocument", body);
      return;
    }
    const schema = this.row(name).answer;
    if (schema === undefined) {
      if (body !== undefined) throw new Error(`${name} is answered with a body, and should have none`);
      return;
    }
    this.checked(schema.$ref.replace("#/$defs/", ""), body);
  }

  row(name: string): Row {
    const row = this.rows.find((row) => row.name === name);
    if (row === undefined) throw new Error(`there is no command ${name}`);
    return row;
  }

  private checked<T>(name: string, value: unknown): T {
    const validate = this.ajv.getSchema(`${text(this.schemas, "$id")}#/$defs/${name}`) as ValidateFunction<T> | undefined;
    if (validate === undefined) throw new Error(`there is no schema ${name}`);
    if (!validate(value)) {
      const faults = this.ajv.errorsText(validate.errors, { dataVar: name, separator: "\n  " });
      throw new Error(`not as the schema ${name} has it:\n  ${faults}`);
    }
    return value;
  }
}
