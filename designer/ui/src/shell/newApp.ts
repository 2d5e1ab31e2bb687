/** A new application from a few words: what they would become is asked of the server half, and so is the application itself. */
import { ask } from "../lib/api";
import type { Answer, Words } from "../lib/types";

export type Does = "enter" | "approve" | "look";

export interface RoleWish {
  label: string;
  does: Does;
}

export interface Wish {
  app: string;
  entity: string;
  fields: string;
  kinds: Record<string, string>;
  roles: RoleWish[];
  approval: boolean;
  figures?: string[];
  chart?: string;
}

export interface Offer {
  key: string;
  label: Words;
  chosen: boolean;
}

export interface Looked {
  fields: { header: string; name: string; kind: string; options: string[] }[];
  kinds: string[];
  figures: Offer[];
  charts: Offer[];
}

export const MOST_FIGURES = 3;

export const look = (wish: Wish): Promise<Looked> => ask("/applications/look", wish);
export const make = (wish: Wish): Promise<Answer & { page: string; roles: string[] }> => ask("/applications", wish);
