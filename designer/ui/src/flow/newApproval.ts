/** A new approval flow about an entity: its states, the flow, the field that holds the state, and where people see it; one act. */
import { freeId, idOf, isTree, trees } from "../lib/document";
import { draft } from "../lib/draft.svelte";
import { around } from "./around.svelte";
import type { Command, Json, Tree, Words } from "../lib/types";
import { boot } from "../lib/boot";
import { both, labelText } from "../lib/words";
import { words } from "./life";

/** Who decides: `manager`, `head`, or `role:<name>`. */
export type Decider = string;

export interface Made {
  command: Command;
  /** The file of the flow. */
  opens: string;
}

const ROW_MAKERS = new Set(["create", "update"]);

export function newApproval(entity: string, decider: Decider): Made | null {
  const info = draft.named("entities", entity);
  const data = around.of(entity, "entities")[0]?.data;
  if (!info || !data) return null;
  const pack = info.file.split("/")[0] ?? "";
  const names = new Set(draft.all.map((one) => one.name));
  const [life, flow] = [freeId(`${entity}_state`, names), freeId(`${entity}_approval`, names)];
  const field = freeId("state", new Set(isTree(data.fields) ? Object.keys(data.fields) : []));
  const roles = makersOf(entity);
  const label = labelOf(data.label, entity);
  const commands: Command[] = [
    { do: "insert_key", file: info.file, path: ["fields"], key: field, value: { type: "state", label: { ...both("approval_state") }, workflow: life }, after: "end" },
    { do: "create", file: `${pack}/workflows/${life}.yaml`, text: lifeText(entity, field, label, roles) },
    { do: "create", file: `${pack}/workflows/${flow}.yaml`, text: flowText(entity, titleOf(data), label, decider) },
    ...onPage(entity, field),
  ];
  return { command: { do: "batch", label: both("approval_made", { what: labelText({ ...label }) }), commands }, opens: `${pack}/workflows/${flow}.yaml` };
}

function labelOf(label: Json | undefined, otherwise: string): Words {
  const own = isTree(label) ? label : { [boot.language]: label ?? otherwise };
  const any = labelText(label) || otherwise;
  return { zh: typeof own.zh === "string" ? own.zh : any, en: typeof own.en === "string" ? own.en : any };
}

/** Who may make rows may submit them. */
function makersOf(entity: string): string[] {
  const access = around.of(entity, "access")[0]?.data;
  const found = trees(access?.grants).filter((one) => words(one.actions).some((action) => ROW_MAKERS.has(action))).flatMap((one) => words(one.roles));
  return [...new Set(found)];
}

function titleOf(data: Tree): string {
  return typeof data.title === "string" ? data.title : isTree(data.fields) ? (Object.keys(data.fields)[0] ?? "id") : "id";
}

const quoted = (text: string): string => JSON.stringify(text);
const pair = (said: Words): string => `{zh: ${quoted(said.zh)}, en: ${quoted(said.en)}}`;
const joined = (label: Words, more: Words): string => pair({ zh: `${label.zh}${more.zh}`, en: `${label.en} ${more.en}` });

function lifeText(entity: string, field: string, label: Words, roles: string[]): string {
  const may = roles.length ? `, roles: [${roles.join(", ")}]` : "";
  const states: [string, Words, string][] = [
    ["draft", both("state_draft"), "neutral"],
    ["submitted", both("state_submitted"), "warning"],
    ["approved", both("state_approved"), "success, final: true"],
    ["rejected", both("state_rejected"), "danger"],
  ];
  return [
    `label: ${joined(label, both("state_words"))}`,
    `entity: ${entity}`,
    `field: ${field}`,
    "initial: draft",
    "states:",
    ...states.map(([id, said, tone]) => `  - {id: ${id}, label: ${pair(said)}, tone: ${tone}}`),
    "transitions:",
    `  - {id: submit, label: ${pair(both("move_submit"))}, from: [draft, rejected], to: submitted${may}}`,
    `  - {id: approve, label: ${pair(both("move_approve"))}, from: [submitted], to: approved}`,
    `  - {id: reject, label: ${pair(both("move_reject"))}, from: [submitted], to: rejected}`,
    `  - {id: take_back, label: ${pair(both("move_take_back"))}, from: [submitted], to: draft}`,
    "",
  ].join("\n");
}

function flowText(entity: string, title: string, label: Words, decider: Decider): string {
  const source = decider.startsWith("role:") ? `{type: role, roles: [${decider.slice(5)}]}` : `{type: ${decider}}`;
  return [
    `label: ${joined(label, both("approval_words"))}`,
    `entity: ${entity}`,
    "triggers:",
    "  - {id: submitted, type: transition, transition: submit}",
    `title: ${title}`,
    "steps:",
    "  - id: decide",
    "    type: approval",
    `    label: ${pair(both("step_approval"))}`,
    `    approvers: [${source}]`,
    "    empty: administrator",
    "    actions: [transfer, return, take_back]",
    "    back: [initiator]",
    `  - {id: approve, type: transition, label: ${pair(both("move_approve"))}, transition: approve}`,
    ...told("approved_told", both("approved_subject")),
    "rejected:",
    `  - {id: reject, type: transition, label: ${pair(both("move_reject"))}, transition: reject}`,
    ...told("rejected_told", both("rejected_subject")),
    "withdrawn:",
    `  - {id: withdrawn_back, type: transition, label: ${pair(both("move_take_back"))}, transition: take_back}`,
    "terminated:",
    `  - {id: ended_back, type: transition, label: ${pair(both("move_take_back"))}, transition: take_back}`,
    "",
  ].join("\n");
}

const told = (id: string, subject: Words): string[] => [`  - id: ${id}`, "    type: notify", `    label: ${pair(both("tell_initiator"))}`, "    people: [{type: initiator}]", `    subject: ${pair(subject)}`];

/** The record's page shows where the flow stands; its lists the state. */
function onPage(entity: string, field: string): Command[] {
  return around.of(entity, "pages").flatMap((one): Command[] => {
    const data = one.data;
    if (!Array.isArray(data.items)) return [];
    const items = trees(data.items);
    const taken = new Set(items.map(idOf));
    if (data.kind === "record" && !items.some((item) => item.widget === "approval")) {
      const head = items.find((item) => item.widget === "record_header");
      return [{ do: "insert", file: one.file, path: ["items"], value: { id: freeId("approval", taken), widget: "approval" }, after: head ? { id: idOf(head) } : null }];
    }
    const table = data.kind === "list" ? items.find((item) => item.widget === "table" && Array.isArray(item.columns)) : undefined;
    if (!table) return [];
    return [{ do: "set", file: one.file, path: ["items", { id: idOf(table) }, "columns"], value: [...(table.columns as Json[]), field] }];
  });
}
