/** Asking the server half: JSON in and out, errors as the product words them. */
import type { Answer, Command, Conflict } from "./types";
import { t } from "./words";

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

export async function ask<Body>(path: string, body?: unknown): Promise<Body> {
  let answer: Response;
  try {
    answer = await fetch(`${API}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { accept: "application/json", ...(body === undefined ? {} : { "content-type": "application/json" }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Refused(0, t("offline"));
  }
  const said: unknown = await answer.json().catch(() => null);
  if (answer.ok) return said as Body;
  if (answer.status === 401) location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}`);
  throw refusal(answer.status, said);
}

export function refusal(status: number, said: unknown): Refused {
  const told = (said ?? {}) as { error?: { message?: string; hint?: string } | string; conflict?: Conflict };
  const error = typeof told.error === "string" ? { message: told.error } : told.error;
  return new Refused(status, error?.message ?? t("went_wrong"), error?.hint ?? "", told.conflict ?? null);
}

export const send = (command: Command): Promise<Answer> => ask("/commands", { command });
