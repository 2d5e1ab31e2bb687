/** What the organisation's half of the server says. */
import type { Words } from "../lib/types";

export interface Role {
  name: string;
  label: Words;
}

export interface Seat {
  seat: string;
  label: Words;
  head: boolean;
  count: number | null;
  roles: Role[];
}

export interface Kind {
  name: string;
  label: Words;
  icon: string;
  parents: string[];
  seats: Seat[];
  file: string;
}

export interface Person {
  membership: string;
  user: string;
  name: Words | null;
  account: string;
  unit: string;
  seat: string;
  since: string;
}

export interface UnitLine {
  id: string;
  code: string;
  kind: string;
  icon: string;
  name: string;
  name_en: string | null;
  parent: string | null;
  children: number;
  units: number;
  people: number;
  own: number;
  heads: Person[];
  vacant: number;
}

export interface Lane extends Seat {
  people: Person[];
}

export interface Opened extends UnitLine {
  above: string[];
  seats: Lane[];
  below: UnitLine[];
}

export interface Top {
  roots: UnitLine[];
  kinds: Kind[];
  units: number;
  people: number;
}

export interface Found {
  units: (UnitLine & { above: string[]; within: Words })[];
  people: { user: string; name: Words; account: string; seats: (Person & { seat_label: Words | null; within: Words })[] }[];
}

export type Act =
  | { act: "move"; membership: string; unit: string; seat?: string }
  | { act: "appoint"; user: string; unit: string; seat: string }
  | { act: "leave"; membership: string }
  | { act: "add_unit"; code: string; kind: string; name: string; name_en: string | null; parent: string | null }
  | { act: "rename_unit"; unit: string; name: string; name_en: string | null }
  | { act: "move_unit"; unit: string; parent: string | null }
  | { act: "close_unit"; unit: string };

export interface Both<Line> {
  gained: Line[];
  lost: Line[];
}

export interface Named {
  name: string;
  label: Words;
}

export interface Touched {
  user: string;
  name: Words;
  roles: Both<Named>;
  units: { gained: number; lost: number };
  pages: Both<Named & { icon: string }>;
  entities: { entity: string; label: Words; before: number; after: number; gained: string[]; lost: string[] }[];
  figures: Both<Named>;
  reports: Both<Named>;
  watches: Named[];
  tasks: { title: string; flow: Words; step: Words; readable: boolean; asked: string[] }[];
  held: { entity: string; label: Words; count: number }[];
}

export interface Consequences {
  words: Words;
  people: Touched[];
  more: number;
}
