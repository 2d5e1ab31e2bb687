/** Asking the server half: JSON in and out, errors as the product words them. */
import type { Answer, Command, Conflict, Json } from "./types";
import { labelText, t } from "./words";

export const API = "/designer/api";

/** An answer that is an error; `conflict` when somebody else had changed the same thing. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly hint = "",
    readonly conflict: Conflict | null = null,
  ) {
    super(message);
  }
}

/** Letters of a request that still arrives when its page is left: browsers keep 64 KB of such, and a letter is at most three bytes. */
const OUTLIVES = 15_000;

export function ask<Body>(path: string, body?: unknown): Promise<Body> {
  if (body === undefined) return fetched<Body>(path, { method: "GET", headers: { accept: "application/json" } });
  const said = JSON.stringify(body);
  return fetched<Body>(path, { method: "POST", headers: { accept: "application/json", "content-type": "application/json" }, body: said, keepalive: said.length < OUTLIVES });
}

/** The same with a file and texts. */
export function askForm<Body>(path: string, form: FormData): Promise<Body> {
  return fetched<Body>(path, { method: "POST", headers: { accept: "application/json" }, body: form });
}

async function fetched<Body>(path: string, request: RequestInit): Promise<Body> {
  let answer: Response;
  try {
    answer = await fetch(`${API}${path}`, request);
  } catch {
    throw new Refused(0, t("offline"));
  }
  const said: unknown = await answer.json().catch(() => null);
  if (answer.ok) return said as Body;
  if (answer.status === 401) location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}`);
  throw refusal(answer.status, said);
}

export function refusal(status: number, said: unknown): Refused {
  const told = (said ?? {}) as { error?: { message?: Json; hint?: Json } | string; conflict?: Conflict };
  const error = typeof told.error === "string" ? { message: told.error } : told.error;
  return new Refused(status, labelText(error?.message) || t("went_wrong"), labelText(error?.hint), told.conflict ?? null);
}

export const send = (command: Command): Promise<Answer> => ask("/commands", { command, problems: "later" });
